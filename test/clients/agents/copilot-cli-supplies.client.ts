import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  anthropic,
  azure,
  chatgpt,
  compatible,
  expectAccepted,
  ollama,
  startFullStage,
  titleOf,
  upstreamCalls,
} from '../every-supply.ts'
import { providerAt, runCopilotCli } from './copilot-cli.ts'
import { useWorkplace } from './workplace.ts'

const place = useWorkplace(() => startFullStage())

const pairs = [
  ['chat', compatible],
  ['chat', anthropic],
  ['responses', azure],
  ['responses', chatgpt],
  ['messages', anthropic],
  ['messages', ollama],
] as const

test.each(pairs.map(([wire, supply]) => [wire, titleOf(supply), supply] as const))(
  'Copilot CLI with a provider of its own, %s, at the route of %s: reads a file and answers',
  async (wire, _, supply) => {
    place.stage.emulator.play([
      { reasoning: 'I read.', toolCalls: [{ name: 'view', arguments: { path: join(place.desk.work, 'note.txt') } }] },
      { text: 'It is blue.' },
    ])
    const at = providerAt(wire, `${place.stage.url}/${supply.supply}`, supply.model)
    const { code, stdout, stderr } = await runCopilotCli(place.desk, at, 'What does the note say?')
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toContain('It is blue.')
    expectAccepted(place.stage, supply, 2)
    expect(JSON.stringify(upstreamCalls(place.stage)[1]?.body)).toContain('the kettle is blue')
  },
)
