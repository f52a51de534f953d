import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, test } from 'vitest'
import { frames, startAnswering, type AnsweringSupply } from './answering-supply.ts'

/** Streams of the Responses API as other servers than OpenAI's send them, each with the thread that reports it. */

let supply: AnsweringSupply
afterEach(() => supply.close())

const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7 }
const created = { type: 'response.created', response: { id: 'resp_1', object: 'response', status: 'in_progress' } }
const completed = (output: readonly JsonObject[]): JsonObject => ({
  type: 'response.completed',
  response: { id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: 'm', output, usage },
})
const message = (text: string): JsonObject => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: text === '' ? 'in_progress' : 'completed',
  content: text === '' ? [] : [{ type: 'output_text', text, annotations: [], logprobs: [] }],
})

describe('an item that comes whole, with nothing of it in the last event (bytedance/deer-flow#1928)', () => {
  const call = { call_id: 'call_1', name: 'apply_patch' }
  test.each<[string, JsonObject]>([
    ['a message', message('Hello')],
    ['a call', { type: 'function_call', id: 'fc_1', ...call, arguments: '{}', status: 'completed' }],
    ['a call of free text', { type: 'custom_tool_call', id: 'ctc_1', ...call, input: 'x', status: 'completed' }],
    ['a shell call', { type: 'local_shell_call', id: 'lsh_1', call_id: 'call_1', status: 'completed', action: {} }],
    ['a picture', { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'AAAA' }],
    ['a compaction', { type: 'compaction', id: 'cmp_1', encrypted_content: 'sealed' }],
  ])('%s is an answer', async (_what, item) => {
    const done = { type: 'response.output_item.done', output_index: 0, item }
    supply = await startAnswering('responses', frames([created, done, completed([])]))
    const { events } = await supply.ask('responses')
    expect(events.map((event) => (event as JsonObject)['type'])).toEqual([
      'response.created',
      'response.output_item.done',
      'response.completed',
    ])
  })

  test('that has no word in it is none', async () => {
    const done = { type: 'response.output_item.done', output_index: 0, item: { ...message(''), status: 'completed' } }
    supply = await startAnswering('responses', frames([created, done, completed([])]))
    const { events } = await supply.ask('responses')
    expect(events.at(-1)).toMatchObject({ type: 'response.failed' })
  })
})
