import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import type { JsonObject } from '../core/json.ts'
import type { Protocol } from '../core/protocol.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'

type Event = (text: string) => JsonObject

const chunk =
  (delta: (text: string) => JsonObject, more: JsonObject = {}): Event =>
  (text) => ({ id: 'c', model: 'm', choices: [{ index: 0, delta: delta(text), finish_reason: null, ...more }] })
const block =
  (delta: (text: string) => JsonObject, more: JsonObject = {}): Event =>
  (text) => ({ type: 'content_block_delta', index: 0, delta: delta(text), ...more })
const delta =
  (type: string): Event =>
  (text) => ({
    type,
    sequence_number: 1,
    item_id: 'i',
    output_index: 0,
    content_index: 0,
    summary_index: 0,
    delta: text,
  })

const plain: readonly (readonly [string, Protocol, Event])[] = [
  ['content', chat, chunk((content) => ({ role: 'assistant', content }))],
  ['reasoning_content', chat, chunk((text) => ({ content: null, reasoning_content: text, tool_calls: [] }))],
  ['arguments', chat, chunk((text) => ({ tool_calls: [{ index: 0, id: 'a', function: { arguments: text } }] }))],
  ['output_text', responses, delta('response.output_text.delta')],
  ['arguments', responses, delta('response.function_call_arguments.delta')],
  ['summary', responses, delta('response.reasoning_summary_text.delta')],
  ['text_delta', messages, block((text) => ({ type: 'text_delta', text }))],
  ['thinking_delta', messages, block((thinking) => ({ type: 'thinking_delta', thinking }))],
  ['input_json_delta', messages, block((partial_json) => ({ type: 'input_json_delta', partial_json }))],
]

const others: readonly (readonly [string, Protocol, Event])[] = [
  ['a text with the finish', chat, chunk((content) => ({ content }), { finish_reason: 'stop' })],
  ['details that are gathered', chat, chunk((text) => ({ reasoning_details: [{ type: 'reasoning.text', text }] }))],
  ['annotations', chat, chunk((content) => ({ content, annotations: [{ type: 'file' }] }))],
  [
    'a call that says its name',
    chat,
    chunk((text) => ({ tool_calls: [{ function: { name: 'f', arguments: text } }] })),
  ],
  ['the one call of old', chat, chunk((text) => ({ function_call: { name: 'f', arguments: text } }))],
  ['two choices', chat, (content) => ({ choices: [{ delta: { content } }, { delta: { content } }] })],
  ['a signature', messages, block((signature) => ({ type: 'signature_delta', signature }))],
  ['notes beside the delta', messages, block((text) => ({ type: 'text_delta', text }), { notes: { list: ['n'] } })],
  ['a code interpreter', responses, delta('response.code_interpreter_call_code.delta')],
]

describe('a plain delta', () => {
  it.each(plain)('is %s', (_what, protocol, event) => {
    expect(protocol.isPlainDelta(event('a'))).toBe(true)
  })

  it.each(others)('is not %s', (_what, protocol, event) => {
    expect(protocol.isPlainDelta(event('a'))).toBe(false)
  })
})
