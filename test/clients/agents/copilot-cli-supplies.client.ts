import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
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
  type FullStage,
} from '../every-supply.ts'
import { providerAt, runCopilotCli } from './copilot-cli.ts'
import { createDesk, type Desk } from './run-agent.ts'

let stage: FullStage
let desk: Desk
beforeAll(async () => {
  stage = await startFullStage()
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  desk = createDesk({ 'note.txt': 'the kettle is blue\n' })
})
afterEach(() => desk.clear())

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
    stage.emulator.play([
      { reasoning: 'I read.', toolCalls: [{ name: 'view', arguments: { path: join(desk.work, 'note.txt') } }] },
      { text: 'It is blue.' },
    ])
    const at = providerAt(wire, `${stage.url}/${supply.supply}`, supply.model)
    const { code, stdout, stderr } = await runCopilotCli(desk, at, 'What does the note say?')
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toContain('It is blue.')
    expectAccepted(stage, supply, 2)
    expect(JSON.stringify(upstreamCalls(stage)[1]?.body)).toContain('the kettle is blue')
  },
)
