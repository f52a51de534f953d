import { readdirSync, readFileSync } from 'node:fs'
import { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import { isObject, parseObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Asked, WireEvent } from '../core/protocol.ts'
import { foldEvents, openingOf, streamedText, unfoldReply } from '../core/reply.ts'
import { unwrapSeal } from '../core/seal.ts'
import { readEvents } from './read-events.ts'
import { readRequest } from './read-request.ts'
import { readReply, writeReply } from './reply.ts'
import { writeEvents } from './write-events.ts'

const root = new URL('../../../../fixtures/', import.meta.url)
const folder = new URL('streams/messages/', root)
const streams = readdirSync(folder).map((name): [string, WireEvent[]] => [name, frames(new URL(name, folder))])
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const isEvent = ajv.compile(load(new URL('schemas/lenient/anthropic.beta.messages.stream-event.json', root)))
const isReply = ajv.compile(load(new URL('schemas/lenient/anthropic.beta.messages.response.json', root)))

function load(url: URL): JsonObject {
  const body = parseObject(readFileSync(url, 'utf8'))
  if (!body) throw new Error(`${url.pathname} is no JSON object`)
  return body
}

function frames(url: URL): WireEvent[] {
  const blocks = readFileSync(url, 'utf8').split('\n\n')
  return blocks.flatMap((block) => {
    const data = /^data: (.*)$/m.exec(block)?.[1]
    if (data === undefined) return []
    return [{ event: /^event: (.*)$/m.exec(block)?.[1] ?? '', data: parseObject(data) ?? '[DONE]' }]
  })
}

let ids = 0
const asked: Asked = {
  prompt: readRequest({ model: 'asked-model', messages: [] }),
  now: 0,
  newId: () => `id${++ids}`,
  inputEstimate: 42,
}

function read(events: readonly WireEvent[], issuer = 'us'): ReplyEvent[] {
  const machine = readEvents(issuer)
  return [...events.flatMap((event) => [...machine.push(event)]), ...machine.end()]
}

function write(events: readonly ReplyEvent[]): JsonObject[] {
  const machine = writeEvents(asked, () => {})
  const written = [...events.flatMap((event) => [...machine.push(event)]), ...machine.end()]
  return written.map(({ event, data }) => {
    if (data === '[DONE]' || event !== data['type']) throw new Error(`${event} is not the name of its data`)
    return data
  })
}

/** The message as the vendor's own client puts it together. */
async function accumulate(events: readonly JsonObject[]): Promise<JsonObject> {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('')
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(lines))
      controller.close()
    },
  })
  const message = await BetaMessageStream.fromReadableStream(stream).finalMessage()
  const plain = parseObject(JSON.stringify(message))
  if (!plain) throw new Error('no message')
  return plain
}

/** Throws unless the frames are a stream as the API makes it: one start, blocks one after the other, one end. */
function checkGrammar(events: readonly JsonObject[]): void {
  let open = -1
  let next = 0
  expect(events[0]?.['type']).toBe('message_start')
  expect(events.slice(-2).map((event) => event['type'])).toEqual(['message_delta', 'message_stop'])
  expect(events.filter((event) => event['type'] === 'message_start')).toHaveLength(1)
  for (const event of events) {
    if (event['type'] !== 'ping' && !isEvent(event))
      throw new Error(`${JSON.stringify(event)} ${ajv.errorsText(isEvent.errors)}`)
    if (event['type'] === 'content_block_start') {
      expect(open).toBe(-1)
      expect(event['index']).toBe(next)
      open = next++
    }
    if (event['type'] === 'content_block_delta') expect(event['index']).toBe(open)
    if (event['type'] === 'content_block_stop') {
      expect(event['index']).toBe(open)
      open = -1
    }
  }
  expect(open).toBe(-1)
}

/** Without usage details that a whole message restates, and with parsed arguments, so that two ways can be compared. */
function comparable(reply: ReturnType<typeof readReply>): JsonObject {
  const parts = reply.parts.map((part) =>
    part.kind === 'tool-call' ? { ...part, input: parseObject(part.input) ?? part.input } : part,
  )
  const { raw: _raw, ...usage } = reply.usage
  const written = JSON.stringify({ ...reply, parts, usage })
  return parseObject(JSON.stringify(withoutNull(parseObject(written)))) ?? {}
}

