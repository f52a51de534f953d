import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, readFrames, request, sse, startTrial, type Trial } from '../trial.test-support.ts'

const protocols = ['chat', 'responses', 'messages'] as const
const pairs = protocols.flatMap((from) => protocols.map((served) => [from, served] as const))

let trial: Trial
let lenient: Trial
beforeAll(async () => {
  trial = await startTrial({ waitCeiling: 0 })
  lenient = await startTrial({ waitCeiling: 0, emptyReplies: 'pass' })
})
afterAll(() => Promise.all([trial.close(), lenient.close()]))

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_sequence: null }
const usage = { input_tokens: 3, output_tokens: 2 }
const totals = { ...usage, total_tokens: 5 }
const response = { id: 'resp_1', object: 'response', created_at: 7, model: 'm', tools: [], output: [], error: null }
const tokens = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const chatChunk = (choices: readonly JsonObject[], more: JsonObject = {}): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 7, model: 'm', choices, ...more })}\n\n`
const named = (data: JsonObject): string => `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`

/** Answers without a word: whole, and as a stream. `finish` is the protocol's word for a plain end, or for a met limit. */
const whole: { readonly [P in ProtocolId]: (limit: boolean) => JsonObject } = {
  chat: (limit) => ({
    id: 'c',
    object: 'chat.completion',
    created: 7,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: limit ? 'length' : 'stop' }],
    usage: tokens,
  }),
  responses: (limit) => ({
    ...response,
    status: limit ? 'incomplete' : 'completed',
    ...(limit ? { incomplete_details: { reason: 'max_output_tokens' } } : {}),
    usage: totals,
  }),
  messages: (limit) => ({ ...message, stop_reason: limit ? 'max_tokens' : 'end_turn', usage }),
}
const streamed: { readonly [P in ProtocolId]: (limit: boolean) => readonly string[] } = {
  chat: (limit) => [
    chatChunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
    chatChunk([{ index: 0, delta: {}, finish_reason: limit ? 'length' : 'stop' }]),
    chatChunk([], { usage: tokens }),
    'data: [DONE]\n\n',
  ],
  responses: (limit) => [
    named({ type: 'response.created', sequence_number: 0, response: { ...response, status: 'in_progress' } }),
    named({
      type: limit ? 'response.incomplete' : 'response.completed',
      sequence_number: 1,
      response: whole.responses(limit),
    }),
  ],
  messages: (limit) => [
    named({ type: 'message_start', message: { ...message, stop_reason: null, usage } }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    named({ type: 'content_block_stop', index: 0 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: limit ? 'max_tokens' : 'end_turn' },
      usage: { output_tokens: 2 },
    }),
    named({ type: 'message_stop' }),
  ],
}
const ends = { chat: '"finish_reason"', responses: 'response.completed', messages: 'message_stop' }

describe.each(pairs)('a reply without a word, for a %s client of %s', (from, served) => {
  it('is an error of the protocol, whole', async () => {
    trial.script((answer) => json(answer, 200, whole[served](false)))
    const { status, text } = await trial.ask(from, request(from, `only-${served}`, false))
    expect(status).toBe(502)
    expect(text).toContain('without a word')
    expect(trial.records.at(-1)).toMatchObject({ outcome: 'upstream-error', error: { reason: 'answer-empty' } })
  })

  it('is an error of the protocol, streamed, and no end', async () => {
    trial.script((answer) => sse(answer, streamed[served](false)).end())
    const { text } = await trial.ask(from, request(from, `only-${served}`, true))
    expect(text).toContain('without a word')
    if (from !== 'chat') expect(text).not.toContain(ends[from])
    expect(trial.records.at(-1)).toMatchObject({
      outcome: 'upstream-error',
      error: { reason: 'answer-empty' },
      usage: { input: 3, output: 2 },
    })
  })

  it('is none where a limit was met at once, nor where empty replies pass', async () => {
    for (const stream of [true, false]) {
      for (const [one, limit] of [
        [trial, true],
        [lenient, false],
      ] as const) {
        one.script((answer) =>
          stream ? sse(answer, streamed[served](limit)).end() : json(answer, 200, whole[served](limit)),
        )
        const { status, text } = await one.ask(from, request(from, `only-${served}`, stream))
        expect(status).toBe(200)
        expect(stream ? readFrames(text).length : text.length).toBeGreaterThan(0)
        expect(one.records.at(-1)).toMatchObject({ outcome: 'completed' })
      }
    }
  })

  it('is an answer where the upstream was told a stop sequence, which may be the first word', async () => {
    const member = from === 'messages' ? 'stop_sequences' : 'stop'
    for (const stream of [true, false]) {
      for (const [stop, isAnswer] of [
        [['END'], served !== 'responses' && from !== 'responses'],
        [[], false],
      ] as const) {
        trial.script((answer) =>
          stream ? sse(answer, streamed[served](false)).end() : json(answer, 200, whole[served](false)),
        )
        await trial.ask(from, request(from, `only-${served}`, stream, { [member]: stop }))
        expect(trial.records.at(-1)?.outcome).toBe(isAnswer ? 'completed' : 'upstream-error')
      }
    }
  })
})
