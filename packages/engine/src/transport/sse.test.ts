import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WireEvent } from '@crossfeed/protocols'
import { createFrameReader } from './frame-reader.ts'
import { createFramer, eachFrame, parseFrame, writeFrame } from './sse.ts'

const stream = 'event: a\ndata: {"text":"grüß 🌍"}\n\n: comment\n\ndata: {"b":\r\ndata: 1}\r\n\r\ndata: [DONE]\n\n'

function cut(text: string, sizes: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const pieces: Buffer[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return [...pieces, bytes.subarray(at)]
}

function readAll(pieces: readonly Buffer[]): WireEvent[] {
  const events: WireEvent[] = []
  const reader = createFrameReader({ event: (event) => events.push(event) })
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return events
}

describe('createFrameReader', () => {
  test('any chunking of the bytes gives the same events', () => {
    const expected = [{ event: 'a', data: { text: 'grüß 🌍' } }, { data: { b: 1 } }, { data: '[DONE]' }]
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }), (sizes) => {
        expect(readAll(cut(stream, sizes))).toEqual(expected)
      }),
    )
  })

  test('data that is not a JSON object is an upstream fault', () => {
    expect(() => readAll([Buffer.from('data: oops\n\n')])).toThrow('not a JSON object')
    // A string may hold no tab but as an escape, not even in an event like the one before.
    const garbled = 'data: {"text":"a"}\n\ndata: {"text":"a\tb"}\n\n'
    expect(() => readAll([Buffer.from(garbled)])).toThrow('not a JSON object')
  })
})

describe.each([
  ['CR', '\r', '\r\r'],
  ['CRLF', '\r\n', '\r\n\r\n'],
  ['LF, and CRLF where blank', '\n', '\n\r\n'],
  ['CRLF, and LF where blank', '\r\n', '\r\n\n'],
  ['CR, and LF where blank', '\r', '\r\n\n'],
])('a stream whose lines end with %s (HTML, 9.2.5)', (_name, line, blank) => {
  const frames = ['event: a', ': note', 'data: {"b":', 'data: 1}'].join(line) + blank + `data: [DONE]${blank}`
  const expected = [{ event: 'a', data: { b: 1 } }, { data: '[DONE]' }]

  test('is read to the same events, whatever the chunks and with or without a byte order mark', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }), fc.boolean(), (sizes, isMarked) => {
        expect(readAll(cut(isMarked ? `\ufeff${frames}` : frames, sizes))).toEqual(expected)
      }),
    )
  })

  test('gives each event when its blank line has come, and not when the next one begins', () => {
    const events: WireEvent[] = []
    const reader = createFrameReader({ event: (event) => events.push(event) })
    reader.push(Buffer.from(`data: {"a":1}${blank}`))
    expect(events).toEqual([{ data: { a: 1 } }])
  })
})

describe('createFramer', () => {
  test('leaves out the byte order mark, which is no part of the first event', () => {
    const framer = createFramer()
    const bytes = Buffer.from('\ufeffdata: 1\n\ndata: "\ufeff"\n\n')
    const passed = Array.from(bytes, (_byte, at) => framer.push(bytes.subarray(at, at + 1)).toString())
    expect(passed.join('')).toBe('data: 1\n\ndata: "\ufeff"\n\n')
  })

  test('forwards whole events only, whatever the chunks, and loses none', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 30 }), (sizes) => {
        const framer = createFramer()
        const passed = cut(stream, sizes).map((piece) => framer.push(piece).toString())
        for (const part of passed) expect(part === '' || /\n\r?\n$/.test(part)).toBe(true)
        expect(passed.join('') + framer.end().toString()).toBe(stream)
      }),
    )
  })

  test('an event without end is given up, not kept', () => {
    const framer = createFramer()
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    for (let n = 0; n < 64; n++) expect(framer.push(chunk).length).toBe(0)
    expect(() => framer.push(chunk)).toThrow(/more than \d+ bytes/)
  })

  test('the last event may lack its blank line; half an event is not passed on', () => {
    const whole = createFramer()
    whole.push(Buffer.from('data: [DONE]'))
    expect(whole.end().toString()).toBe('data: [DONE]\n\n')
    const half = createFramer()
    half.push(Buffer.from('data: {"a":'))
    expect(half.end().length).toBe(0)
  })
})

test('a frame is read as it was written', () => {
  const event = { event: 'x', data: { a: 'b\nc' } }
  expect(parseFrame(writeFrame(event))).toEqual(event)
})

test('the places of all frames are the whole text, each with its blank line', () => {
  const frames: string[] = []
  eachFrame(stream, (from, to) => frames.push(stream.slice(from, to)))
  expect(frames.length).toBe(4)
  expect(frames.join('')).toBe(stream)
})

test('repeated deltas read without parsing are what parsing gives', () => {
  const texts = fc.array(fc.string(), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(texts, fc.constantFrom('content', 'text', 'other'), (given, member) => {
      const frames = given.map((text) => ({
        event: 'delta',
        data: { id: 'x', choices: [{ delta: { [member]: text }, finish_reason: null }] },
      }))
      expect(readAll([Buffer.from(frames.map(writeFrame).join(''))])).toEqual(frames)
    }),
  )
})
