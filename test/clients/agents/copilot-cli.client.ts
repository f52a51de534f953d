import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { expectAccepted, expectCalls, modelCalls, startStage } from '../stage.ts'
import { claude, gemini, gpt, type Supply } from '../supplies.ts'
import { providerAt, runCopilotCli } from './copilot-cli.ts'
import type { AgentRun } from './run-agent.ts'
import { useWorkplace } from './workplace.ts'

const place = useWorkplace(() => startStage())
beforeEach(() =>
  place.stage.emulator.play([
    {
      reasoning: 'I read first.',
      toolCalls: [{ name: 'view', arguments: { path: join(place.desk.work, 'note.txt') } }],
    },
    {
      reasoning: 'Now I write.',
      toolCalls: [
        { name: 'bash', arguments: { command: "printf 'blue \\303\\244' > copy.txt", description: 'writes' } },
      ],
    },
    { text: 'Copied.' },
  ]),
)

function expectDone({ code, stdout, stderr }: AgentRun): void {
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toContain('Copied.')
  expect(place.desk.read('copy.txt')).toBe('blue ä')
  expect(place.stage.emulator.stepsLeft()).toBe(0)
  expect(JSON.stringify(modelCalls(place.stage)[1]?.body)).toContain('the kettle is blue')
}

describe.each(['chat', 'responses', 'messages'] as const)('Copilot CLI with a provider of its own, %s', (wire) => {
  test.each([gpt, claude, gemini])('on $name: reads a file, writes a file, answers', async (supply: Supply) => {
    const result = await runCopilotCli(place.desk, providerAt(wire, place.stage.url, supply.model), 'Copy the note.')
    expectDone(result)
    expectCalls(place.stage, supply, ['user', 'agent', 'agent'])
  })
})

// The gateway is not asked here: what the official client sends has to be what the emulator takes.
test.each([gpt, claude, gemini])('Copilot CLI itself, on the emulator as the service: $name', async (supply) => {
  const { url } = place.stage.emulator
  const env = {
    COPILOT_API_URL: url,
    COPILOT_DEBUG_GITHUB_API_URL: url,
    COPILOT_GITHUB_TOKEN: 'gho_anything',
    COPILOT_MODEL: supply.model,
  }
  const result = await runCopilotCli(place.desk, env, 'Copy the note.')
  expectDone(result)
  for (const call of modelCalls(place.stage)) expectAccepted(call, supply)
})
