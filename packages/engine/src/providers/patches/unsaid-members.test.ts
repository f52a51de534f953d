import { plainTraits, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import type { Target } from '../provider.ts'
import { unsaidMembers } from './unsaid-members.ts'

const hello = { role: 'user', content: 'Hello.' }
const parameters = { type: 'object', properties: { when: { type: ['string', 'null'], default: null } } }

describe('a chat', () => {
  it('has no member that is null where its schema knows no null', () => {
    const nulls = { user: null, tools: null, tool_choice: null, response_format: null, functions: null }
    expect(mended('chat', { model: 'm', messages: [hello], ...nulls })).toEqual({ model: 'm', messages: [hello] })
  })

  it('keeps the nulls that its schema knows', () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":null}' } }
    const answer = { role: 'assistant', content: null, refusal: null, audio: null, function_call: null }
    const body = { stop: null, temperature: null, stream: null, messages: [{ ...answer, tool_calls: [call] }] }
    expect(mended('chat', body)).toBe(body)
  })

  it('has no empty list of calls, and no name or id that is null', () => {
    const answer = { role: 'assistant', content: 'Hello.', name: null, refusal: null }
    const body = {
      messages: [
        { ...hello, name: null, tool_calls: null, tool_call_id: null },
        { ...answer, tool_calls: [] },
        { ...answer, tool_calls: null },
      ],
    }
    const said = { role: 'assistant', content: 'Hello.', refusal: null }
    expect(mended('chat', body)).toEqual({ messages: [hello, said, said] })
  })

  it('says nothing of a choice among tools that it has not', () => {
    const body = { messages: [hello], tools: [], tool_choice: 'auto', parallel_tool_calls: true }
    expect(mended('chat', body)).toEqual({ messages: [hello] })
    for (const more of [{}, { tools: {} }]) {
      const chosen = { messages: [hello], tool_choice: 'auto', ...more }
      expect(mended('chat', chosen)).toBe(chosen)
    }
  })

  it('describes its functions or does not, while their schemas stay as they are', () => {
    const tools = [
      { type: 'function', function: { name: 'a', description: null, parameters: null, strict: null } },
      { type: 'function', function: { name: 'b', description: 'B.', parameters } },
      { type: 'custom', custom: { name: 'c' } },
    ]
    expect(mended('chat', { tools })).toEqual({
      tools: [{ type: 'function', function: { name: 'a', strict: null } }, tools[1], tools[2]],
    })
  })
})

describe('a body of Messages', () => {
  it('has no member that is null where its schema knows no null', () => {
    const nulls = { system: null, metadata: null, stop_sequences: null, thinking: null, tool_choice: null, top_k: null }
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: null, is_error: null, cache_control: null }
    const body = {
      messages: [{ role: 'user', content: [result, { type: 'text', text: 'Hello.', citations: null }] }],
      tools: [{ name: 'a', description: null, input_schema: parameters, cache_control: null }],
      ...nulls,
    }
    const { content: _content, is_error: _isError, ...said } = result
    expect(mended('messages', body)).toEqual({
      messages: [{ role: 'user', content: [said, { type: 'text', text: 'Hello.', citations: null }] }],
      tools: [{ name: 'a', input_schema: parameters, cache_control: null }],
    })
  })

  it('has an earlier answer as a client of Python dumps it', () => {
    const use = { type: 'tool_use', id: 'toolu_1', name: 'a', input: {} }
    const dumped = { role: 'assistant', content: [{ ...use, caller: null, toolset_name: null }] }
    expect(mended('messages', { messages: [dumped] })).toEqual({ messages: [{ role: 'assistant', content: [use] }] })
  })

  it('keeps the nulls of what a tool was given', () => {
    const use = { type: 'tool_use', id: 'toolu_1', name: 'a', input: { content: null } }
    const body = { messages: [{ role: 'assistant', content: [use] }], tools: [] }
    expect(mended('messages', body)).toBe(body)
  })
})

it('what was translated is left alone', () => {
  const body = { messages: [hello], tools: [] }
  expect(mended('chat', body, 'messages')).toBe(body)
  expect(mended('messages', body, 'chat')).toBe(body)
})

function mended(protocol: ProtocolId, body: JsonObject, from: ProtocolId = protocol): JsonObject {
  const facts = { provider: 'p', account: 'p', name: 'm', model: 'm', issuer: 'p', limits: {} }
  const target: Target = { ...facts, protocol, traits: plainTraits }
  const context = { from, headers: {}, note() {}, lose() {} }
  return unsaidMembers
    .filter((patch) => patch.protocol === protocol)
    .reduce((given, patch) => patch.apply(given, target, context), body)
}