function withoutNull(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((one: Json) => withoutNull(one))
  if (!isObject(value)) return value ?? null
  const made: MutableJson = {}
  for (const [key, member] of Object.entries(value))
    if (member !== undefined && member !== null && !isNothing(key, member)) made[key] = withoutNull(member)
  return made
}

/** What a whole message says and a stream leaves out: no citations, no extras but nulls, no tokens of a cache. */
function isNothing(key: string, member: Json): boolean {
  if (key === 'citations') return Array.isArray(member) && member.length === 0
  if (key === 'cacheRead' || key === 'cacheWrite') return member === 0
  return key === 'extras' && isObject(member) && Object.keys(member).length === 1 && isEmpty(member['messages'])
}

function isEmpty(value: Json | undefined): boolean {
  return isObject(value) && Object.values(value).every((one) => one === null)
}

describe.each(streams)('recorded stream %s', (_name, events) => {
  const message = (): Promise<JsonObject> =>
    accumulate(
      events
        .flatMap(({ data }) => (data === '[DONE]' ? [] : [data]))
        .filter((data, index) => data['type'] !== 'message_start' || index === 0),
    )

  it('is read as the whole message is', async () => {
    expect(comparable(foldEvents(read(events)))).toEqual(comparable(readReply(await message(), 'us')))
  })

  it('is written as a legal stream that says the same, envelopes aside', async () => {
    const written = write(read(events))
    checkGrammar(written)
    const back = foldEvents(read(written.map((data) => ({ data }))))
    const opened = JSON.parse(JSON.stringify(back), (key, value: unknown) =>
      key === 'seal' && isObject(value) ? unwrapSeal(String(value['data']), 'messages') : value,
    )
    const first = foldEvents(read(events))
    // What was never counted stays estimated.
    const usage = { ...first.usage, input: first.usage.input || (asked.inputEstimate ?? 0) }
    expect(comparable(opened)).toEqual(comparable({ ...first, usage, model: 'asked-model' }))
  })

  it('is the same to the vendor’s client in a stream and as JSON', async () => {
    const reply = foldEvents(read(events))
    const streamed = withoutNull(await accumulate(write(unfoldReply(reply))))
    const whole = writeReply(reply, asked, () => {})
    if (!isReply(whole)) throw new Error(ajv.errorsText(isReply.errors))
    expect(streamed).toEqual(withoutNull(whole))
  })

  it('is an error when it is cut', () => {
    for (let length = 0; length < events.length - 1; length++) {
      const last = read(events.slice(0, length)).at(-1)
      expect(last).toMatchObject({ type: 'error', error: { status: 502, reason: 'stream-cut' } })
    }
  })
})

