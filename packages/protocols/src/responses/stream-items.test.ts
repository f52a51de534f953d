import { describe, expect, it, test } from 'vitest'
import { asObject, type JsonObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import { foldEvents } from '../core/reply.ts'
import { responses } from './index.ts'

type Event = JsonObject

const added = (item: JsonObject): Event => ({ type: 'response.output_item.added', item })
const done = (item: JsonObject): Event => ({ type: 'response.output_item.done', item })
const completed = (output: readonly JsonObject[]): Event => ({
  type: 'response.completed',
  response: { id: 'resp_1', status: 'completed', model: 'm', output },
})
const thought = (text: string): JsonObject => ({
  type: 'reasoning',
  id: 'rs_1',
  summary: [],
  content: text === '' ? [] : [{ type: 'reasoning_text', text }],
})
const message = (text: string, id = 'msg_1'): JsonObject => ({
  type: 'message',
  id,
  role: 'assistant',
  content: text === '' ? [] : [{ type: 'output_text', text, annotations: [] }],
})
/** llama.cpp's calls have no id of their own. */
const call = (id: string, input: string): JsonObject => ({
  type: 'function_call',
  call_id: `fc_${id}`,
  name: 'look',
  arguments: input,
})
const input = (id: string, delta: string): Event => ({
  type: 'response.function_call_arguments.delta',
  item_id: `fc_${id}`,
  delta,
})

/** What an answer says, part by part. */
function read(events: readonly Event[]): readonly string[] {
  const machine = responses.readEvents('upstream')
  const { parts } = foldEvents([...events.flatMap((data) => machine.push({ data })), ...machine.end()])
  return parts.map(tell)
}

function tell(part: Part): string {
  if (part.kind === 'tool-call') return `${part.id}: ${part.input}`
  return part.kind === 'text' || part.kind === 'reasoning' ? `${part.kind}: ${part.text}` : part.kind
}

const whole = [thought('Hm'), message('Hello'), call('a', '{"a":1}'), call('b', '{"b":2}')]
const told = ['reasoning: Hm', 'text: Hello', 'fc_a: {"a":1}', 'fc_b: {"b":2}']
/** As llama.cpp's server writes them: no `output_index`, and all ends after all deltas (ggml-org/llama.cpp#20607). */
const unplaced: readonly Event[] = [
  added(thought('')),
  { type: 'response.reasoning_text.delta', item_id: 'rs_1', delta: 'Hm' },
  added(message('')),
  { type: 'response.content_part.added', item_id: 'msg_1', part: { type: 'output_text', text: '' } },
  { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hel' },
  { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'lo' },
  added(call('a', '')),
  input('a', '{"a":'),
  added(call('b', '')),
  input('b', '{"b":2}'),
  input('a', '1}'),
  done(thought('Hm')),
  { type: 'response.content_part.done', item_id: 'msg_1', part: { type: 'output_text', text: 'Hello' } },
  done(message('Hello')),
  done(call('a', '{"a":1}')),
  done(call('b', '{"b":2}')),
]
const at = (place: (event: Event, index: number) => number): readonly Event[] =>
  unplaced.map((event, index) => ({ ...event, output_index: place(event, index) }))

describe('items without a place in the answer', () => {
  it('are told apart by their ids', () => {
    expect(read([...unplaced, completed(whole)])).toEqual(told)
  })

  it('are told apart where nothing says how they end', () => {
    const open = unplaced.filter(({ type }) => type !== 'response.output_item.done')
    expect(read([...open, completed([])])).toEqual(told)
    expect(read([...open, completed(whole)])).toEqual(told)
  })

  it('are told apart by their kinds where they have no ids either', () => {
    const nameless = unplaced.slice(0, 6).map(({ item_id: _id, ...event }) => event)
    expect(read([...nameless, completed([])])).toEqual(told.slice(0, 2))
    const unannounced = nameless.filter(({ type }) => type !== 'response.output_item.added')
    expect(read([...unannounced, completed([])])).toEqual(told.slice(0, 2))
  })

  it('are no others where the last event names them otherwise (vllm-project/vllm#38227)', () => {
    const renamed = [thought('Hm'), message('Hello', 'msg_2'), call('x', '{"a":1}'), call('y', '{"b":2}')]
    expect(read([...unplaced, completed(renamed)])).toEqual(told)
  })
})

test('items that are all at one place are told apart', () => {
  expect(read([...at(() => 0), completed(whole)])).toEqual(told)
  const ended = [added(call('a', '')), input('a', '{}'), done(call('a', '{}')), done(call('b', '[]'))]
  const crowded = ended.map((event) => ({ ...event, output_index: 0 }))
  expect(read([...crowded, completed([])])).toEqual(['fc_a: {}', 'fc_b: []'])
})

test('an item keeps its place where its ids change in every event', () => {
  const places: Record<string, number> = { rs_1: 0, msg_1: 1, fc_a: 2, fc_b: 3 }
  const placed = at((event) => {
    const item = asObject(event['item'])
    return places[String(event['item_id'] ?? item?.['call_id'] ?? item?.['id'])] ?? 0
  }).map((event, index) => {
    const item = asObject(event['item'])
    return { ...event, item_id: `odd${index}`, ...(item ? { item: { ...item, id: `odd${index}` } } : {}) }
  })
  expect(read([...placed, completed(whole)])).toEqual(told)
})

test('the last event adds what was never streamed, and nothing twice', () => {
  const second = [added(call('b', '')), input('b', '{"b":2}'), done(call('b', '{"b":2}'))]
  const placed = second.map((event) => ({ ...event, output_index: 1 }))
  expect([...read([...placed, completed([call('a', '{}'), call('b', '{"b":2}')])])].sort()).toEqual([
    'fc_a: {}',
    'fc_b: {"b":2}',
  ])
})

test('arguments that only their end tells are heard (LM Studio, BerriAI/litellm#25321)', () => {
  const events = [
    added(call('a', '')),
    { type: 'response.function_call_arguments.done', item_id: 'fc_a', arguments: '{"a":1}' },
  ]
  expect(read([...events, completed([])])).toEqual(['fc_a: {"a":1}'])
})

test('arguments of `null` are none, as Llama writes them for a tool without parameters', () => {
  const ended = [input('a', 'null'), done(call('a', 'null'))]
  for (const events of [[added(call('a', '')), ...ended], [added(call('a', 'null')), ended[1] ?? {}], []])
    expect(read([...events, completed([call('a', 'null')])])).toEqual(['fc_a: '])
  expect(responses.readReply({ output: [call('a', 'null')], status: 'completed' }, 'upstream').parts).toMatchObject([
    { kind: 'tool-call', input: '' },
  ])
})

test('what was streamed is the answer where the ends of its items have nothing', () => {
  const ends = [thought(''), message(''), call('a', ''), call('b', '')].map(done)
  const silent = { type: 'response.content_part.done', item_id: 'msg_1', part: { type: 'output_text', text: '' } }
  const open = unplaced.slice(0, 11)
  expect(read([...open, ...ends, completed([])])).toEqual(told)
  expect(read([...open, silent, completed([])]).slice(0, 2)).toEqual(told.slice(0, 2))
  const empty = { ...message(''), content: [{ type: 'output_text', text: '' }] }
  expect(read([...open, done(empty), completed([empty])]).slice(0, 2)).toEqual(told.slice(0, 2))
})
