import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { providerOf, targetOf } from '../keyed.test-support.ts'
import { spokenMessagesStream } from './messages-stream.ts'

const target = targetOf(providerOf({ type: 'compatible', endpoints: ['messages'] }), 'm', 'messages')
const text = { type: 'text', text: '' }
const use = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }
const start = (index: number, block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block: block,
})
const delta = (index: number, said: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: said })
const say = (index: number, word: string): JsonObject => delta(index, { type: 'text_delta', text: word })
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index })

function run(events: readonly JsonObject[]): readonly unknown[] {
  const mender = spokenMessagesStream.start(target, {}, {})
  return events.flatMap((data) => {
    if (!mender?.wants(`data: ${JSON.stringify(data)}\n\n`)) return [data]
    return mender.mend({ data }).map((event) => event.data)
  })
}

it('a text of empty deltas is none', () => {
  expect(run([start(0, text), say(0, ''), say(0, ''), stop(0)])).toEqual([])
  expect(run([start(0, text), say(0, ''), say(0, 'Hi'), say(0, ''), stop(0)])).toEqual([
    start(0, text),
    say(0, 'Hi'),
    say(0, ''),
    stop(0),
  ])
})

it('a call at whose index text follows is closed before it', () => {
  expect(run([start(0, use), say(0, 'Hi'), stop(0)])).toEqual([
    start(0, use),
    stop(0),
    start(1, text),
    say(1, 'Hi'),
    stop(1),
  ])
})

it('the start of a text that is held back keeps all that the server says in it', () => {
  const held = { ...start(0, text), padding: 'abc' }
  expect(run([held, say(0, 'Hi')])).toEqual([held, say(0, 'Hi')])
})

it('an empty text gives its index to the block that is started there next', () => {
  const thinking = { type: 'thinking', thinking: '', signature: '' }
  const thought = (index: number) => [
    start(index, thinking),
    delta(index, { type: 'thinking_delta', thinking: 'Hm' }),
    stop(index),
  ]
  expect(run([start(1, text), ...thought(1)])).toEqual(thought(0))
  const called = (index: number) => [
    start(index, use),
    delta(index, { type: 'input_json_delta', partial_json: '{}' }),
    stop(index),
  ]
  expect(run([start(1, text), ...called(1)])).toEqual(called(0))
})

it('arguments under the index of something that is said, or of nothing, are those of the call that is open', () => {
  const input = (index: number): JsonObject => delta(index, { type: 'input_json_delta', partial_json: '{}' })
  const said = [start(0, text), say(0, 'Hi'), stop(0), start(1, use)]
  expect(run([...said, input(0), stop(1)])).toEqual([...said, input(1), stop(1)])
  const open = [start(0, use), start(1, text), say(1, 'Hi')]
  expect(run([...open, input(1), stop(1), stop(0)])).toEqual([...open, input(0), stop(1), stop(0)])
  expect(run([start(0, text), say(0, 'Hi'), input(0), stop(0)])).toEqual([start(0, text), say(0, 'Hi'), stop(0)])
})
