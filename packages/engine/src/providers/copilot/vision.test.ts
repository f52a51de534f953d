import { describe, expect, it } from 'vitest'
import { findImage, hasImages } from './vision.ts'

const text = { type: 'text', text: 'a' }

describe('images of a request', () => {
  it.each([
    [
      'chat',
      'user part',
      { messages: [{ content: [text, { type: 'image_url', image_url: { url: 'x' } }] }, { content: 'b' }] },
    ],
    ['chat', 'tool part', { messages: [{ role: 'tool', content: [{ type: 'image_url', image_url: { url: 'x' } }] }] }],
    ['messages', 'block', { messages: [{ content: [text, { type: 'image', source: {} }] }] }],
    ['messages', 'tool result', { messages: [{ content: [{ type: 'tool_result', content: [{ type: 'image' }] }] }] }],
    ['responses', 'part', { input: [{ role: 'user', content: [{ type: 'input_image' }] }] }],
    ['responses', 'output', { input: [{ type: 'function_call_output', output: [{ type: 'input_image' }] }] }],
    ['responses', 'screenshot', { input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot' } }] }],
  ] as const)('%s: a %s is seen', (protocol, _where, body) => expect(hasImages(protocol, body)).toBe(true))

  it.each([
    ['chat', { messages: [{ content: 'image_url' }, { content: [text] }, { content: null }] }],
    ['messages', { system: 'x', messages: [{ content: [{ type: 'tool_use', input: { type: 'image' } }] }] }],
    ['messages', { messages: [{ content: [{ type: 'document', source: { type: 'text' } }] }] }],
    ['responses', { input: 'input_image' }],
    ['responses', { input: [{ type: 'function_call_output', output: 'input_image' }] }],
    ['chat', {}],
  ] as const)('%s: none in %j', (protocol, body) => expect(hasImages(protocol, body)).toBe(false))

  it('are named by their turn, the last one first', () => {
    const image = { content: [{ type: 'image' }] }
    expect(findImage('messages', { messages: [image, { content: 'a' }, image, { content: 'b' }] })).toBe('messages[2]')
    expect(findImage('responses', { input: [{ content: 'a' }] })).toBeUndefined()
  })
})
