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
import { createDesk, runAgent, type Desk } from './run-agent.ts'

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

const chat = { COPILOT_PROVIDER_TYPE: 'openai', COPILOT_PROVIDER_WIRE_API: 'completions' }
const responses = { COPILOT_PROVIDER_TYPE: 'openai', COPILOT_PROVIDER_WIRE_API: 'responses' }
const messages = { COPILOT_PROVIDER_TYPE: 'anthropic' }

const pairs = [
  ['chat', { env: chat, path: '/v1' }, compatible],
  ['chat', { env: chat, path: '/v1' }, anthropic],
  ['responses', { env: responses, path: '/v1' }, azure],
  ['responses', { env: responses, path: '/v1' }, chatgpt],
  ['messages', { env: messages, path: '' }, anthropic],
  ['messages', { env: messages, path: '' }, ollama],
] as const

test.each(pairs.map(([wire, asked, supply]) => [wire, titleOf(supply), asked, supply] as const))(
  'Copilot CLI with a provider of its own, %s, at the route of %s: reads a file and answers',
  async (_, _title, { env, path }, supply) => {
    stage.emulator.play([
      { reasoning: 'I read.', toolCalls: [{ name: 'view', arguments: { path: join(desk.work, 'note.txt') } }] },
      { text: 'It is blue.' },
    ])
    const parameters = ['-p', 'What does the note say?', '--allow-all-tools', '--allow-all-paths', '--no-color']
    const { code, stdout, stderr } = await runAgent('copilot', desk, parameters, {
      ...env,
      COPILOT_OFFLINE: 'true',
      COPILOT_PROVIDER_BASE_URL: `${stage.url}/${supply.supply}${path}`,
      COPILOT_PROVIDER_TRANSPORT: 'http',
      COPILOT_PROVIDER_API_KEY: 'any',
      COPILOT_MODEL: supply.model,
    })
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toContain('It is blue.')
    expectAccepted(stage, supply, 2)
    expect(JSON.stringify(upstreamCalls(stage)[1]?.body)).toContain('the kettle is blue')
  },
)
