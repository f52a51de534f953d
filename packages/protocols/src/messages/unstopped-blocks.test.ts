import { describe, expect, it } from 'vitest'
import type { ReplyEvent } from '../core/events.ts'
import { isObject, type JsonObject } from '../core/json.ts'
import type { Asked } from '../core/protocol.ts'
import { foldEvents } from '../core/reply.ts'
import { readEvents } from './read-events.ts'
import { readRequest } from './read-request.ts'
import { writeEvents } from './write-events.ts'

const asked: Asked = {
  prompt: readRequest({ model: 'asked-model', messages: [] }),
  now: 0,
  newId: () => 'id',
  inputEstimate: 42,
}

function read(list: readonly JsonObject[]): ReplyEvent[] {
  const machine = readEvents('us')
  return [...list.flatMap((data) => [...machine.push({ data })]), ...machine.end()]
}

function write(events: readonly ReplyEvent[]): JsonObject[] {
  const machine = writeEvents(asked, () => {})
  const written = [...events.flatMap((event) => [...machine.push(event)]), ...machine.end()]
  return written.flatMap(({ data }) => (data === '[DONE]' ? [] : [data]))
}

describe('a start that tells the whole answer, and why it ended', () => {
  const content = [
    { type: 'text', text: 'Once more.' },
    { type: 'tool_use', id: 'toolu_1', name: 'roll', input: { sides: 6 }, caller: { type: 'code_execution_20250825' } },
  ]
  const message = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'x',
    content,
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 2 },
  }
  const start = { type: 'message_start', message }
  const told = [
    { kind: 'text', text: 'Once more.' },
    { kind: 'tool-call', id: 'toolu_1', name: 'roll', input: '{"sides":6}' },
  ]
  const streamed = content.flatMap((content_block, index) => [
    { type: 'content_block_start', index, content_block },
    { type: 'content_block_stop', index },
  ])

  it.each([[[{ type: 'message_stop' }]], [[]]])('is the answer, before %j', (end) => {
    const reply = foldEvents(read([start, ...end]))
    expect(reply).toMatchObject({ finish: 'tool-calls', usage: { input: 3, output: 2 } })
    expect(reply.parts).toMatchObject(told)
  })

  it('may leave the reason to the end', () => {
    const open = { ...start, message: { ...message, stop_reason: null } }
    const end = { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null } }
    expect(foldEvents(read([open, end, { type: 'message_stop' }]))).toMatchObject({ finish: 'tool-calls', parts: told })
    expect(read([open]).at(-1)).toMatchObject({ type: 'error' })
  })

  it('is no answer beside the blocks of a stream, which may be cut', () => {
    expect(foldEvents(read([start, ...streamed, { type: 'message_stop' }])).parts).toMatchObject(told)
    expect(read([start, ...streamed.slice(0, 2)]).at(-1)).toMatchObject({ type: 'error' })
  })
})

it('thoughts keep their order in a stream that stops no block', () => {
  const usage = { input_tokens: 1, output_tokens: 1 }
  const message = { id: 'm', type: 'message', role: 'assistant', model: 'x', content: [], usage }
  const wire: readonly JsonObject[] = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'redacted_thinking', data: 'R' } },
    { type: 'content_block_start', index: 1, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'signature_delta', signature: 'S' } },
    { type: 'content_block_start', index: 2, content_block: { type: 'redacted_thinking', data: 'Q' } },
    { type: 'content_block_start', index: 3, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 3, delta: { type: 'text_delta', text: 'Hello' } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage },
    { type: 'message_stop' },
  ]
  const stopped = wire.flatMap((data, at): readonly JsonObject[] => {
    const next = wire[at + 1]
    const index = data['index']
    const isLast = index !== undefined && (next?.['index'] !== index || next['type'] === 'content_block_start')
    return isLast ? [data, { type: 'content_block_stop', index }] : [data]
  })
  expect(write(read(wire)).map(unnamed)).toEqual(write(read(stopped)).map(unnamed))
  expect(foldEvents(read(wire)).parts.map((part) => part.kind)).toEqual(['reasoning', 'reasoning', 'reasoning', 'text'])
})

/** A message without its id, which is made up anew each time. */
function unnamed(event: JsonObject): JsonObject {
  return event['type'] === 'message_start' && isObject(event['message'])
    ? { ...event, message: { ...event['message'], id: '' } }
    : event
}

it.each([
  ['a thought in a text', 'text', 'thinking'],
  ['words in a thought', 'thinking', 'text'],
])('%s is a block of its own, and what goes on after it another', (_name, begun, other) => {
  const delta = (type: string, words: string): JsonObject => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: `${type}_delta`, [type]: words },
  })
  const { parts } = foldEvents(
    read([
      { type: 'message_start', message: { id: 'm', model: 'x', content: [] } },
      { type: 'content_block_start', index: 0, content_block: { type: begun, [begun]: '' } },
      delta(begun, 'One'),
      delta(other, ''),
      delta(begun, ' two.'),
      delta(other, 'Between'),
      delta(other, ' them.'),
      delta(begun, 'Three.'),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
      { type: 'message_stop' },
    ]),
  )
  const kind = (type: string): string => (type === 'text' ? 'text' : 'reasoning')
  expect(parts).toMatchObject([
    { kind: kind(begun), text: 'One two.' },
    { kind: kind(other), text: 'Between them.' },
    { kind: kind(begun), text: 'Three.' },
  ])
})
