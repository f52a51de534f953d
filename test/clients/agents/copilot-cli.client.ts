import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectAccepted, expectCalls, modelCalls, startStage, type Stage } from '../stage.ts'
import { claude, gemini, gpt, type Supply } from '../supplies.ts'
import { providerAt, runCopilotCli } from './copilot-cli.ts'
import { createDesk, type AgentRun, type Desk } from './run-agent.ts'

let stage: Stage
let desk: Desk
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  desk = createDesk({ 'note.txt': 'the kettle is blue\n' })
  stage.emulator.play([
    { reasoning: 'I read first.', toolCalls: [{ name: 'view', arguments: { path: join(desk.work, 'note.txt') } }] },
    {
      reasoning: 'Now I write.',
      toolCalls: [
        { name: 'bash', arguments: { command: "printf 'blue \\303\\244' > copy.txt", description: 'writes' } },
      ],
    },
    { text: 'Copied.' },
  ])
})
afterEach(() => desk.clear())

function expectDone({ code, stdout, stderr }: AgentRun): void {
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toContain('Copied.')
  expect(desk.read('copy.txt')).toBe('blue ä')
  expect(stage.emulator.stepsLeft()).toBe(0)
  expect(JSON.stringify(modelCalls(stage)[1]?.body)).toContain('the kettle is blue')
}

describe.each(['chat', 'responses', 'messages'] as const)('Copilot CLI with a provider of its own, %s', (wire) => {
  test.each([gpt, claude, gemini])('on $name: reads a file, writes a file, answers', async (supply: Supply) => {
    const result = await runCopilotCli(desk, providerAt(wire, stage.url, supply.model), 'Copy the note.')
    expectDone(result)
    expectCalls(stage, supply, ['user', 'agent', 'agent'])
  })
})

// The gateway is not asked here: what the official client sends has to be what the emulator takes.
test.each([gpt, claude, gemini])('Copilot CLI itself, on the emulator as the service: $name', async (supply) => {
  const { url } = stage.emulator
  const env = {
    COPILOT_API_URL: url,
    COPILOT_DEBUG_GITHUB_API_URL: url,
    COPILOT_GITHUB_TOKEN: 'gho_anything',
    COPILOT_MODEL: supply.model,
  }
  const result = await runCopilotCli(desk, env, 'Copy the note.')
  expectDone(result)
  for (const call of modelCalls(stage)) expectAccepted(call, supply)
})
