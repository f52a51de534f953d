import { describe, expect, it } from 'vitest'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { translate } from '../translate.ts'
import { chat } from './index.ts'

// What a Messages model has thought, block by block, is one text and one opaque member for a chat client; it takes back only the
// blocks that it gave.

const thinking = (words: string, signature: string): JsonObject => ({ type: 'thinking', thinking: words, signature })
const redacted: JsonObject = { type: 'redacted_thinking', data: 'R/+=' }
const text: JsonObject = { type: 'text', text: 'Yes.' }
const call: JsonObject = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }

const answer = (content: readonly JsonObject[]): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'served',
  content,
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
})

function whole(content: readonly JsonObject[]): JsonObject {
  const choice = asObjects(crossAnswer('messages', 'chat', answer(content)).answer['choices'])[0]
  return asObject(choice?.['message']) ?? {}
}

function streamed(content: readonly JsonObject[]): JsonObject {
  const events = [
    { type: 'message_start', message: answer([]) },
    ...content.flatMap((block, index): JsonObject[] => {
      const delta = (one: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: one })
      const isThought = block['type'] === 'thinking'
      const pieces = isThought
        ? [
            ...[...String(block['thinking'])].map((thinking) => delta({ type: 'thinking_delta', thinking })),
            delta({ type: 'signature_delta', signature: String(block['signature']) }),
          ]
        : []
      const start = isThought ? thinking('', '') : block
      return [
        { type: 'content_block_start', index, content_block: start },
        ...pieces,
        { type: 'content_block_stop', index },
      ]
    }),
    { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ]
  const message: Record<string, string> = {}
  const deltas = crossStream('messages', 'chat', events).answer.flatMap((chunk) =>
    chunk === '[DONE]' ? [] : asObjects(chunk['choices']).map((choice) => asObject(choice['delta']) ?? {}),
  )
  for (const delta of deltas)
    for (const member of ['content', 'reasoning_content', 'reasoning_opaque'])
      if (typeof delta[member] === 'string') message[member] = (message[member] ?? '') + delta[member]
  return { role: 'assistant', ...message }
}

/** The blocks that the model gets back of what it thought. */
function back(message: JsonObject): readonly JsonObject[] {
  const { tool_calls: _calls, ...said } = message
  const { body } = translate({
    from: chat,
    to: messages,
    body: {
      model: 'm',
      messages: [
        { role: 'user', content: 'Hi' },
        { content: 'Yes.', ...said },
        { role: 'user', content: 'On' },
      ],
    },
    model: 'm',
    issuer: 'origin',
    traits: plainTraits,
    lose: () => {},
  })
  const content = asObjects(asObjects(body['messages'])[1]?.['content'])
  return content.filter((block) => block['type'] !== 'text' && block['type'] !== 'tool_use')
}

const thoughts: readonly (readonly JsonObject[])[] = [
  [thinking('One.', 'A')],
  [thinking('One.\n\nStill one.', 'A'), thinking('Two.\n\n', 'B')],
  [redacted, thinking('One.', 'A')],
  [thinking('One.', 'A'), redacted, thinking('\n\nTwo.', 'B')],
  [thinking('', 'A'), thinking('Two.', 'B'), redacted],
]

describe.each([
  ['whole', whole],
  ['streamed', streamed],
])('thoughts of a model that speaks Messages, for a chat client, %s', (_how, tell) => {
  it.each(thoughts.map((blocks) => [blocks.map((block) => block['type']).join(', '), blocks] as const))(
    'come back block by block: %s',
    (_kinds, blocks) => {
      expect(back(tell([...blocks, text]))).toEqual(blocks)
      const [first, ...others] = blocks
      expect(back(tell([...(first ? [first] : []), text, ...others, call]))).toEqual(blocks)
    },
  )

  it('come back block by block from a client that keeps each piece of a stream on a line of its own', () => {
    const message = tell([thinking('One.', 'A'), thinking('Two.', 'B'), text])
    const apart = String(message['reasoning_opaque']).replaceAll('\n', '\n\n')
    expect(back({ ...message, reasoning_opaque: `${apart}\n` })).toEqual([thinking('One.', 'A'), thinking('Two.', 'B')])
  })

  it('come back as one, with their seals, from a client that has changed the words', () => {
    const message = tell([thinking('One.', 'A'), thinking('Two.', 'B'), text])
    expect(back({ ...message, reasoning_content: 'One' })).toEqual([thinking('One', 'A'), thinking('', 'B')])
  })
})
