import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  anthropic,
  anthropicByBudget,
  chatgpt,
  compatible,
  deployment,
  ollama,
  openai,
  startFullStage,
  titleOf,
  upstreamCalls,
  type FullStage,
} from '../every-supply.ts'
import { copiesTheNote, runOpencode, said } from './opencode.ts'
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
  ['@ai-sdk/openai', openai],
  ['@ai-sdk/openai', chatgpt],
  ['@ai-sdk/anthropic', anthropic],
  ['@ai-sdk/anthropic', anthropicByBudget],
  ['@ai-sdk/anthropic', ollama],
  ['@ai-sdk/openai-compatible', compatible],
  ['@ai-sdk/openai-compatible', deployment],
] as const

test.each(pairs.map(([npm, supply]) => [npm, titleOf(supply), supply] as const))(
  'opencode with %s at the route of %s: reads a file, writes a file, answers',
  async (npm, _, supply) => {
    stage.emulator.play(copiesTheNote(desk))
    const at = { npm, baseURL: `${stage.url}/${supply.supply}/v1`, model: supply.model }
    const result = await runOpencode(desk, at, 'Copy the note.')
    expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
      code: 0,
      text: 'Copied.',
    })
    expect(desk.read('copy.txt')).toBe('blue ä')
    expect(stage.emulator.stepsLeft()).toBe(0)
    const calls = upstreamCalls(stage)
    expect(calls.map(({ path, status }) => `${status} ${path}`)).toEqual(calls.map(() => `200 ${supply.path}`))
    const turns = calls.filter(({ body }) => JSON.stringify(body).includes('"name":"read"'))
    expect(turns).toHaveLength(3)
    expect(JSON.stringify(turns[1]?.body)).toContain('the kettle is blue')
    if (supply.seal !== undefined && npm !== '@ai-sdk/openai-compatible')
      expect(JSON.stringify(turns[2]?.body).match(new RegExp(`"${supply.seal}":"[^"]{16,}`, 'g'))).toHaveLength(2)
  },
)
