import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, test } from 'vitest'
import { bags } from '../fidelity/json.ts'
import { gather, readAnswer } from '../fidelity/said.ts'
import { readBySdk } from '../fidelity/sdk.ts'
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
    expect(events.at(-1)).toMatchObject({ response: { output: [item] } })
    expect(bags(events).map(({ type }) => type)).toEqual([
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

describe('a stream of llama.cpp, without places, numbers and ids of calls (ggml-org/llama.cpp#20607)', () => {
  const thought = { type: 'reasoning', id: 'rs_1', summary: [], content: [] }
  const look = (id: string, input: string): JsonObject => ({
    type: 'function_call',
    call_id: `fc_${id}`,
    name: 'look',
    arguments: input,
    status: input === '' ? 'in_progress' : 'completed',
  })
  const added = (item: JsonObject): JsonObject => ({ type: 'response.output_item.added', item })
  const done = (item: JsonObject): JsonObject => ({ type: 'response.output_item.done', item })
  const said = (type: string, item_id: string, more: JsonObject): JsonObject => ({
    type: `response.${type}`,
    item_id,
    ...more,
  })
  const part = { type: 'output_text', text: 'Hi there', annotations: [], logprobs: [] }
  const whole = [
    { ...thought, content: [{ type: 'reasoning_text', text: 'Hm' }] },
    message('Hi there'),
    look('a', '{"a":1}'),
    look('b', '{"b":2}'),
  ]
  const events = [
    created,
    { ...created, type: 'response.in_progress' },
    added(thought),
    said('reasoning_text.delta', 'rs_1', { delta: 'Hm' }),
    added(message('')),
    said('content_part.added', 'msg_1', { part: { ...part, text: '' } }),
    said('output_text.delta', 'msg_1', { delta: 'Hi ' }),
    said('output_text.delta', 'msg_1', { delta: 'there' }),
    added(look('a', '')),
    said('function_call_arguments.delta', 'fc_a', { delta: '{"a":1}' }),
    added(look('b', '')),
    said('function_call_arguments.delta', 'fc_b', { delta: '{"b":2}' }),
    done(whole[0] ?? {}),
    said('output_text.done', 'msg_1', { text: 'Hi there' }),
    said('content_part.done', 'msg_1', { part }),
    ...whole.slice(1).map(done),
    completed(whole),
  ]
  const told = {
    text: 'Hi there',
    reasoning: 'Hm',
    calls: [
      { name: 'look', input: '{"a":1}', form: 'json' },
      { name: 'look', input: '{"b":2}', form: 'json' },
    ],
    finish: 'tool-calls',
  }

  test('is told to clients of all protocols', async () => {
    supply = await startAnswering('responses', frames(events))
    for (const client of ['chat', 'responses', 'messages'] as const) {
      const got = await supply.ask(client)
      expect(readAnswer(client, gather(client, got.events))).toMatchObject(told)
    }
  })

  test('has places, numbers and ids for a client of its own protocol', async () => {
    supply = await startAnswering('responses', frames(events))
    const got = bags((await supply.ask('responses')).events)
    expect(got.map((event) => event['sequence_number'])).toEqual(got.map((_event, index) => index))
    const places = got.filter(({ type }) => /item|delta|part/.test(String(type))).map((event) => event['output_index'])
    expect(places).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 0, 1, 1, 2, 3])
    expect(got.filter(({ type }) => String(type).includes('arguments')).map((event) => event['item_id'])).toEqual([
      'fc_2',
      'fc_3',
    ])
    expect(got[0]?.['response']).toMatchObject({ id: 'resp_1', model: 'm', output: [], created_at: expect.any(Number) })
    expect(got.at(-1)?.['response']).toMatchObject({ output: [{}, {}, { id: 'fc_2' }, { id: 'fc_3' }] })
    expect(await readBySdk('responses', frames(got))).toMatchObject(told)
  })

  test('that has its numbers and not its places gets these', async () => {
    const numbered = events.map((event, sequence_number) => ({ ...event, sequence_number }))
    supply = await startAnswering('responses', frames(numbered))
    const got = (await supply.ask('responses')).events
    expect(readAnswer('responses', gather('responses', got))).toMatchObject(told)
  })

  test('is left alone where it has both', async () => {
    const placed = events.map((event, sequence_number) => ({ ...event, sequence_number, output_index: 0 }))
    supply = await startAnswering('responses', frames(placed))
    expect((await supply.ask('responses')).events).toEqual(placed)
  })
})
