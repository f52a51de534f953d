import { describe, expect, it } from 'vitest'
import { asObject, asObjects, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Asked, Protocol, WireEvent } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate, translateEvents } from '../translate.ts'
import { chat } from './index.ts'

const extra = (signature: string): JsonObject => ({ extra_content: { google: { thought_signature: signature } } })
const call = (index: number, more: JsonObject): JsonObject => ({
  index,
  id: `function-call-${index}`,
  type: 'function',
  function: { name: 'look', arguments: '{"at":"x"}' },
  ...more,
})
const calls = [call(0, extra('c2ln+/=')), call(1, {}), call(2, extra('dHdv'))]
const result = (index: number): JsonObject => ({ id: `function-call-${index}`, text: 'seen' })

const first: { readonly [client: string]: JsonObject } = {
  messages: { model: 'm', max_tokens: 99, messages: [{ role: 'user', content: 'Look' }] },
  responses: { model: 'm', input: [{ role: 'user', content: 'Look' }] },
}

/** The next request of a client that keeps the answer as it came. */
function next(client: Protocol, answer: JsonObject): JsonObject {
  const results = [result(0), result(1), result(2)]
  if (client.id === 'messages') {
    const content = results.map(({ id, text }) => ({ type: 'tool_result', tool_use_id: id, content: text }))
    return {
      ...first['messages'],
      messages: [
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: answer['content'] },
        { role: 'user', content },
      ],
    }
  }
  const outputs = results.map(({ id, text }) => ({ type: 'function_call_output', call_id: id, output: text }))
  const items = asObjects(answer['output'])
  return { ...first['responses'], input: [{ role: 'user', content: 'Look' }, ...items, ...outputs] }
}

const clients = [messages, responses]

function cross(client: Protocol, body: JsonObject) {
  const options = { from: client, to: chat, model: 'gemini', issuer: 'g:gemini', traits: plainTraits }
  return translate({ ...options, body, lose: () => undefined })
}

function asked(client: Protocol): Asked {
  return { prompt: client.readRequest(first[client.id] ?? {}), now: 1, newId: () => 'new' }
}

describe.each(clients.map((client) => [client.id, client] as const))('a %s client of Gemini', (_name, client) => {
  it('gives back the signature of each call with the call, whole', () => {
    const crossing = cross(client, first[client.id] ?? {})
    const message = { role: 'assistant', content: null, tool_calls: calls }
    const reply = crossing.readReply({ id: 'x', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] })
    const answer = client.writeReply(reply, asked(client), () => undefined)
    expectSignatures(cross(client, next(client, answer)).body)
  })

  it('gives them back when they were streamed', () => {
    const crossing = cross(client, first[client.id] ?? {})
    const machine = translateEvents(crossing, client, asked(client), () => undefined)
    const chunks: WireEvent[] = calls.map((one) => ({
      data: { id: 'x', model: 'm', choices: [{ index: 0, delta: { role: 'assistant', tool_calls: [one] } }] },
    }))
    chunks.push({ data: { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] } }, { data: '[DONE]' })
    const events = [...chunks.flatMap((chunk) => [...machine.push(chunk)]), ...machine.end()]
    expectSignatures(cross(client, next(client, gather(client, events))).body)
  })

  it('sends them to no other service', () => {
    const crossing = cross(client, first[client.id] ?? {})
    const message = { role: 'assistant', content: null, tool_calls: calls }
    const reply = crossing.readReply({ id: 'x', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] })
    const body = next(
      client,
      client.writeReply(reply, asked(client), () => undefined),
    )
    const options = { from: client, to: chat, model: 'other', issuer: 'o:other', traits: plainTraits, body }
    const sent = translate({ ...options, lose: () => undefined }).body
    expect(JSON.stringify(sent)).not.toMatch(/extra_content|c2ln|xfs1/)
  })
})

it('an answer for a client of the same protocol has each signature where it was, and no second time', () => {
  const message = { role: 'assistant', content: null, tool_calls: calls }
  const reply = chat.readReply({ id: 'x', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] }, 'g')
  const prompt = chat.readRequest({ model: 'm', messages: [] })
  const answer = chat.writeReply(reply, { prompt, now: 1, newId: () => 'new' }, () => undefined)
  const text = JSON.stringify(answer)
  expect(text.match(/c2ln/g)).toHaveLength(1)
  expect(text).not.toContain('reasoning_opaque')
})

function expectSignatures(body: JsonObject): void {
  const turns = asObjects(body['messages'])
  const back = turns.find((message) => message['role'] === 'assistant')
  expect(back).toEqual({
    role: 'assistant',
    content: null,
    tool_calls: calls.map(({ index: _index, ...one }) => one),
  })
  expect(turns.filter((message) => message['role'] === 'assistant')).toHaveLength(1)
}

/** The answer that a stream amounts to. */
function gather(client: Protocol, events: readonly WireEvent[]): JsonObject {
  const list = events.flatMap(({ data }) => (data === '[DONE]' ? [] : [data]))
  if (client.id === 'responses') return asObject(list.at(-1)?.['response']) ?? {}
  const content: MutableJson[] = []
  for (const data of list) {
    if (data['type'] === 'content_block_start') content.push({ ...asObject(data['content_block']) })
    const delta = asObject(data['delta'])
    const open = content.at(-1)
    for (const name of ['thinking', 'signature'])
      if (delta?.['type'] === `${name}_delta` && open) open[name] = `${String(open[name])}${String(delta[name])}`
    if (delta?.['type'] === 'input_json_delta' && open) open['input'] = JSON.parse(String(delta['partial_json']))
  }
  return { content }
}

describe.each(clients.map((client) => [client.id, client] as const))('a %s client of LiteLLM', (_name, client) => {
  const blocks = [
    { type: 'thinking', thinking: 'Let me see.', signature: 'c2lnbmVk' },
    { type: 'redacted_thinking', data: 'ZW5j' },
  ]
  const within = {
    function: { name: 'look', arguments: '{"at":"x"}', provider_specific_fields: { thought_signature: 's' } },
  }

  it('gives back the blocks of the thought, which came in pieces, and what stands within a call', () => {
    const crossing = cross(client, first[client.id] ?? {})
    const machine = translateEvents(crossing, client, asked(client), () => undefined)
    const deltas: JsonObject[] = [
      {
        role: 'assistant',
        reasoning_content: 'Let me',
        thinking_blocks: [{ type: 'thinking', thinking: 'Let me', signature: null }],
      },
      { reasoning_content: ' see.', thinking_blocks: [{ type: 'thinking', thinking: ' see.' }] },
      { reasoning_content: '', thinking_blocks: [{ type: 'thinking', thinking: '', signature: 'c2lnbmVk' }] },
      { thinking_blocks: [blocks[1] ?? {}] },
      { tool_calls: [call(0, within)] },
    ]
    const chunks: WireEvent[] = deltas.map((delta) => ({
      data: { id: 'x', model: 'm', choices: [{ index: 0, delta }] },
    }))
    chunks.push({ data: { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] } })
    const events = [...chunks.flatMap((chunk) => [...machine.push(chunk)]), ...machine.end()]
    const turns = asObjects(cross(client, next(client, gather(client, events))).body['messages'])
    expect(turns.find((message) => message['role'] === 'assistant')).toMatchObject({
      reasoning_content: 'Let me see.',
      thinking_blocks: blocks,
      tool_calls: [{ id: 'function-call-0', ...within }],
    })
  })
})
