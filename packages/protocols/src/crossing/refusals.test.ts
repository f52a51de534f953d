import { describe, expect, it } from 'vitest'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { crossAnswer, crossStream } from './crossed-answers.test-support.ts'

const details = { type: 'refusal', category: 'bio', explanation: 'No bio.' }
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'served',
  content: [{ type: 'text', text: 'Well' }],
  stop_reason: 'refusal',
  stop_sequence: null,
  stop_details: details,
  usage: { input_tokens: 5, output_tokens: 3 },
}
const stream: readonly JsonObject[] = [
  { type: 'message_start', message: { ...message, content: [], stop_reason: null, stop_details: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Well' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'refusal', stop_sequence: null, stop_details: details },
    usage: { output_tokens: 3 },
  },
  { type: 'message_stop' },
]

describe('the explanation of a refusal of Messages', () => {
  it('is the refusal of an answer in Chat Completions', () => {
    expect(crossAnswer('messages', 'chat', message).answer['choices']).toMatchObject([
      { message: { content: 'Well', refusal: 'No bio.' }, finish_reason: 'content_filter' },
    ])
    const chunks = crossStream('messages', 'chat', stream).answer.flatMap((chunk) =>
      chunk === '[DONE]' ? [] : asObjects(chunk['choices']),
    )
    expect(chunks.map((choice) => asObject(choice['delta'])?.['refusal']).filter(Boolean)).toEqual(['No bio.'])
  })

  it('is a refusal beside the text of an answer in Responses', () => {
    const content = [{ text: 'Well' }, { type: 'refusal', refusal: 'No bio.' }]
    const expected = { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, output: [{ content }] }
    expect(crossAnswer('messages', 'responses', message).answer).toMatchObject(expected)
    expect(crossStream('messages', 'responses', stream).answer.at(-1)).toMatchObject({ response: expected })
  })

  it('stays where it was for a client of Messages', () => {
    const { answer } = crossAnswer('messages', 'messages', message)
    expect(answer).toMatchObject({ stop_reason: 'refusal', stop_details: details })
    expect(answer['content']).toEqual(message.content)
    const events = crossStream('messages', 'messages', stream).answer.filter((event) => event !== '[DONE]')
    expect(events.filter((event) => event['type'] === 'content_block_start')).toHaveLength(1)
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'refusal', stop_details: details } })
  })
})
