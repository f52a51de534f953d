import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { json, readFrames, request, startTrial, type Trial } from './trial.test-support.ts'

let trial: Trial
beforeEach(async () => {
  trial = await startTrial()
  trial.script((response) => {
    const error = {
      message: 'prompt token count of 210000 exceeds the limit of 200000',
      code: 'model_max_prompt_tokens_exceeded',
    }
    json(response, 400, { error }, { 'x-request-id': 'up-1' })
  })
})
afterEach(() => trial.close())

describe.each(['chat', 'responses', 'messages'] as const)('a prompt that is too long for a %s upstream', (to) => {
  it.each([true, false])(
    'tells Claude Code so by status and words, before any event (CC-08), stream %s',
    async (stream) => {
      const answer = await trial.ask('messages', request('messages', `only-${to}`, stream))
      expect(answer.status).toBe(400)
      const body = JSON.parse(answer.text)
      expect(body).toMatchObject({
        type: 'error',
        error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
      })
      expect(body.request_id).toBeTruthy()
      expect(answer.headers['request-id']).toBe(body.request_id)
    },
  )

  it('tells Codex so by one failed response (OC-09)', async () => {
    const answer = await trial.ask('responses', request('responses', `only-${to}`, true))
    expect(answer.status).toBe(200)
    expect(answer.text).not.toContain('[DONE]')
    const frames = readFrames(answer.text)
    // Readers of the official client want the announcement before any other event.
    expect(frames.filter((frame) => frame !== '[DONE]' && frame['type'] !== 'response.created')).toMatchObject([
      { type: 'response.failed', response: { status: 'failed', error: { code: 'context_length_exceeded' } } },
    ])
    expect(trial.records).toMatchObject([{ outcome: 'upstream-error', calls: 1 }])
  })

  it.each(['chat', 'responses'] as const)('tells a %s client without a stream so by a 400', async (from) => {
    const answer = await trial.ask(from, request(from, `only-${to}`, false))
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'context_length_exceeded' } })
  })
})
