import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ReplyEvent } from '../core/events.ts'
import { isObject, type JsonObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Asked } from '../core/protocol.ts'
import { foldEvents, streamedText, type Finish } from '../core/reply.ts'
import { responses } from './index.ts'

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const parts: fc.Arbitrary<Part> = fc.oneof(
  words.map((text): Part => ({ kind: 'text', text })),
  words.map((text): Part => ({ kind: 'refusal', text })),
  words.map((text): Part => ({ kind: 'reasoning', text, form: 'summary' })),
  words.map((text): Part => ({
    kind: 'tool-call',
    id: 'call',
    name: 'f',
    input: JSON.stringify({ text }),
    form: 'json',
  })),
  words.map((input): Part => ({ kind: 'tool-call', id: 'call', name: 'g', namespace: 'n', input, form: 'text' })),
)

interface Lane {
  readonly index: number
  readonly part: Part
  readonly chunks: readonly string[]
}

const lanes: fc.Arbitrary<readonly Lane[]> = fc
  .array(fc.tuple(parts, fc.array(fc.nat({ max: 40 }), { maxLength: 3 })), { minLength: 1, maxLength: 6 })
  .map((list) => list.map(([part, cuts], index) => ({ index, part, chunks: cut(streamedText(part), cuts) })))

function cut(text: string, cuts: readonly number[]): readonly string[] {
  const places = [...cuts.map((place) => place % (text.length + 1)), text.length].toSorted((a, b) => a - b)
  return places.map((place, at) => text.slice(places[at - 1] ?? 0, place))
}

function begun(part: Part): Part {
  if (part.kind === 'tool-call') return { ...part, input: '' }
  return 'text' in part && part.kind !== 'compaction' ? { ...part, text: '' } : part
}

/** The events of all lanes: each part starts in order, then whichever lane a choice names goes on. */
function interleave(all: readonly Lane[], choices: readonly number[], finish: Finish): readonly ReplyEvent[] {
  const queues = all.map(({ index, part, chunks }): ReplyEvent[] => [
    ...chunks.map((text): ReplyEvent => ({ type: 'part-delta', index, text })),
    { type: 'part-end', index, part },
  ])
  const events: ReplyEvent[] = [{ type: 'start', id: 'r', model: 'm' }]
  const open: number[] = []
  let next = 0
  for (let turn = 0; open.length > 0 || next < all.length; turn++) {
    const choice = choices[turn % choices.length] ?? 0
    const lane = all[next]
    if (lane && (open.length === 0 || choice % 3 === 0)) {
      events.push({ type: 'part-start', index: lane.index, part: begun(lane.part) })
      open.push(lane.index)
      next += 1
      continue
    }
    const chosen = open[choice % open.length] ?? 0
    const event = queues[chosen]?.shift()
    if (event) events.push(event)
    if (queues[chosen]?.length === 0) open.splice(open.indexOf(chosen), 1)
  }
  events.push({ type: 'end', finish, usage: { input: 1, output: 1 } })
  return events
}

function asking(): Asked {
  let count = 0
  return { prompt: responses.readRequest({ model: 'm', input: 'x' }), now: 1, newId: () => `id${count++}` }
}

function write(events: readonly ReplyEvent[]): readonly JsonObject[] {
  const machine = responses.writeEvents(asking(), () => {})
  return events.flatMap((event) => machine.push(event).flatMap(({ data }) => (data === '[DONE]' ? [] : [data])))
}

/** Every rule of the grammar that a client may rely on. */
function expectLegal(frames: readonly JsonObject[]): void {
  const items = new Map<unknown, { id: unknown; open: boolean; content: number; closed: boolean }>()
  for (const [at, frame] of frames.entries()) {
    const type = String(frame['type'])
    expect(frame['sequence_number']).toBe(at)
    const index = frame['output_index']
    if (index === undefined) continue
    const item = frame['item']
    if (type === 'response.output_item.added') {
      expect(index).toBe(items.size)
      items.set(index, { id: isObject(item) ? item['id'] : '', open: false, content: 0, closed: false })
      continue
    }
    const known = items.get(index)
    if (!known) throw new Error(`${type} before its item`)
    expect(known.closed).toBe(false)
    expect(isObject(item) ? item['id'] : frame['item_id']).toBe(known.id)
    if (type === 'response.output_item.done') {
      expect(known.open).toBe(false)
      known.closed = true
    }
    if (type.endsWith('_part.added')) {
      expect(known.open).toBe(false)
      known.open = true
      expect(frame['content_index'] ?? frame['summary_index']).toBe(known.content)
    }
    if (/output_text\.|refusal\.|reasoning_summary_text\./.test(type)) {
      expect(known.open).toBe(true)
      expect(frame['content_index'] ?? frame['summary_index']).toBe(known.content)
    }
    if (type.endsWith('_part.done')) {
      known.open = false
      known.content += 1
    }
  }
  for (const item of items.values()) expect(item.closed).toBe(true)
}

function said(all: readonly Part[]): readonly string[] {
  return all.map((part) => `${part.kind} ${streamedText(part)}`)
}

describe('any legal order of events', () => {
  it('gives a legal stream that says the same', () => {
    fc.assert(
      fc.property(lanes, fc.array(fc.nat({ max: 20 }), { minLength: 1 }), (all, choices) => {
        const frames = write(interleave(all, choices, 'tool-calls'))
        expectLegal(frames)
        const machine = responses.readEvents('up')
        const reply = foldEvents(frames.flatMap((data) => machine.push({ data })))
        expect(said(reply.parts).toSorted()).toEqual(said(all.map((lane) => lane.part)).toSorted())
        const deltas = new Map<unknown, string>()
        for (const frame of frames) {
          if (!String(frame['type']).endsWith('.delta')) continue
          const key = `${String(frame['output_index'])}/${String(frame['content_index'] ?? 0)}`
          deltas.set(key, (deltas.get(key) ?? '') + String(frame['delta']))
        }
        expect([...deltas.values()].toSorted()).toEqual(all.map((lane) => streamedText(lane.part)).toSorted())
      }),
      { numRuns: 300 },
    )
  })

  it('ends, part by part, in the response that a whole reply is written as', () => {
    fc.assert(
      fc.property(lanes, fc.constantFrom<Finish>('stop', 'length', 'tool-calls', 'refusal', 'pause'), (all, finish) => {
        const events = all.flatMap(({ index, part, chunks }): readonly ReplyEvent[] => [
          { type: 'part-start', index, part: begun(part) },
          ...chunks.map((text): ReplyEvent => ({ type: 'part-delta', index, text })),
          { type: 'part-end', index, part },
        ])
        const stream: readonly ReplyEvent[] = [
          { type: 'start', id: 'r', model: 'm' },
          ...events,
          { type: 'end', finish, usage: { input: 1, output: 1 } },
        ]
        const frames = write(stream)
        expectLegal(frames)
        const whole = responses.writeReply(foldEvents(stream), asking(), () => {})
        expect(frames.at(-1)?.['response']).toEqual(whole)
        const again = responses.readReply(whole, 'up')
        expect(said(again.parts)).toEqual(said(all.map((lane) => lane.part)))
      }),
    )
  })
})
