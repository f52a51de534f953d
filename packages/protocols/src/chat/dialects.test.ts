import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Asked, WireEvent } from '../core/protocol.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { chat } from './index.ts'

const head = { id: 'chatcmpl-1', created: 1, model: 'm' }
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }

function whole(message: JsonObject, choice: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...choice }]
  return { ...head, object: 'chat.completion', choices, usage, ...more }
}

function chunk(delta: JsonObject, choice: JsonObject = {}, more: JsonObject = {}): WireEvent {
  const choices = [{ index: 0, delta, finish_reason: null, ...choice }]
  return { data: { ...head, object: 'chat.completion.chunk', choices, ...more } }
}

const stop = chunk({}, { finish_reason: 'stop' })

/** The reply that a stream of chunks amounts to. */
function fold(...chunks: readonly WireEvent[]): Reply {
  const reader = chat.readEvents('origin')
  return foldEvents([...chunks.flatMap((one) => [...reader.push(one)]), ...reader.end()])
}

function read(body: JsonObject): Reply {
  return chat.readReply(body, 'origin')
}

function failureOf(run: () => Reply): GatewayError | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

const asked: Asked = { prompt: chat.readRequest({ model: 'm', messages: [] }), now: 1, newId: () => 'new' }

/** The answer for a chat client whose upstream streams, and the losses on the way. */
function writeWhole(reply: Reply): { readonly message: JsonObject; readonly losses: readonly Loss[] } {
  const losses: Loss[] = []
  const answer = chat.writeReply(reply, asked, (loss) => losses.push(loss))
  const [choice] = asObjects(answer['choices'])
  return { message: asObject(choice?.['message']) ?? {}, losses }
}

