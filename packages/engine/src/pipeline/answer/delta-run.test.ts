import {
  plainTraits,
  type Asked,
  type JsonObject,
  type Part,
  type ProtocolId,
  type ReplyEvent,
  type WireEvent,
} from '@crossfeed/protocols'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFrame, writeFrame, writeFrames } from '../../transport/sse.ts'
import type { Exchange, Expected } from '../exchange.ts'
import { protocols } from '../protocols.ts'
import { takeTranslatedStream } from './take-translated.ts'

const ids = ['chat', 'responses', 'messages'] as const
const pairs = ids.flatMap((from) => ids.map((to) => [from, to] as const))

const requests = {
  chat: { model: 'm', stream_options: { include_usage: true }, messages: [{ role: 'user', content: 'Hello' }] },
  responses: { model: 'm', input: 'Hello' },
  messages: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }] },
}

function askedBy(from: ProtocolId): Asked {
  let count = 0
  return { prompt: protocols[from].readRequest(requests[from]), now: 7, newId: () => `id${count++}`, inputEstimate: 3 }
}

/** One part of an answer, and the pieces that its text comes in. */
interface Told {
  readonly part: Extract<Part, { kind: 'text' | 'refusal' | 'reasoning' | 'tool-call' }>
  readonly pieces: readonly string[]
}

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('word', ' of', ',', '\n', '{"a":', '"b"', '\\', 'text', '0', 'ä', '😀', '') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom('\ud83d', '\ude00', '\u0001', '\u2028', '"', 'text_delta', 'xxx"delta":"y') },
)
const part: fc.Arbitrary<Told['part']> = fc.oneof(
  fc.constant<Told['part']>({ kind: 'text', text: '' }),
  fc.constant<Told['part']>({ kind: 'refusal', text: '' }),
  fc.constantFrom<Told['part']>(
    { kind: 'reasoning', text: '', form: 'full' },
    { kind: 'reasoning', text: '', form: 'summary' },
  ),
  fc
    .record({ id: fc.constantFrom('call_1', 'call_2'), form: fc.constantFrom('json' as const, 'text' as const) })
    .map((made): Told['part'] => ({ kind: 'tool-call', name: 'look', input: '', ...made })),
)
const told: fc.Arbitrary<Told> = fc.record({ part, pieces: fc.array(piece, { maxLength: 12 }) })

function whole({ part: begun, pieces }: Told): Part {
  const text = pieces.join('')
  return begun.kind === 'tool-call' ? { ...begun, input: text } : { ...begun, text }
}

/** The events of an answer whose parts follow one another, or come all at the same time. */
function eventsOf(parts: readonly Told[], order: 'after' | 'beside'): readonly ReplyEvent[] {
  const starts = parts.map(({ part: begun }, index): ReplyEvent => ({ type: 'part-start', index, part: begun }))
  const ends = parts.map((one, index): ReplyEvent => ({ type: 'part-end', index, part: whole(one) }))
  const deltas = parts.map(({ pieces }, index) =>
    pieces.map((text): ReplyEvent => ({ type: 'part-delta', index, text })),
  )
  const begin: ReplyEvent = { type: 'start', id: 'answer', model: 'm' }
  const end: ReplyEvent = { type: 'end', finish: 'stop', usage: protocols.chat.readUsage({}) }
  if (order === 'after') return [begin, ...parts.flatMap((_part, at) => [starts[at]!, ...deltas[at]!, ends[at]!]), end]
  const most = Math.max(0, ...deltas.map((list) => list.length))
  const mixed = Array.from({ length: most }, (_none, at) => deltas.flatMap((list) => list[at] ?? []))
  return [begin, ...starts, ...mixed.flat(), ...ends, end]
}

/** How servers differ in writing the same event. */
const spellings: Readonly<Record<string, (event: WireEvent) => string>> = {
  plain: writeFrame,
  ascii: (event) =>
    writeFrame(event).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  slashes: (event) => writeFrame(event).replaceAll('/', '\\/'),
  padded: (event) =>
    event.data === '[DONE]'
      ? writeFrame(event)
      : writeFrame({
          ...event,
          data: { ...event.data, obfuscation: 'x'.repeat(JSON.stringify(event.data).length % 7) },
        }),
  noted: (event) =>
    event.data === '[DONE]'
      ? writeFrame(event)
      : writeFrame({ ...event, data: { ...event.data, notes: { list: ['n'] } } }),
}

function streamOf(to: ProtocolId, events: readonly ReplyEvent[], spelling: (event: WireEvent) => string): string {
  const writer = protocols[to].writeEvents(askedBy(to), () => {})
  return [...events.flatMap((event) => writer.push(event)), ...writer.end()].map(spelling).join('')
}

