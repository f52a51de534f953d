import { join } from 'node:path'
import type { Scenario } from '@crossfeed/emulator'
import { runAgent, type AgentRun, type Desk } from './run-agent.ts'

/** What an answer of the stand-in is for: opencode asks for a title at the same time, without the tool `read`. */
const when = { body: '"name":"read"' }

/** Has the model read `note.txt`, write `copy.txt` and say `Copied.`. */
export function copiesTheNote(desk: Desk): Scenario {
  return [
    {
      when,
      reasoning: 'I read first.',
      toolCalls: [{ name: 'read', arguments: { filePath: join(desk.work, 'note.txt') } }],
    },
    {
      when,
      reasoning: 'Now I write.',
      toolCalls: [
        { name: 'bash', arguments: { command: "printf 'blue \\303\\244' > copy.txt", description: 'writes' } },
      ],
    },
    { when, text: 'Copied.' },
  ]
}

/** Runs opencode once, with one model of a provider at `baseURL` that it speaks to by the package `npm`. */
export function runOpencode(
  desk: Desk,
  { npm, baseURL, model }: { readonly npm: string; readonly baseURL: string; readonly model: string },
  prompt: string,
): Promise<AgentRun> {
  const provider = {
    gw: {
      npm,
      name: 'gw',
      options: { baseURL, apiKey: 'any' },
      models: { [model]: { name: model, reasoning: true, tool_call: true } },
    },
  }
  desk.put('.config/opencode/opencode.json', JSON.stringify({ provider, permission: { '*': 'allow' } }))
  return runAgent('opencode', desk, ['run', '--format', 'json', '-m', `gw/${model}`, prompt], {
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
  })
}

/** The last text among the lines of events. */
export function said({ stdout }: AgentRun): unknown {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): { type?: string; part?: { text?: string } } => JSON.parse(line))
  return lines.findLast(({ type }) => type === 'text')?.part?.text
}
