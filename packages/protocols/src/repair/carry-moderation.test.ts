import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'

const moderation = { model: 'omni-moderation-latest', policy: { output: { mode: 'block' } } }
const hi = [{ role: 'user', content: 'Hi' }]

const result = (flagged: boolean, score: number): JsonObject => ({
  type: 'moderation_result',
  model: 'omni',
  flagged,
  categories: { violence: flagged },
  category_scores: { violence: score },
  category_applied_input_types: { violence: ['text'] },
})
const list = (...results: JsonObject[]): JsonObject => ({ type: 'moderation_results', model: 'omni', results })
const failed = { type: 'error', code: 'unavailable', message: 'Later' }

const response = {
  id: 'resp_1',
  object: 'response',
  model: 'm',
  status: 'completed',
  output: [],
  moderation: { input: result(false, 0.1), output: failed },
}
const completion = {
  id: 'chatcmpl-1',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
  moderation: { input: list(result(false, 0.1), result(true, 0.9)), output: failed },
}

describe('moderation', () => {
  it('is asked for by the same words in both protocols of OpenAI, and not of Messages', () => {
    expect(send(chat, responses, { model: 'm', messages: hi, moderation })).toMatchObject([{ moderation }, []])
    expect(send(responses, chat, { model: 'm', input: 'Hi', moderation })).toMatchObject([{ moderation }, []])
    expect(send(chat, messages, { model: 'm', messages: hi, moderation })[1].map(({ path }) => path)).toEqual([
      'moderation',
    ])
  })

  it('is told of an answer, whole and streamed, as the client has it', () => {
    const toChat = { input: list(result(false, 0.1)), output: failed }
    expect(crossAnswer('responses', 'chat', response, { moderation }).answer['moderation']).toEqual(toChat)
    const chunks = crossStream('responses', 'chat', [{ type: 'response.completed', response }], { moderation }).answer
    expect(asObjects(chunks).flatMap((chunk) => chunk['moderation'] ?? [])).toEqual([toChat])

    const toResponses = { input: result(true, 0.9), output: failed }
    expect(crossAnswer('chat', 'responses', completion, { moderation }).answer['moderation']).toEqual(toResponses)
    const { message, ...choice } = { ...completion.choices[0] }
    const streamed = [{ ...completion, choices: [{ ...choice, delta: message }] }, '[DONE]' as const]
    const events = asObjects(crossStream('chat', 'responses', streamed, { moderation }).answer)
    expect(asObject(events.at(-1)?.['response'])?.['moderation']).toEqual(toResponses)
  })
})
