import { join } from 'node:path'
import type { Scenario } from '../../../packages/emulator/src/index.ts'
import { runAgent, type AgentRun, type Desk } from './run-agent.ts'

/** The call by which the model reads a file of the working folder. */
export const readCall = (desk: Desk, name: string): { name: string; arguments: { file_path: string } } => ({
  name: 'Read',
  arguments: { file_path: join(desk.work, name) },
})

/** Has the model read these files, write `copy.txt` and say `Copied.`. */
export function copiesTheNote(desk: Desk, ...files: readonly string[]): Scenario {
  const copy = { file_path: join(desk.work, 'copy.txt'), content: 'blue "kettle" ä\n' }
  return [
    { reasoning: 'I read the note first.', toolCalls: files.map((name) => readCall(desk, name)) },
    { reasoning: 'Now I write.', toolCalls: [{ name: 'Write', arguments: copy }] },
    { text: 'Copied.' },
  ]
}

/** Runs Claude Code once on a model of the gateway at `url`, or of one of its routes. */
export function runClaudeCode(
  desk: Desk,
  { url, model }: { readonly url: string; readonly model: string },
  prompt: string,
  ...more: readonly string[]
): Promise<AgentRun> {
  const parameters = ['--model', model, '-p', prompt, '--permission-mode', 'acceptEdits', ...more]
  return runAgent('claude', desk, parameters, {
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_AUTH_TOKEN: 'any',
    DISABLE_TELEMETRY: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  })
}

/** Parameters that have it print each event of its stream as a line. */
export const asEvents: readonly string[] = ['--output-format', 'stream-json', '--verbose', '--include-partial-messages']

/** The lines that it prints then. */
export function readEvents({ stdout }: AgentRun): readonly Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line))
}
