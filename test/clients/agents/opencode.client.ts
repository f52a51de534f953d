import { describe, expect, test } from 'vitest'
import { expectAccepted, modelCalls, startStage } from '../stage.ts'
import { claude, gemini, gpt } from '../supplies.ts'
import { copiesTheNote, runOpencode, said } from './opencode.ts'
import { useWorkplace } from './workplace.ts'

const place = useWorkplace(() => startStage())

describe.each(['@ai-sdk/anthropic', '@ai-sdk/openai', '@ai-sdk/openai-compatible'])('opencode with %s', (npm) => {
  test.each([gpt, claude, gemini])('on $name: reads a file, writes a file, answers', async (supply) => {
    place.stage.emulator.play(copiesTheNote(place.desk))
    const at = { npm, baseURL: `${place.stage.url}/v1`, model: supply.model }
    const result = await runOpencode(place.desk, at, 'Copy the note.')
    expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
      code: 0,
      text: 'Copied.',
    })
    expect(place.desk.read('copy.txt')).toBe('blue ä')
    expect(place.stage.emulator.stepsLeft()).toBe(0)
    const calls = modelCalls(place.stage)
    for (const call of calls) expectAccepted(call, supply)
    const turns = calls.filter(({ body }) => JSON.stringify(body).includes('"name":"read"'))
    expect(turns.map(({ headers }) => headers['x-initiator'])).toEqual(['user', 'agent', 'agent'])
    expect(JSON.stringify(turns[1]?.body)).toContain('the kettle is blue')
  })
})