/** What the client gets, event by event. */
function theLongWay(from: ProtocolId, to: ProtocolId, stream: string): string {
  const reader = protocols[to].readEvents('issuer')
  const writer = protocols[from].writeEvents(askedBy(from), () => {})
  let text = ''
  let over = false
  const take = (events: readonly ReplyEvent[]): void => {
    for (const event of events) {
      if (over) return
      over = event.type === 'end' || event.type === 'error'
      text += writeFrames(writer.push(event))
    }
  }
  for (const frame of stream.split(/(?<=\n\n)/)) {
    const event = parseFrame(frame)
    if (event) take(reader.push(event))
  }
  take(reader.end())
  return text + writeFrames(writer.end())
}

/** What the client gets from the pipeline, and how many events its reader saw. */
function thePipeline(from: ProtocolId, to: ProtocolId, chunks: readonly Buffer[]): { text: string; pushed: number } {
  let text = ''
  let pushed = 0
  const asked = askedBy(from)
  const keep = (more: string): void => void (text += more)
  const exchange = {
    call: { protocol: protocols[from], raw: Buffer.alloc(12) },
    parts: { clock: { now: () => 7000 }, newId: asked.newId },
    delivered: false,
    lose: () => {},
    limitStall: () => {},
    hold: keep,
    write: keep,
    endStream: () => {},
    whenFailed: keep,
    // The taker of a translated stream uses these members of an exchange and no others.
  } as unknown as Exchange
  const crossing = {
    prompt: asked.prompt,
    body: {},
    readReply: (answer: JsonObject) => protocols[to].readReply(answer, 'issuer'),
    readEvents: () => {
      const reader = protocols[to].readEvents('issuer')
      return {
        push(event: WireEvent) {
          pushed++
          return reader.push(event)
        },
        end: () => reader.end(),
      }
    },
  }
  const who = { provider: 'p', account: 'p', name: 'm', model: 'm', issuer: 'issuer' }
  const target = { ...who, protocol: to, traits: plainTraits, limits: {} }
  const expected: Expected = { crossing, provider: { eventPatches: [] }, target, body: {} }
  const taker = takeTranslatedStream(exchange, expected)
  for (const chunk of chunks) taker.data(chunk)
  taker.end()
  return { text, pushed }
}

function cut(text: string, sizes: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.from(text)
  const chunks: Buffer[] = []
  let at = 0
  for (const size of sizes) chunks.push(bytes.subarray(at, (at += size)))
  return [...chunks, bytes.subarray(at)]
}

describe.each(pairs)('a %s client of a %s upstream', (from, to) => {
  it('gets the same bytes by the short way as by the long one', () => {
    fc.assert(
      fc.property(
        fc.array(told, { maxLength: 4 }),
        fc.constantFrom('after' as const, 'beside' as const),
        fc.constantFrom(...Object.keys(spellings)),
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 20 }),
        (parts, order, spelling, sizes) => {
          // An answer without a word is none.
          const stream = streamOf(
            to,
            eventsOf([{ part: { kind: 'text', text: '' }, pieces: ['So'] }, ...parts], order),
            spellings[spelling]!,
          )
          expect(thePipeline(from, to, cut(stream, sizes)).text).toBe(theLongWay(from, to, stream))
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each<readonly [string, Told['part']]>([
    ['text', { kind: 'text', text: '' }],
    ['reasoning', { kind: 'reasoning', text: '', form: 'full' }],
    ['the arguments of a call', { kind: 'tool-call', id: 'call_1', name: 'look', form: 'json', input: '' }],
  ])('has most of %s written past the machines', (_what, begun) => {
    const words = Array.from({ length: 100 }, (_none, at) => (at % 3 === 0 ? '"é\\' : `word ${at}`))
    // Arguments that begin as no object wait for their end.
    const pieces = ['{"', ...words]
    const stream = streamOf(to, eventsOf([{ part: begun, pieces }], 'after'), writeFrame)
    const { text, pushed } = thePipeline(from, to, [Buffer.from(stream)])
    expect(text).toBe(theLongWay(from, to, stream))
    expect(pushed).toBeLessThan(25)
  })
})

it('takes the long way where a piece with a name may begin another call', () => {
  const call = (text: string): string =>
    writeFrame({
      data: {
        id: 'c',
        model: 'm',
        choices: [{ delta: { tool_calls: [{ function: { name: 'look', arguments: text } }] } }],
      },
    })
  const end = writeFrame({ data: { id: 'c', choices: [{ delta: {}, finish_reason: 'tool_calls' }] } })
  const stream = `${['[1', ',2', ']', '[3', ']'].map(call).join('')}${end}data: [DONE]\n\n`
  expect(thePipeline('messages', 'chat', [Buffer.from(stream)]).text).toBe(theLongWay('messages', 'chat', stream))
})
