import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { translate } from '../translate.ts'
import { chat } from './index.ts'

/** What Messages is sent for a chat request, and what was lost. */
function send(request: JsonObject) {
  const losses: Loss[] = []
  const options = { from: chat, to: messages, model: 'm', issuer: 's:m', traits: plainTraits }
  const { body } = translate({ ...options, body: { model: 'm', ...request }, lose: (loss) => losses.push(loss) })
  return { body, losses }
}

const hi = { role: 'user', content: 'Hi' }
const schema = { type: 'object', properties: { at: { type: 'string' } } }
const data = 'iVBORw0KGgo='
const pdf = 'JVBERi0='

describe('what clients of other protocols put into Chat Completions', () => {
  it('as Cursor does for Claude: tools, calls and results in the blocks of Messages', () => {
    const tools = [
      { name: 'look', description: 'Looks', input_schema: schema },
      { type: 'custom', name: 'see', input_schema: schema },
    ]
    const conversation = [
      hi,
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'So.' },
          { type: 'tool_use', id: 't1', name: 'look', input: { at: 'x' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'seen' }], is_error: true },
          { type: 'text', text: 'Go on' },
        ],
      },
    ]
    const { body, losses } = send({ messages: conversation, tools, tool_choice: { type: 'any' } })
    expect(losses).toEqual([])
    expect(body).toMatchObject({
      messages: conversation.map((message) => (message === hi ? hi : { role: message.role })),
      tools: [
        { name: 'look', description: 'Looks', input_schema: schema },
        { name: 'see', input_schema: schema },
      ],
      tool_choice: { type: 'any' },
    })
    expect(JSON.stringify(body['messages'])).toContain('{"type":"tool_use","id":"t1","name":"look","input":{"at":"x"}}')
    expect(body['messages']).toMatchObject([
      {},
      {},
      { content: [{ type: 'tool_result', tool_use_id: 't1', is_error: true }, { text: 'Go on' }] },
    ])
    const named = send({ messages: [hi], tools, tool_choice: { type: 'tool', name: 'see' } })
    expect(named.body['tool_choice']).toEqual({ type: 'tool', name: 'see' })
    expect(send({ messages: [hi], tools, tool_choice: { type: 'auto' } }).losses).toEqual([])
  })

  it('pictures and documents in the parts of Messages and Responses', () => {
    const { body, losses } = send({
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'image',
              source: { type: 'base64', media_type: 'image/png', data },
              cache_control: { type: 'ephemeral' },
            },
            { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
            { type: 'input_image', image_url: `data:image/png;base64,${data}` },
            { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf }, title: 'a.pdf' },
            { type: 'input_file', filename: 'b.pdf', file_data: `data:application/pdf;base64,${pdf}` },
          ],
        },
      ],
    })
    expect(losses).toEqual([])
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data } }
    const document = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } }
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { ...image, cache_control: { type: 'ephemeral' } },
          { type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } },
          image,
          { ...document, title: 'a.pdf' },
          { ...document, title: 'b.pdf' },
        ],
      },
    ])
  })

  it('instructions in a member of their own', () => {
    const { body, losses } = send({ system: 'Be kind.', messages: [hi] })
    expect(losses).toEqual([])
    expect(body).toMatchObject({ system: 'Be kind.', messages: [hi] })
    const parts = send({ system: [{ type: 'text', text: 'Be kind.' }], messages: [hi] })
    expect(JSON.stringify(parts.body['system'])).toContain('Be kind.')
  })

  it('a result that is an object instead of its text', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }
    const { body, losses } = send({
      messages: [
        hi,
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: { ok: true } },
      ],
    })
    expect(losses).toEqual([])
    expect(JSON.stringify(body['messages'])).toContain('"content":"{\\"ok\\":true}"')
  })
})
