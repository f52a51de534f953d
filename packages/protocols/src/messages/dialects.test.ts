import { describe, expect, it } from 'vitest'
import type { ReplyEvent } from '../core/events.ts'
import type { JsonObject } from '../core/json.ts'
import { foldEvents, type Reply } from '../core/reply.ts'
import { readEvents } from './read-events.ts'
import { readReply } from './reply.ts'

function read(events: readonly JsonObject[]): readonly ReplyEvent[] {
  const machine = readEvents('us')
  return [...events.flatMap((data) => machine.push({ data })), ...machine.end()]
}

const fold = (...events: readonly JsonObject[]): Reply => foldEvents(read(events))
const start = (usage: JsonObject = {}): JsonObject => ({
  type: 'message_start',
  message: { id: 'msg_1', model: 'm', usage },
})
const ended = (reason: string, usage: JsonObject = {}): JsonObject => ({
  type: 'message_delta',
  delta: { stop_reason: reason, stop_sequence: null },
  usage,
})
const stop = { type: 'message_stop' }
const delta = (index: number, value: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: value })

describe('servers that speak Messages in their own way', () => {
  it('may leave out the start of a text or of a thought', () => {
    const thinking = delta(0, { type: 'thinking_delta', thinking: 'hm' })
    const reply = fold(
      start(),
      thinking,
      delta(1, { type: 'text_delta', text: 'a' }),
      delta(1, { type: 'text_delta', text: 'b' }),
      ended('end_turn'),
      stop,
    )
    expect(reply.parts).toMatchObject([
      { kind: 'reasoning', text: 'hm' },
      { kind: 'text', text: 'ab' },
    ])
  })

  it('may number no blocks', () => {
    const block = (value: JsonObject): JsonObject => ({ type: 'content_block_start', content_block: value })
    const more = (value: JsonObject): JsonObject => ({ type: 'content_block_delta', delta: value })
    const closed = { type: 'content_block_stop' }
    const reply = fold(
      start(),
      block({ type: 'text', text: '' }),
      more({ type: 'text_delta', text: 'a' }),
      more({ type: 'text_delta', text: 'b' }),
      closed,
      block({ type: 'tool_use', id: 'c', name: 'f', input: {} }),
      more({ type: 'input_json_delta', partial_json: '{}' }),
      closed,
      ended('tool_use'),
      stop,
    )
    expect(reply.parts).toMatchObject([{ text: 'ab' }, { id: 'c', input: '{}' }])
  })

  it('open nothing again that has ended', () => {
    const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
    const late = delta(0, { type: 'text_delta', text: 'late' })
    const reply = fold(start(), block, { type: 'content_block_stop', index: 0 }, late, ended('end_turn'), stop)
    expect(reply.parts).toEqual([{ kind: 'text', text: '' }])
  })

  it('may count the input only at the start', () => {
    const reply = fold(
      start({ input_tokens: 10, cache_read_input_tokens: 5 }),
      ended('end_turn', { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 7 }),
      stop,
    )
    expect(reply.usage).toMatchObject({ input: 15, cacheRead: 5, output: 7 })
  })

  it('may find at the end that all of the input was cached', () => {
    const counted = { input_tokens: 0, cache_read_input_tokens: 10, output_tokens: 7 }
    expect(fold(start({ input_tokens: 10 }), ended('end_turn', counted), stop).usage).toMatchObject({
      input: 10,
      cacheRead: 10,
    })
  })

  it('may forget the mark of the end, once they have said why it ended', () => {
    expect(fold(start(), ended('max_tokens')).finish).toBe('length')
    expect(read([start()]).at(-1)).toMatchObject({ type: 'error', error: { reason: 'stream-cut' } })
  })

  it.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'tool-calls'],
    ['content_filter', 'refusal'],
  ])('may end in the words of Chat Completions: %s', (reason, finish) => {
    const reply = fold(start(), ended(reason), stop)
    expect([reply.finish, reply.extras]).toEqual([finish, undefined])
  })

  it('may give a lone text as a string', () => {
    expect(readReply({ id: 'msg_1', content: 'Hi' }, 'us').parts).toEqual([{ kind: 'text', text: 'Hi' }])
  })

  it('have not answered where they send something that is no message', () => {
    expect(() => readReply({ hello: 'world' }, 'us')).toThrow('no message')
  })

  it('may send arguments as the text that they are', () => {
    const call = { type: 'tool_use', id: 'c', name: 'f', input: '{"a": 1}' }
    expect(readReply({ id: 'msg_1', content: [call] }, 'us').parts).toMatchObject([{ input: '{"a": 1}' }])
    const words = { ...call, input: 'words' }
    expect(readReply({ id: 'msg_1', content: [words] }, 'us').parts).toMatchObject([{ input: '"words"' }])
  })
})
