import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Asked } from '../core/protocol.ts'
import { noUsage } from '../core/usage.ts'
import { responses } from './index.ts'

function asking(): Asked {
  let count = 0
  const prompt = responses.readRequest({ model: 'asked-model', input: 'Hi' })
  return { prompt, now: 1_800_000_000, newId: () => `id${count++}` }
}

function write(events: readonly ReplyEvent[]): readonly JsonObject[] {
  const machine = responses.writeEvents(asking(), () => {})
  const frames = [...events.flatMap((event) => machine.push(event)), ...machine.end()]
  return frames.flatMap(({ data }) => (data === '[DONE]' ? [] : [data]))
}

function begin(index: number, part: Part, ...texts: readonly string[]): readonly ReplyEvent[] {
  return [
    { type: 'part-start', index, part },
    ...texts.map((text): ReplyEvent => ({ type: 'part-delta', index, text })),
  ]
}

const start: ReplyEvent = { type: 'start', id: 'a', model: 'm' }
const broken: ReplyEvent = { type: 'error', error: new GatewayError('overloaded', 529, 'Busy.') }
const call: Part = { kind: 'tool-call', id: 'c1', name: 'f', input: '', form: 'json' }

describe('a stream that fails', () => {
  it('ends with what was said so far, marked as incomplete, and closes nothing', () => {
    const frames = write([
      start,
      ...begin(0, { kind: 'reasoning', text: '', form: 'summary' }, 'Hm', 'm.'),
      ...begin(1, { kind: 'text', text: '' }, 'Hel', 'lo'),
      ...begin(2, call, '{"a"'),
      broken,
    ])
    expect(frames.at(-1)?.['type']).toBe('response.failed')
    expect(frames.some((frame) => frame['type'] === 'response.output_item.done')).toBe(false)
    expect(asObject(frames.at(-1)?.['response'])?.['output']).toEqual([
      expect.objectContaining({
        type: 'reasoning',
        status: 'incomplete',
        summary: [{ type: 'summary_text', text: 'Hmm.' }],
      }),
      expect.objectContaining({
        type: 'message',
        status: 'incomplete',
        content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
      }),
      expect.objectContaining({ type: 'function_call', status: 'incomplete', arguments: '{"a"' }),
    ])
  })

  it('keeps a call that was whole, and texts that had their end', () => {
    const text: Part = { kind: 'text', text: 'One' }
    const frames = write([
      start,
      ...begin(0, { kind: 'text', text: '' }, 'One'),
      { type: 'part-end', index: 0, part: text },
      ...begin(1, call, '{}'),
      { type: 'part-end', index: 1, part: { ...call, input: '{}' } },
      broken,
    ])
    const output = asObjects(asObject(frames.at(-1)?.['response'])?.['output'])
    expect(output.map((item) => item['status'])).toEqual(['completed', 'completed'])
    expect(output[1]?.['arguments']).toBe('{}')
  })

  it('says no tokens that nobody counted, and those that were counted before', () => {
    expect(asObject(write([start, broken]).at(-1)?.['response'])?.['usage']).toBeNull()
    const counted = write([{ ...start, usage: { input: 9, output: 1, cacheRead: 4 } }, broken])
    expect(asObject(counted.at(-1)?.['response'])?.['usage']).toMatchObject({ input_tokens: 9, output_tokens: 1 })
  })
})

describe('an answer that a filter cut', () => {
  it('has an incomplete message', () => {
    const frames = write([
      start,
      ...begin(0, { kind: 'text', text: '' }, 'I'),
      { type: 'part-end', index: 0, part: { kind: 'text', text: 'I' } },
      { type: 'end', finish: 'refusal', usage: noUsage },
    ])
    const response = asObject(frames.at(-1)?.['response'])
    expect(response?.['incomplete_details']).toEqual({ reason: 'content_filter' })
    expect(asObjects(response?.['output'])[0]?.['status']).toBe('incomplete')
  })
})

describe('an item of which only this protocol knows', () => {
  it('keeps the id that it began with, whatever its later events call it', () => {
    const item = { type: 'code_interpreter_call', id: 'AA==', status: 'in_progress', code: '' }
    const done = { ...item, id: 'CC==', status: 'completed', code: '1+1' }
    const at = { output_index: 0, item_id: 'BB==' }
    const reader = responses.readEvents('upstream')
    const frames = write(
      [
        { type: 'response.created', response: { id: 'r', model: 'm' } },
        { type: 'response.output_item.added', output_index: 0, item },
        { type: 'response.code_interpreter_call_code.delta', ...at, delta: '1+1' },
        { type: 'response.output_item.done', output_index: 0, item: done },
        { type: 'response.completed', response: { id: 'r', model: 'm', status: 'completed', output: [done] } },
      ].flatMap((data) => reader.push({ data })),
    )
    expect(frames.slice(2).map((frame) => frame['item_id'] ?? asObject(frame['item'])?.['id'])).toEqual([
      'AA==',
      'AA==',
      'AA==',
      undefined,
    ])
    expect(asObjects(asObject(frames.at(-1)?.['response'])?.['output'])).toEqual([{ ...done, id: 'AA==' }])
  })
})

describe('a stream of Open Responses', () => {
  it('streams its reasoning under the name that it has there', () => {
    const machine = responses.readEvents('upstream')
    const at = { item_id: 'rs_1', output_index: 0, content_index: 0 }
    const item = { type: 'reasoning', id: 'rs_1', summary: [], content: [] }
    const events = [
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.reasoning.delta', ...at, delta: 'Hm' },
      { type: 'response.reasoning.delta', ...at, delta: 'm.' },
      { type: 'response.reasoning.done', ...at, text: 'Hmm.' },
    ].flatMap((data) => machine.push({ data }))
    expect(events.flatMap((event) => (event.type === 'part-delta' ? [event.text] : []))).toEqual(['Hm', 'm.'])
    expect(events.some((event) => event.type === 'native')).toBe(false)
  })
})