describe('what reading a stream tolerates', () => {
  const start: JsonObject = { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: { input_tokens: 1 } } }
  const stop: JsonObject[] = [
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ]
  const block = (content_block: JsonObject, ...deltas: JsonObject[]): JsonObject[] => [
    { type: 'content_block_start', index: 0, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
  ]
  const fold = (...events: JsonObject[]): ReturnType<typeof foldEvents> =>
    foldEvents(read([start, ...events, ...stop].map((data) => ({ data }))))

  it('takes a stray [DONE] and keeps what stands beside a delta on its block', () => {
    const delta = { type: 'text_delta', text: 'a' }
    const some_annotations = { found: [{ id: 1 }] }
    const [open, one, close] = block({ type: 'text', text: '' }, delta)
    const two = { ...one, some_annotations: { found: [{ id: 2 }] } }
    const list = [start, open, { ...one, some_annotations }, two, close, ...stop]
    const events = read([...list.map((data) => ({ data: data ?? {} })), { data: '[DONE]' }])
    expect(foldEvents(events).parts).toEqual([
      {
        kind: 'text',
        text: 'aa',
        extras: { messages: { some_annotations: { found: [{ id: 1 }, { id: 2 }] } } },
      },
    ])
  })

  it('keeps arguments byte for byte, and gives {} for none', () => {
    const call = { type: 'tool_use', id: 't', name: 'f', input: {} }
    const typed = fold(...block(call, { type: 'input_json_delta', partial_json: '{ "a":1.0 }' }))
    expect(typed.parts).toMatchObject([{ kind: 'tool-call', input: '{ "a":1.0 }' }])
    expect(typed.finish).toBe('tool-calls')
    expect(fold(...block(call)).parts).toMatchObject([{ input: '{}' }])
    expect(fold(...block({ ...call, input: { a: 1 } })).parts).toMatchObject([{ input: '{"a":1}' }])
  })

  it('reads a compaction, and writes it back', () => {
    const reply = fold(...block({ type: 'compaction', content: null }, { type: 'compaction_delta', content: 'so far' }))
    expect(reply.parts).toEqual([{ kind: 'compaction', text: 'so far' }])
    const written = write(unfoldReply(reply))
    checkGrammar(written)
    expect(foldEvents(read(written.map((data) => ({ data })))).parts).toEqual(reply.parts)
  })

  it('passes on a delta of an unknown kind, at the index of its part', () => {
    const events = [start, ...block({ type: 'text', text: 'x' }, { type: 'new_delta', value: 1 }), ...stop]
    expect(write(read(events.map((data) => ({ data }))))).toContainEqual({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'new_delta', value: 1 },
    })
  })

  it.each([
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529, 'overloaded'],
    [{ type: 'error', error: { type: 'rate_limit_error', message: 'slow' } }, 429, 'rate-limited'],
    [{ error: { code: 'rate_limited:pro', message: 'slow' } }, 429, 'rate-limited'],
    [{ type: 'error', error: { type: 'new_error', message: 'odd' } }, 502, 'upstream'],
  ])('ends with the error %j', (data, status, code) => {
    const events = read([{ data: start }, { data }, { data: { type: 'message_stop' } }])
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { status, code } })
    expect(events.filter((event) => event.type === 'end' || event.type === 'error')).toHaveLength(1)
  })
})

/** A part as a provider of any protocol may send it, and its events. */
const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: fc.string() }),
  fc.record({ kind: fc.constant('refusal' as const), text: fc.string() }),
  fc.record({
    kind: fc.constant('reasoning' as const),
    text: fc.string(),
    form: fc.constantFrom('full' as const, 'summary' as const),
    seal: fc.record({ issuer: fc.string(), protocol: fc.constant('responses' as const), data: fc.string() }),
  }),
  fc.record({
    kind: fc.constant('tool-call' as const),
    id: fc.uuid(),
    name: fc.constantFrom('f', 'g'),
    input: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    form: fc.constant('json' as const),
  }),
)

function eventsOf(part: Part, index: number, cuts: readonly number[]): ReplyEvent[] {
  const text = streamedText(part)
  const { seal } = { seal: undefined, ...part }
  const places = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b)
  const pieces = places.slice(1).map((end, at) => text.slice(places[at], end))
  return [
    { type: 'part-start', index, part: openingOf(part) },
    ...pieces.map((piece): ReplyEvent => ({ type: 'part-delta', index, text: piece })),
    ...(seal === undefined ? [] : [{ type: 'part-seal' as const, index, seal }]),
    { type: 'part-end', index, part },
  ]
}

const interleaved = fc
  .array(fc.record({ part: anyPart, cuts: fc.array(fc.nat(), { maxLength: 4 }) }), { maxLength: 6 })
  .chain((made) => {
    const queues = made.map(({ part, cuts }, index) => eventsOf(part, index, cuts))
    const total = queues.reduce((sum, queue) => sum + queue.length, 0)
    return fc.record({
      parts: fc.constant(made.map(({ part }) => part)),
      queues: fc.constant(queues),
      picks: fc.array(fc.nat(), { minLength: total, maxLength: total }),
    })
  })

