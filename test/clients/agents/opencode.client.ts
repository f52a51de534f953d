import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectAccepted, modelCalls, startStage, type Stage } from '../stage.ts'
import { claude, gemini, gpt } from '../supplies.ts'
import { copiesTheNote, runOpencode, said } from './opencode.ts'
import { createDesk, type Desk } from './run-agent.ts'

let stage: Stage
let desk: Desk
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  desk = createDesk({ 'note.txt': 'the kettle is blue\n' })
})
afterEach(() => desk.clear())

describe.each(['@ai-sdk/anthropic', '@ai-sdk/openai', '@ai-sdk/openai-compatible'])('opencode with %s', (npm) => {
  test.each([gpt, claude, gemini])('on $name: reads a file, writes a file, answers', async (supply) => {
    stage.emulator.play(copiesTheNote(desk))
    const at = { npm, baseURL: `${stage.url}/v1`, model: supply.model }
    const result = await runOpencode(desk, at, 'Copy the note.')
    expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
      code: 0,
      text: 'Copied.',
    })
    expect(desk.read('copy.txt')).toBe('blue ä')
    expect(stage.emulator.stepsLeft()).toBe(0)
    const calls = modelCalls(stage)
    for (const call of calls) expectAccepted(call, supply)
    const turns = calls.filter(({ body }) => JSON.stringify(body).includes('"name":"read"'))
    expect(turns.map(({ headers }) => headers['x-initiator'])).toEqual(['user', 'agent', 'agent'])
    expect(JSON.stringify(turns[1]?.body)).toContain('the kettle is blue')
  })
})