describe('finish reasons', () => {
  it.each([
    ['MAX_TOKENS', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['eos_token', 'stop'],
    ['COMPLETE', 'stop'],
    ['sensitive', 'refusal'],
    ['content_filter: RECITATION', 'refusal'],
    ['SAFETY', 'refusal'],
    ['something_new', 'stop'],
  ])('%s means %s', (word, finish) => {
    expect(read(whole({ content: 'Hi' }, { finish_reason: word })).finish).toBe(finish)
    expect(fold(chunk({ content: 'Hi' }), chunk({}, { finish_reason: word })).finish).toBe(finish)
  })

  it.each([
    'insufficient_system_resource',
    'network_error',
    'abort',
    'function_call_filter: MALFORMED_FUNCTION_CALL',
    'error',
  ])('%s is a failure that is told by its name', (word) => {
    for (const run of [
      () => read(whole({ content: 'Hi' }, { finish_reason: word })),
      () => fold(chunk({ content: 'Hi' }), chunk({}, { finish_reason: word })),
    ])
      expect(failureOf(run)).toMatchObject({
        reason: 'upstream-finish-error',
        message: expect.stringContaining(`"${word}"`),
      })
  })

  it('tells the stop sequence that was met, as vLLM and SGLang do', () => {
    expect(read(whole({ content: 'Hi' }, { stop_reason: 'END' })).stopSequence).toBe('END')
    expect(read(whole({ content: 'Hi' }, { matched_stop: '\n\n' })).stopSequence).toBe('\n\n')
    expect(fold(chunk({ content: 'Hi' }), chunk({}, { finish_reason: 'stop', stop_reason: 'END' })).stopSequence).toBe(
      'END',
    )
    for (const none of [null, 128009, 'stop', 'end_turn'])
      expect(read(whole({ content: 'Hi' }, { stop_reason: none })).stopSequence).toBeUndefined()
    const cut = whole({ content: 'Hi' }, { finish_reason: 'length', stop_reason: 'END' })
    expect(read(cut).stopSequence).toBeUndefined()
  })
})

it('reads content that is one part as that part', () => {
  const part = { type: 'text', text: 'Hi' }
  expect(read(whole({ content: part })).parts).toEqual([{ kind: 'text', text: 'Hi' }])
  expect(fold(chunk({ content: part }), stop).parts).toEqual([{ kind: 'text', text: 'Hi' }])
})

describe('failures inside an answer', () => {
  it.each([
    [{ message: 'Too long', type: 'invalid_request_error', code: 'context_length_exceeded' }, 400, 'context-overflow'],
    [{ message: 'Slow down', code: 429 }, 429, 'rate-limited'],
    [{ message: 'Broken', type: 'server_error' }, 502, 'upstream'],
  ])('that take the place of it have their own status: %j', (error, status, code) => {
    expect(chat.readError(502, { error })).toMatchObject({ status, code })
  })

  const error = { code: 429, message: 'The provider is busy', metadata: { provider_name: 'X' } }

  it('are read where OpenRouter puts them, in the choice', () => {
    const broken = { finish_reason: 'error', error }
    for (const run of [
      () => read(whole({ content: 'Hi' }, broken)),
      () => fold(chunk({ content: 'Hi' }), chunk({ content: '' }, broken)),
    ])
      expect(failureOf(run)).toMatchObject({ code: 'rate-limited', message: 'The provider is busy' })
  })

  it('are read where Mistral and older vLLM put them, in an object of their own', () => {
    const data = { object: 'error', message: 'Out of memory', type: 'server_error', code: 500 }
    expect(failureOf(() => fold(chunk({ content: 'Hi' }), { data }))).toMatchObject({
      message: 'Out of memory',
      status: 500,
    })
  })
})

describe('sources beside the answer', () => {
  const found = [
    { title: 'A', url: 'https://a.example', date: '2026-01-01' },
    { title: 'B', url: 'https://b.example' },
  ]
  const urls = found.map(({ url }) => url)

  it('of Perplexity are citations of its text, whole and streamed, each once', () => {
    const more = { citations: urls, search_results: found }
    const sky = fold(chunk({ content: 'Sky' }, {}, more), chunk({ content: ' [1].' }, {}, more), stop)
    for (const reply of [read(whole({ content: 'Sky [1].' }, {}, more)), sky])
      expect(reply.parts).toMatchObject([
        {
          kind: 'text',
          text: 'Sky [1].',
          citations: [
            { url: urls[0], title: 'A' },
            { url: urls[1], title: 'B' },
          ],
        },
      ])
  })

  it('of xAI are addresses alone', () => {
    const reply = read(whole({ content: 'Sky' }, {}, { citations: urls }))
    expect(reply.parts).toMatchObject([{ citations: [{ url: urls[0] }, { url: urls[1] }] }])
  })

  it('reach clients of other protocols, and those of this one as they came', () => {
    const reply = read(whole({ content: 'Sky' }, {}, { citations: urls, search_results: found }))
    const none = (): void => undefined
    expect(JSON.stringify(responses.writeReply(reply, asked, none))).toContain('"url_citation"')
    expect(JSON.stringify(messages.writeReply(reply, asked, none))).toContain('https://b.example')
    expect(chat.writeReply(reply, asked, none)).toMatchObject({ citations: urls, search_results: found })
    expect(writeWhole(reply).message).not.toHaveProperty('annotations')
    const writer = chat.writeEvents(asked, none)
    const written = unfoldReply(reply).flatMap((event) => [...writer.push(event)])
    expect(JSON.stringify(written)).not.toContain('annotations')
    expect(written.at(-2)?.data).toMatchObject({ citations: urls, search_results: found })
  })

  it('that annotations name already are not named twice', () => {
    const annotations = [{ type: 'url_citation', url_citation: { url: urls[0], title: 'A' } }]
    const reply = read(whole({ content: 'Sky', annotations }, {}, { citations: urls }))
    expect(reply.parts).toMatchObject([{ citations: [{ url: urls[0] }, { url: urls[1] }] }])
  })
})

describe('sound and pictures in an answer', () => {
  const picture = (at: number): JsonObject => ({
    type: 'image_url',
    index: at,
    image_url: { url: `data:image/png;base64,AAA${at}` },
  })
  const audio = { id: 'audio_1', data: 'AAAABBBB', transcript: 'Hello there', expires_at: 7 }

  it('are kept whole for a chat client, though they came in pieces', () => {
    const reply = fold(
      chunk({ role: 'assistant', audio: { id: 'audio_1', transcript: 'Hello ' } }),
      chunk({ audio: { data: 'AAAA' } }),
      chunk({ audio: { transcript: 'there', data: 'BBBB' } }),
      chunk({ audio: { expires_at: 7 } }),
      chunk({ images: [picture(0)] }),
      chunk({ images: [picture(1)] }),
      stop,
    )
    const { message, losses } = writeWhole(reply)
    expect(message).toMatchObject({ audio, images: [picture(0), picture(1)] })
    expect(losses).toEqual([])
  })

  it('is nothing where the member only stands there', () => {
    const silence = { data: '', expires_at: 0, id: '', transcript: '' }
    expect(read(whole({ content: 'Here', audio: silence })).parts).toEqual([{ kind: 'text', text: 'Here' }])
  })

  it('go to a chat client that streams', () => {
    const reply = read(whole({ content: 'Here', audio, images: [picture(0)] }))
    const losses: Loss[] = []
    const writer = chat.writeEvents(asked, (loss) => losses.push(loss))
    const written = JSON.stringify(unfoldReply(reply).flatMap((event) => [...writer.push(event)]))
    expect(written).toContain(JSON.stringify({ images: [picture(0)] }))
    expect(written).toContain(JSON.stringify({ audio }))
    expect(losses).toEqual([])
  })

  it.each([
    ['messages', messages],
    ['responses', responses],
  ] as const)('are named as losses for a %s client', (_name, protocol) => {
    const losses: Loss[] = []
    const reply = read(whole({ content: 'Here', audio, images: [picture(0)] }))
    protocol.writeReply(reply, asked, (loss) => losses.push(loss))
    expect(losses.map(({ why }) => why).join()).toMatch(/image_url.*audio/)
  })
})

describe("Gemini's thoughts, which stand in the content behind a flag", () => {
  const extra_content = { google: { thought: true } }

  it('are reasoning, streamed', () => {
    const reply = fold(
      chunk({ role: 'assistant', content: '<thought>Let me', extra_content }),
      chunk({ content: ' see.', extra_content }),
      chunk({ content: '</thought>Four' }),
      chunk({ content: '</thought>.' }),
      stop,
    )
    expect(reply.parts).toEqual([
      { kind: 'reasoning', text: 'Let me see.', form: 'full' },
      { kind: 'text', text: 'Four</thought>.' },
    ])
  })

  it('are reasoning, whole', () => {
    const reply = read(whole({ content: '<thought>Let me see.</thought>Four.', extra_content }))
    expect(reply.parts).toEqual([
      { kind: 'reasoning', text: 'Let me see.', form: 'full' },
      { kind: 'text', text: 'Four.' },
    ])
  })

  it('are not looked for where nothing flags them', () => {
    const reply = read(whole({ content: '<thought>Ideas</thought> is a tag.' }))
    expect(reply.parts).toEqual([{ kind: 'text', text: '<thought>Ideas</thought> is a tag.' }])
  })
})

describe('counts', () => {
  it('are found where Moonshot puts them: in the last choice, with cached tokens beside the others', () => {
    const counted = { prompt_tokens: 90, completion_tokens: 20, total_tokens: 110, cached_tokens: 60 }
    const reply = fold(chunk({ content: 'Hi' }), chunk({}, { finish_reason: 'stop', usage: counted }))
    expect(reply.usage).toMatchObject({ input: 90, output: 20, cacheRead: 60 })
    const both = fold(chunk({ content: 'Hi' }), chunk({}, { finish_reason: 'stop', usage: counted }, { usage }))
    expect(both.usage).toMatchObject({ input: 9, output: 2 })
  })
})

describe('totals that are more than their parts', () => {
  const count = (own: JsonObject) => read(whole({ content: 'Hi' }, {}, { usage: own })).usage

  it('tell the thoughts that Gemini counts nowhere else', () => {
    expect(count({ prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 })).toMatchObject({
      input: 20,
      output: 603,
      reasoning: 405,
    })
  })

  it('tell where reasoning, or what was cached, is counted beside the others', () => {
    const completion_tokens_details = { reasoning_tokens: 60 }
    expect(
      count({ prompt_tokens: 21, completion_tokens: 0, total_tokens: 81, completion_tokens_details }),
    ).toMatchObject({ input: 21, output: 60, reasoning: 60 })
    const prompt_tokens_details = { cached_tokens: 50 }
    expect(count({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 65, prompt_tokens_details })).toMatchObject({
      input: 60,
      output: 5,
      cacheRead: 50,
    })
  })

  it('tell nothing where they agree with the parts, or with none', () => {
    const agreed = count({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 })
    expect(agreed).toMatchObject({ input: 10, output: 5 })
    expect(agreed).not.toHaveProperty('reasoning')
    const completion_tokens_details = { reasoning_tokens: 3 }
    expect(
      count({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 99, completion_tokens_details }),
    ).toMatchObject({ input: 10, output: 5, reasoning: 3 })
    expect(count({ prompt_tokens: 10, completion_tokens: 5 })).toMatchObject({ input: 10, output: 5 })
  })
})

describe('calls without an id', () => {
  const call = { function: { name: 'look', arguments: { at: 'x' } } }

  it('get one that no other answer of the conversation has', () => {
    const ids = ['chatcmpl-a', 'chatcmpl-b'].map((id) => {
      const { parts } = read({ ...whole({ content: '', tool_calls: [call, call] }), id })
      return parts.map((part) => (part.kind === 'tool-call' ? part.id : ''))
    })
    expect(new Set(ids.flat()).size).toBe(4)
    expect(ids.flat().every((id) => /^[\w-]{1,40}$/.test(id))).toBe(true)
  })
})

describe('a call with free text', () => {
  const call = { kind: 'tool-call' as const, id: 'c1', name: 'patch', input: 'a "b"', form: 'text' as const }
  const reply: Reply = { id: 'x', model: 'm', parts: [call], finish: 'tool-calls', usage: { input: 1, output: 1 } }
  const custom = [{ type: 'custom', custom: { name: 'patch' } }]
  const ask = (tools: readonly JsonObject[]): Asked => ({
    ...asked,
    prompt: chat.readRequest({ model: 'm', messages: [], tools }),
  })

  it('is one of a function where the client declared no such tool, whole as well as streamed', () => {
    const none = (): void => undefined
    for (const [tools, expected] of [
      [custom, { id: 'c1', type: 'custom', custom: { name: 'patch', input: 'a "b"' } }],
      [[], { id: 'c1', type: 'function', function: { name: 'patch', arguments: '{"input":"a \\"b\\""}' } }],
    ] as const) {
      const answer = chat.writeReply(reply, ask(tools), none)
      expect(answer).toMatchObject({ choices: [{ message: { tool_calls: [expected] } }] })
      const writer = chat.writeEvents(ask(tools), none)
      const streamed = unfoldReply(reply).flatMap((event) => [...writer.push(event)])
      expect(fold(...streamed).parts).toMatchObject([
        tools.length > 0 ? call : { form: 'json', input: '{"input":"a \\"b\\""}' },
      ])
    }
  })
})