describe('writing a stream', () => {
  it('makes legal blocks of parts that come interleaved, each with what is its own', async () => {
    await fc.assert(
      fc.asyncProperty(interleaved, async ({ parts, queues, picks }) => {
        const left = queues.map((queue) => [...queue])
        const events: ReplyEvent[] = [{ type: 'start', id: 'x', model: 'm' }]
        let begun = 0
        for (const pick of picks) {
          // Parts start in the order of their numbers.
          const ready = left.filter((queue, index) => queue.length > 0 && index <= begun)
          const queue = ready[pick % ready.length]
          const event = queue?.shift()
          if (!event) throw new Error('no event left')
          if (event.type === 'part-start') begun = event.index + 1
          events.push(event)
        }
        events.push({ type: 'end', finish: 'stop', usage: { input: 1, output: 1 } })
        const written = write(events)
        checkGrammar(written)
        const message = await accumulate(written)
        const whole = writeReply(
          { id: 'x', model: 'm', parts, finish: 'stop', usage: { input: 1, output: 1 } },
          asked,
          () => {},
        )
        const sorted = (blocks: unknown): string[] =>
          (Array.isArray(blocks) ? blocks : [])
            .filter((block) => !(block.type === 'text' && block.text.trim() === ''))
            .map((block) => JSON.stringify(withoutNull(block), sortKeys))
            .sort()
        expect(sorted(message['content'])).toEqual(sorted(whole['content']))
        expect(message['stop_reason']).toBe(whole['stop_reason'])
      }),
      { numRuns: 300 },
    )
  })

  it('passes each delta on at once, and holds those of a later part until their turn', () => {
    const machine = writeEvents(asked, () => {})
    const push = (event: ReplyEvent): unknown[] =>
      machine.push(event).map(({ data }) => (data === '[DONE]' ? data : (data['delta'] ?? data['type'])))
    const call = (id: string): Part => ({ kind: 'tool-call', id, name: 'f', input: '', form: 'json' })
    expect(push({ type: 'start', id: 'x', model: 'm' })).toEqual(['message_start'])
    expect(push({ type: 'part-start', index: 0, part: { kind: 'text', text: '' } })).toEqual([])
    expect(push({ type: 'part-delta', index: 0, text: '\n' })).toEqual([])
    const words = { type: 'text_delta', text: '\na' }
    expect(push({ type: 'part-delta', index: 0, text: 'a' })).toEqual(['content_block_start', words])
    expect(push({ type: 'part-delta', index: 0, text: 'b' })).toEqual([{ type: 'text_delta', text: 'b' }])
    expect(push({ type: 'part-start', index: 1, part: call('1') })).toEqual([])
    expect(push({ type: 'part-delta', index: 1, text: '{' })).toEqual([])
    const held = { type: 'input_json_delta', partial_json: '{' }
    expect(push({ type: 'part-end', index: 0, part: { kind: 'text', text: '\nab' } })).toEqual([
      'content_block_stop',
      'content_block_start',
      held,
    ])
    expect(push({ type: 'part-delta', index: 1, text: '}' })).toEqual([{ type: 'input_json_delta', partial_json: '}' }])
  })

  it('says our estimate first and the whole usage last', () => {
    const usage = { input: 240_403, output: 7, cacheRead: 229_504, reasoning: 3 }
    const written = write([
      { type: 'start', id: 'chatcmpl-1', model: 'm' },
      { type: 'end', finish: 'length', usage },
    ])
    expect(written[0]).toMatchObject({
      message: {
        id: expect.stringMatching(/^msg_id\d+$/),
        container: null,
        diagnostics: null,
        stop_details: null,
        usage: { input_tokens: 42, output_tokens: 0 },
      },
    })
    expect(written[1]).toMatchObject({
      delta: { container: null, stop_details: null, stop_reason: 'max_tokens', stop_sequence: null },
      usage: {
        input_tokens: 10_899,
        cache_read_input_tokens: 229_504,
        cache_creation_input_tokens: 0,
        output_tokens: 7,
        output_tokens_details: { thinking_tokens: 3 },
      },
    })
  })

  it('ends with the error, and says nothing after it', () => {
    const error = new GatewayError('overloaded', 503, 'busy', { upstream: { code: 'model_overloaded', type: 'odd' } })
    const written = write([
      { type: 'start', id: 'x', model: 'm' },
      { type: 'error', error },
      { type: 'end', finish: 'stop', usage: { input: 0, output: 0 } },
    ])
    expect(written.at(-1)).toEqual({
      type: 'error',
      error: { type: 'overloaded_error', message: 'busy', code: 'model_overloaded' },
      request_id: null,
    })
    expect(written).toHaveLength(2)
  })

  it('never ends well when the source just stops', () => {
    expect(write([{ type: 'start', id: 'x', model: 'm' }]).map((event) => event['type'])).toEqual([
      'message_start',
      'error',
    ])
  })
})

function sortKeys(_key: string, value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value
}
