import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

/** A trial whose upstream refuses answers of more than `most` tokens with these words. */
async function start(member: string, most: number, message: string): Promise<void> {
  trial = await startTrial()
  trial.script((response, call) => {
    const asked = Number(call.body[member] ?? 0)
    if (asked > most) return json(response, 400, { error: { message } })
    return json(response, 200, wholes[call.path === '/chat/completions' ? 'chat' : 'messages'])
  })
}
const ask = (to: 'chat' | 'messages', more: JsonObject) => trial.ask(to, request(to, `only-${to}`, false, more))

const lasting = [
  'max_tokens is too large: 50000. This model supports at most 32768 completion tokens, whereas you provided 50000.',
  'max_tokens: 50000 > 32768, which is the maximum allowed number of output tokens for claude-opus-4-1',
  'Invalid max_tokens value, the valid range of max_tokens is [1, 32768]',
  'Range of max_tokens should be [1, 32768]',
]

describe("a model's own maximum", () => {
  it.each(lasting)('is kept from then on: %s', async (message) => {
    await start('max_tokens', 32_768, message)
    const first = await ask('chat', { max_tokens: 50_000 })
    expect(first.status).toBe(200)
    expect(first.headers['x-crossfeed-changes']).toContain('max_tokens:50000>32768')
    expect(trial.calls).toHaveLength(2)
    expect((await ask('chat', { max_tokens: 40_000 })).status).toBe(200)
    expect((await ask('chat', { max_tokens: 1000 })).headers['x-crossfeed-changes']).toBeUndefined()
    expect(trial.calls.map(({ body }) => body['max_tokens'])).toEqual([50_000, 32_768, 32_768, 1000])
  })

  it('takes the budget of thinking with it, which has to be smaller', async () => {
    await start('max_tokens', 8192, 'max_tokens: 50000 > 8192, which is the maximum allowed number of output tokens')
    const thinking = { type: 'enabled', budget_tokens: 31_999 }
    expect((await ask('messages', { max_tokens: 50_000, thinking })).status).toBe(200)
    expect(trial.calls.at(-1)?.body).toMatchObject({ max_tokens: 8192, thinking: { budget_tokens: 4096 } })
  })
})

const rooms: readonly (readonly [string, string])[] = [
  ['of vLLM', "This model's maximum context length is 40000 tokens and your request has 10000 input tokens"],
  [
    'of old',
    "This model's maximum context length is 40000 tokens. However, you requested 60000 tokens (10000 in the messages, 50000 in the completion).",
  ],
  [
    'of 2026',
    "This model's maximum context length is 40000 tokens. However, your request has 10000 input tokens plus 50000 'max_tokens'.",
  ],
  ['of Anthropic', 'input length and `max_tokens` exceed context limit: 10000 + 50000 > 40000, decrease input length'],
]

describe('what a window leaves beside the prompt', () => {
  it.each(rooms)('is used for this prompt, and not remembered: %s', async (_name, message) => {
    await start('max_tokens', 30_000, message)
    const answer = await ask('chat', { max_tokens: 50_000 })
    expect(answer.status).toBe(200)
    expect(trial.calls.map(({ body }) => body['max_tokens'])).toEqual([50_000, 30_000])
    await ask('chat', { max_tokens: 50_000 })
    expect(trial.calls[2]?.body['max_tokens']).toBe(50_000)
  })

  it('is looked for by halves where the server did not count the prompt', async () => {
    trial = await startTrial()
    trial.script((response, call) => {
      const asked = Number(call.body['max_tokens'])
      const message = `This model's maximum context length is 40000 tokens. However, you requested ${asked} output tokens and your prompt contains at least ${40_001 - asked} input tokens.`
      return asked > 20_000 ? json(response, 400, { error: { message } }) : json(response, 200, wholes.chat)
    })
    expect((await ask('chat', { max_tokens: 39_000 })).status).toBe(200)
    expect(trial.calls.map(({ body }) => body['max_tokens'])).toEqual([39_000, 19_500])
  })

  it('is no room when the prompt fills it: the client is told', async () => {
    const message = "This model's maximum context length is 40000 tokens and your request has 39990 input tokens"
    await start('max_tokens', 0, message)
    expect((await ask('chat', { max_tokens: 500 })).status).toBe(400)
    expect(trial.calls).toHaveLength(1)
  })
})
