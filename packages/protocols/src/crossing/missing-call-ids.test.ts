import { describe, expect, it } from 'vitest'
import { crossAnswer, crossStream } from './crossed-answers.test-support.ts'
import { asObject, asObjects, type Json, type JsonObject } from '../core/json.ts'
import type { ProtocolId } from '../core/protocol.ts'

const use = { type: 'tool_use', name: 'f', input: { a: 1 } }
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'served',
  content: [use, { ...use, id: '' }, { ...use, id: 'toolu_own' }],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 3 },
}
const call = { type: 'function_call', name: 'f', arguments: '{"a":1}', status: 'completed' }
const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 7,
  model: 'served',
  status: 'completed',
  output: [call, { ...call, id: '', call_id: '' }, { ...call, call_id: 'call_own' }],
  usage: { input_tokens: 5, output_tokens: 3, total_tokens: 8 },
}
const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 7,
  model: 'served',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        tool_calls: ['', undefined, 'call_own'].map((id) => ({
          ...(id === undefined ? {} : { id }),
          type: 'function',
          function: { name: 'f', arguments: '{"a":1}' },
        })),
      },
      finish_reason: 'tool_calls',
    },
  ],
}
const whole: { readonly [P in ProtocolId]: JsonObject } = { messages: message, responses: response, chat: completion }

/** The same answers as streams. */
const streams: { readonly [P in 'messages' | 'responses']: readonly JsonObject[] } = {
  messages: [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    ...message.content.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: { ...block, input: {} } },
      { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } },
    { type: 'message_stop' },
  ],
  responses: [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    ...response.output.flatMap((item, output_index) => [
      { type: 'response.output_item.added', output_index, item: { ...item, arguments: '', status: 'in_progress' } },
      { type: 'response.function_call_arguments.delta', output_index, delta: '{"a":1}' },
      { type: 'response.output_item.done', output_index, item },
    ]),
    { type: 'response.completed', response },
  ],
}

describe('calls that an answer gives no id', () => {
  it.each([
    ['messages', 'chat'],
    ['messages', 'responses'],
    ['responses', 'chat'],
    ['responses', 'messages'],
    ['chat', 'messages'],
    ['chat', 'responses'],
  ] as const)('get one each on the way from %s to %s, beside one that has its own', (from, to) => {
    const { answer, losses } = crossAnswer(from, to, whole[from])
    expectIds(idsOf(answer, to))
    expect(losses).toEqual([])
    expect(idsOf(crossAnswer(from, to, whole[from]).answer, to)).toEqual(idsOf(answer, to))
  })

  it.each([
    ['messages', 'chat'],
    ['messages', 'responses'],
    ['responses', 'chat'],
    ['responses', 'messages'],
  ] as const)('get the same in a stream from %s to %s', (from, to) => {
    const { answer, losses } = crossStream(from, to, streams[from])
    const ids = [...new Set(answer.flatMap((event) => (event === '[DONE]' ? [] : idsIn(event, to))))]
    expect(ids).toEqual(idsOf(crossAnswer(from, to, whole[from]).answer, to))
    expect(losses).toEqual([])
  })
})

function expectIds(ids: readonly Json[]): void {
  expect(ids).toHaveLength(3)
  expect(new Set(ids).size).toBe(3)
  expect(ids[2]).toMatch(/_own$/)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,40}$/)
}

function idsOf(answer: JsonObject, protocol: ProtocolId): readonly Json[] {
  if (protocol === 'messages') return ids(asObjects(answer['content']), 'id')
  if (protocol === 'responses') return ids(asObjects(answer['output']), 'call_id')
  return ids(asObjects(asObject(asObjects(answer['choices'])[0]?.['message'])?.['tool_calls']), 'id')
}

function idsIn(event: JsonObject, protocol: ProtocolId): readonly Json[] {
  if (protocol === 'messages') return ids(asObjects([event['content_block']]), 'id')
  if (protocol === 'responses') return ids(asObjects([event['item']]), 'call_id')
  return ids(asObjects(asObject(asObjects(event['choices'])[0]?.['delta'])?.['tool_calls']), 'id')
}

function ids(calls: readonly JsonObject[], member: string): readonly Json[] {
  return calls.flatMap((one) => (one[member] === undefined ? [] : [one[member]]))
}
