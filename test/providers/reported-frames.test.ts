import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it, test } from 'vitest'
import { gather, readAnswer } from '../fidelity/said.ts'
import { chunk, frames, startAnswering, type AnsweringSupply } from './answering-supply.ts'

/** Frames of event streams that are not what the letter says, as users of servers report them, each with its thread. */

const protocols: readonly ProtocolId[] = ['chat', 'responses', 'messages']
let supply: AnsweringSupply
afterEach(() => supply.close())

const hi = frames([chunk({ role: 'assistant', content: 'hi' })])
const rest = frames([chunk({ content: ' there' }), chunk({}, 'stop')], true)

describe('frames that say nothing', () => {
  test.each([
    ['empty data as a keep-alive (netease-lcap/wave-agent#1326)', 'data: \n\n'],
    ['a comment that became data (mnfst/llm-gateway#2053)', 'data: : OPENROUTER PROCESSING\n\n'],
    ['a null', 'data: null\n\n'],
    ['a comment', ': OPENROUTER PROCESSING\n\n'],
  ])('%s are no event for anybody', async (_what, frame) => {
    supply = await startAnswering('chat', frame + hi + frame + rest)
    for (const client of protocols) {
      const { events } = await supply.ask(client)
      expect(events.every((event) => event === '[DONE]' || (typeof event === 'object' && event !== null))).toBe(true)
      expect(readAnswer(client, gather(client, events))).toMatchObject({ text: 'hi there', finish: 'stop' })
    }
  })

  it('come before a failure that still has a status of its own (OpenRouter)', async () => {
    const error = { error: { code: 429, message: 'Rate limit exceeded' } }
    supply = await startAnswering('chat', `: OPENROUTER PROCESSING\n\n${frames([error])}`)
    for (const client of protocols) expect((await supply.ask(client)).status).toBe(429)
  })
})

test('an end mark with a space after it is one', async () => {
  supply = await startAnswering('chat', (hi + rest).replace('[DONE]', '[DONE] '))
  for (const client of protocols) {
    const { events } = await supply.ask(client)
    expect(readAnswer(client, gather(client, events))).toMatchObject({ text: 'hi there', finish: 'stop' })
  }
})

describe('a failure in the middle of a stream', () => {
  const error = JSON.stringify({ code: 500, message: 'out of memory', type: 'server_error' })
  test.each([
    ['in a field of its own (llama.cpp before ggml-org/llama.cpp#16109)', `error: ${error}\n\ndata: [DONE]\n\n`],
    ['without a field (lemonade-sdk/lemonade#2826)', `{"error":${error}}\n`],
    ['without a field, with blank lines', `{"error":${error}}\n\n`],
    ['as plain words', 'event: error\ndata: out of memory\n\n'],
  ])('%s is told in its own words', async (_how, frame) => {
    supply = await startAnswering('chat', hi + frame)
    for (const client of protocols) expect(failureOf(await supply.ask(client))).toContain('out of memory')
  })

  test('that is all of the stream has a status of its own (ggml-org/llama.cpp#14566)', async () => {
    const message = 'input is not supported by this model'
    const words = JSON.stringify({ code: 400, message, type: 'invalid_request_error' })
    supply = await startAnswering('chat', `error: ${words}\n\ndata: [DONE]\n\n`)
    for (const client of protocols) {
      const { status, answer } = await supply.ask(client)
      expect(status).toBe(400)
      expect(JSON.stringify(answer)).toContain(message)
    }
  })
})

function failureOf({ events }: { readonly events: readonly unknown[] }): string {
  const told = events.filter((event) => {
    const { type, error } = event as JsonObject // the test's own frames hold objects
    return error !== undefined || type === 'error' || type === 'response.failed'
  })
  expect(told).toHaveLength(1)
  return JSON.stringify(told)
}
