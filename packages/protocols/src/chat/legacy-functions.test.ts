import { expect, it } from 'vitest'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { chat } from './index.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'

// The grammar of 2023 has one call in a message.

const functions = [{ name: 'look', parameters: { type: 'object', properties: {} } }]
const use = (id: string): JsonObject => ({ type: 'tool_use', id, name: 'look', input: { at: id } })
const message: JsonObject = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
}
const lost = [{ path: 'parts[1]', why: 'a client that speaks of functions hears of one call in an answer' }]

it('a client that speaks of functions is told of one call, and the others are reported', () => {
  const { answer, losses } = crossAnswer(
    'messages',
    'chat',
    { ...message, content: [use('a'), use('b')] },
    { functions },
  )
  const told = asObject(asObjects(answer['choices'])[0]?.['message'])?.['function_call']
  expect(told).toEqual({ name: 'look', arguments: '{"at":"a"}' })
  expect(losses).toEqual(lost)
})

it('the same in a stream', () => {
  const events = [
    { type: 'message_start', message: { ...message, content: [] } },
    ...[use('a'), use('b')].flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ]
  const { answer, losses } = crossStream('messages', 'chat', events, { functions })
  expect(JSON.stringify(answer)).not.toContain('\\"b\\"')
  expect(losses).toEqual(lost)
})

it('one call at a time is asked for, where the target would make several', () => {
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], functions }
  expect(send(chat, messages, body)[0]['tool_choice']).toEqual({ type: 'auto', disable_parallel_tool_use: true })
  expect(send(chat, responses, body)[0]['parallel_tool_calls']).toBe(false)
  expect(send(chat, chat, body)[0]).not.toHaveProperty('parallel_tool_calls')
})
