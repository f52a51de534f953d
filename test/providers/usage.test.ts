import type { ServerResponse } from 'node:http'
import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { readAnswer, readEvents, request, said } from './clients.ts'
import { json, sse, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startSupply, type TestSupply } from './supply.ts'

let upstream: ScriptedUpstream
let supply: TestSupply
afterEach(async () => {
  await supply.close()
  await upstream.close()
})

const usage: Readonly<Record<ProtocolId, JsonObject>> = {
  chat: {
    prompt_tokens: 100,
    completion_tokens: 7,
    total_tokens: 107,
    prompt_tokens_details: { cached_tokens: 30, cache_creation_input_tokens: 20 },
  },
  responses: {
    input_tokens: 100,
    output_tokens: 7,
    total_tokens: 107,
    input_tokens_details: { cached_tokens: 30, cache_write_tokens: 20 },
    output_tokens_details: { reasoning_tokens: 0 },
  },
  messages: { input_tokens: 100, output_tokens: 7, cache_read_input_tokens: 30, cache_creation_input_tokens: 20 },
}
const shared = { id: 'x1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const message: JsonObject = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' }
const finished: JsonObject = { stop_reason: 'end_turn', stop_sequence: null }
const item = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'hi', annotations: [] }],
}
const response = { id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'completed', output: [item] }

function answerWhole(protocol: ProtocolId, to: ServerResponse): void {
  const count = { usage: usage[protocol] }
  const choice = { index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }
  if (protocol === 'chat') json(to, 200, { ...shared, object: 'chat.completion', choices: [choice], ...count })
  else if (protocol === 'responses') json(to, 200, { ...response, ...count })
  else json(to, 200, { ...message, content: [{ type: 'text', text: 'hi' }], ...finished, ...count })
}

function answerStream(protocol: ProtocolId, to: ServerResponse): void {
  const count = { usage: usage[protocol] }
  if (protocol === 'chat') {
    const delta = (content: JsonObject, finish: string | null) => ({ index: 0, delta: content, finish_reason: finish })
    const said = { ...shared, choices: [delta({ role: 'assistant', content: 'hi' }, null)] }
    return sse(to, [said, { ...shared, choices: [delta({}, 'stop')] }, { ...shared, choices: [], ...count }], true)
  }
  if (protocol === 'responses') {
    return sse(to, [
      { type: 'response.created', sequence_number: 0, response: { ...response, status: 'in_progress', output: [] } },
      { type: 'response.completed', sequence_number: 1, response: { ...response, ...count } },
    ])
  }
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null, ...count }
  sse(to, [
    { type: 'message_start', message: start },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: finished, ...count },
    { type: 'message_stop' },
  ])
}

async function ask(
  client: ProtocolId,
  server: ProtocolId,
  stream: boolean,
  adjustInputTokens: boolean,
): Promise<JsonObject> {
  upstream = await startScripted((to) => (stream ? answerStream(server, to) : answerWhole(server, to)))
  const baseUrl = `${upstream.url}/v1`
  supply = startSupply({ name: 'own', type: 'compatible', baseUrl, endpoints: [server], adjustInputTokens })
  const got = await supply.ask(client, request(client, 'own/m', stream, [said(client, 'hi')]))
  expect(got.status).toBe(200)
  return (stream ? readEvents(client, got.events) : readAnswer(client, got.answer)).usage
}

describe.each([false, true])('adjustInputTokens (PROV-32), streaming: %s', (stream) => {
  it.each(['messages', 'chat', 'responses'] as const)(
    'a Messages client of a %s upstream sees 50 of 100',
    async (server) => {
      expect(await ask('messages', server, stream, true)).toMatchObject({
        input_tokens: 50,
        cache_read_input_tokens: 30,
        cache_creation_input_tokens: 20,
        output_tokens: 7,
      })
    },
  )

  it.each(['chat', 'responses'] as const)('so does a client of a %s upstream of its own protocol', async (server) => {
    expect(await ask(server, server, stream, true)).toMatchObject({
      [server === 'chat' ? 'prompt_tokens' : 'input_tokens']: 50,
    })
  })

  it('a Chat client of a Messages upstream sees the 100 that were counted, and not 150', async () => {
    expect(await ask('chat', 'messages', stream, true)).toMatchObject({ prompt_tokens: 100 })
  })

  it('is off by default', async () => {
    expect(await ask('messages', 'messages', stream, false)).toMatchObject({ input_tokens: 100 })
  })
})

it('asks a chat upstream for usage, and keeps it from a client that did not', async () => {
  upstream = await startScripted((to) => answerStream('chat', to))
  supply = startSupply({ name: 'own', type: 'compatible', baseUrl: `${upstream.url}/v1` })
  const got = await supply.ask('chat', { model: 'own/m', stream: true, messages: [said('chat', 'hi')] })
  expect(upstream.calls[0]?.body['stream_options']).toEqual({ include_usage: true })
  expect(JSON.stringify(got.events)).not.toContain('prompt_tokens')
  expect(got.events.at(-1)).toBe('[DONE]')
})
