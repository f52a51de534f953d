import { join } from 'node:path'
import type { Scenario } from '../../../packages/emulator/src/index.ts'
import { runAgent, type AgentRun, type Desk } from './run-agent.ts'

/** Puts `copy.txt` into the working folder, in the form of `apply_patch`. */
export const patch = '*** Begin Patch\n*** Add File: copy.txt\n+blue "kettle" ä\n*** End Patch'

/** Has the model read `note.txt` in the shell, patch `copy.txt` and say `Copied.`. */
export const copiesTheNote: Scenario = [
  { reasoning: 'I read first.', toolCalls: [{ name: 'exec_command', arguments: { cmd: 'cat note.txt' } }] },
  {
    reasoning: 'Now I write.',
    toolCalls: [{ name: 'exec_command', arguments: { cmd: `apply_patch <<'EOF'\n${patch}\nEOF` } }],
  },
  { text: 'Copied.' },
]

/** Runs Codex once on a model at `baseUrl`, which ends in `/v1`. */
export function runCodex(
  desk: Desk,
  { baseUrl, model }: { readonly baseUrl: string; readonly model: string },
  ...parameters: readonly string[]
): Promise<AgentRun> {
  desk.put(
    '.codex/config.toml',
    `model_provider = "gw"
[model_providers.gw]
name = "gw"
base_url = "${baseUrl}"
env_key = "GW_KEY"
wire_api = "responses"
[analytics]
enabled = false
`,
  )
  const fixed = ['exec', '--skip-git-repo-check', '--json', '-m', model, '--sandbox', 'danger-full-access']
  return runAgent('codex', desk, [...fixed, ...parameters], { CODEX_HOME: join(desk.home, '.codex'), GW_KEY: 'any' })
}

/** The last thing that the agent said. */
export function said({ stdout }: AgentRun): unknown {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): { item?: { type?: string; text?: string } } => JSON.parse(line))
  return lines.findLast(({ item }) => item?.type === 'agent_message')?.item?.text
}
