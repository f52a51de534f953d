import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { replySchema, schemaErrors } from '../../../../../../test/schemas.ts'
import { replyPatches } from './reply.ts'
import { models, targetOf } from './target.test-support.ts'

function mended(protocol: ProtocolId, reply: JsonObject, request: JsonObject = {}): JsonObject {
  const target = targetOf(protocol === 'responses' ? models.gpt52 : models.sonnet45, protocol)
  let current = reply
  for (const patch of replyPatches) if (patch.protocol === protocol) current = patch.apply(current, target, request)
  return current
}

const call = { id: 'toolu_vrtx_01', type: 'function', function: { name: 'read', arguments: '{}' } }
const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

describe('whole chat answers', () => {
  it('stay the same object when nothing has to change', () => {
    const reply = {
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
    }
    expect(mended('chat', reply)).toBe(reply)
  })

  it('have one choice where the client asked for one', () => {
    const reply = {
      id: 'msg_vrtx_01',
      model: 'claude-sonnet-4.5',
      usage,
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'I will ', padding: 'abc' } },
        { finish_reason: 'stop', message: { role: 'assistant', content: 'look.', reasoning_opaque: 'o' } },
        { index: 1, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: [call] } },
        { index: 2, finish_reason: 'stop', message: { role: 'assistant', tool_calls: [{ ...call, id: 'b' }] } },
      ],
    }
    const answer = mended('chat', reply)
    expect(answer).toMatchObject({ object: 'chat.completion', created: expect.any(Number), usage })
    expect(answer['choices']).toEqual([
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: 'I will look.',
          padding: 'abc',
          reasoning_opaque: 'o',
          tool_calls: [call, { ...call, id: 'b' }],
        },
      },
    ])
    expect(schemaErrors(replySchema.chat, answer)).toEqual([])
    expect(mended('chat', reply, { n: 4 })['choices']).toHaveLength(4)
  })

  it('have all members, tools as their finish, and reasoning under the name that clients know', () => {
    const message = { role: 'assistant', reasoning_text: 'so', tool_calls: [call] }
    const answer = mended('chat', { choices: [{ finish_reason: 'stop', message }], prompt_filter_results: [] })
    expect(answer).toMatchObject({
      id: expect.any(String),
      model: 'claude-sonnet-4.5',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: { content: null, reasoning_text: 'so', reasoning_content: 'so' },
        },
      ],
    })
    expect(schemaErrors(replySchema.chat, answer)).toEqual([])
  })
})

describe('whole responses answers', () => {
  const opaque = `${'Ab+/'.repeat(90)}==`
  const reply = (id: string, itemId: string): JsonObject => ({
    id,
    object: 'response',
    created_at: 1,
    model: 'gpt-5.2',
    status: 'completed',
    service_tier: 'priority',
    output_text: null,
    output: [
      { type: 'reasoning', id: `${itemId}1`, summary: [], encrypted_content: 'e' },
      { type: 'message', id: `${itemId}2`, role: 'assistant', status: 'completed', content: [] },
      { type: 'function_call', id: `${itemId}3`, call_id: 'c', name: 'f', arguments: '{}', status: 'completed' },
    ],
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: null,
    parallel_tool_calls: true,
    temperature: 1,
    top_p: 1,
    tool_choice: 'auto',
    tools: [],
  })

  it('have regular ids, the same for the same answer', () => {
    const answer = mended('responses', reply(opaque, opaque))
    const [reasoning, message, called] = answer['output'] as readonly JsonObject[]
    expect(answer['id']).toMatch(/^resp_[0-9a-f]{32}$/)
    expect(reasoning).toMatchObject({ id: expect.stringMatching(/^rs_[0-9a-f]{36}$/), encrypted_content: 'e' })
    expect(message?.['id']).toMatch(/^msg_/)
    expect(called).toMatchObject({ id: expect.stringMatching(/^fc_/), call_id: 'c' })
    expect(mended('responses', reply(opaque, 'x/'))).toEqual(answer)
    expect(mended('responses', reply(`x${opaque}`, 'x/'))['id']).not.toBe(answer['id'])
    expect(schemaErrors(replySchema.responses, answer)).toEqual([])
  })

  it('keep ids that are regular, and lose only the null', () => {
    const regular = reply('resp_1', 'msg_')
    const { output_text: _text, ...others } = regular
    expect(mended('responses', regular)).toEqual(others)
    expect(mended('responses', others)).toBe(others)
  })
})
