import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { parseBody } from '../core/exact-json.ts'
import { asObject, type JsonObject } from '../core/json.ts'
import { plainTraits } from '../core/traits.ts'
import { crossAnswer, crossStream } from './crossed-answers.test-support.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

const args = '{"id":12345678901234567890,"name":"a"}'
const protocols = { chat, responses, messages }

/** What is sent to `to` for a body that a client of `from` sent. */
function send(from: 'chat' | 'responses' | 'messages', to: 'chat' | 'responses' | 'messages', text: string): string {
  const body = asObject(parseBody(text)) ?? {}
  const about = { model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
  return JSON.stringify(translate({ from: protocols[from], to: protocols[to], body, ...about }).body)
}

describe('ids of 64 bits in the arguments of tools', () => {
  const history = {
    chat: `{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":${JSON.stringify(args)}}}]},{"role":"tool","tool_call_id":"c","content":"ok"}]}`,
    responses: `{"model":"m","input":[{"role":"user","content":"Hi"},{"type":"function_call","call_id":"c","name":"f","arguments":${JSON.stringify(args)}},{"type":"function_call_output","call_id":"c","output":"ok"}]}`,
    messages: `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":${args}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"ok"}]}]}`,
  }

  it.each(['chat', 'responses', 'messages'] as const)('reach Messages from the history of %s', (from) => {
    expect(send(from, 'messages', history[from])).toContain(`"input":${args}`)
  })

  it.each(['chat', 'responses'] as const)('reach %s from the history of Messages', (to) => {
    expect(send('messages', to, history.messages)).toContain(`"arguments":${JSON.stringify(args)}`)
  })

  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: args } }
  const completion: JsonObject = {
    id: 'x',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', tool_calls: [call] }, finish_reason: 'tool_calls' }],
  }
  const message = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"c","name":"f","input":${args}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`

  it('reach a client of Messages', () => {
    const { answer } = crossAnswer('chat', 'messages', completion)
    expect(JSON.stringify(answer)).toContain(`"input":${args}`)
  })

  it('reach a client of Chat Completions', () => {
    const { answer } = crossAnswer('messages', 'chat', asObject(parseBody(message)) ?? {})
    expect(JSON.stringify(answer)).toContain(`"arguments":${JSON.stringify(args)}`)
  })

  it('are the same in the calls of a server tool that was streamed', () => {
    const block = { type: 'server_tool_use', id: 's', name: 'web_fetch', input: {} }
    const { answer } = crossStream('messages', 'messages', [
      { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: {} } },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: args } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_stop' },
    ])
    expect(JSON.stringify(answer)).toContain(`"partial_json":${JSON.stringify(args)}`)
  })
})
