import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'

const hi = [{ role: 'user', content: 'Hi' }]
const stops = ['\nObservation:', 'END']

/** A response that says this, as its stream, in pieces of that size. */
function streamed(text: string, size: number, then: readonly JsonObject[] = []): readonly JsonObject[] {
  const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' }
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const part = { type: 'output_text', text: '', annotations: [] }
  const said = { ...part, text }
  const whole = { ...item, content: [said] }
  return [
    { type: 'response.created', response: { id: 'resp_1', model: 'm', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.content_part.added', ...at, part },
    ...(text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []).map((delta) => ({
      type: 'response.output_text.delta',
      ...at,
      delta,
    })),
    { type: 'response.output_text.done', ...at, text },
    { type: 'response.content_part.done', ...at, part: said },
    { type: 'response.output_item.done', output_index: 0, item: whole },
    ...then,
  ]
}

const completed = (output: readonly JsonObject[]): JsonObject => ({
  id: 'resp_1',
  object: 'response',
  model: 'm',
  status: 'completed',
  output,
  usage: { input_tokens: 5, output_tokens: 9 },
})
const message = (text: string): JsonObject => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
})
const call = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' }

describe('stop sequences for Responses, which has none', () => {
  it('are not sent, and it is reported that the model does not know of them', () => {
    const [body, losses] = send(chat, responses, { model: 'm', messages: hi, stop: stops })
    expect(body['stop']).toBeUndefined()
    expect(losses.map(({ path }) => path)).toEqual(['stop'])
  })

  it('end a whole answer where they come', () => {
    const output = [message('Let me see.\nObservation: none'), call]
    const { answer } = crossAnswer('responses', 'messages', completed(output), { stop_sequences: stops })
    expect(answer).toMatchObject({
      content: [{ type: 'text', text: 'Let me see.' }],
      stop_reason: 'stop_sequence',
      stop_sequence: '\nObservation:',
      usage: { input_tokens: 5, output_tokens: 9 },
    })
    expect(answer['content']).toHaveLength(1)
  })

  it('end a stream where they come, however it is cut', () => {
    const text = 'Let me see.\nObserve\nObservation: none. END'
    for (let size = 1; size <= text.length; size++) {
      const last = { type: 'response.completed', response: completed([message(text)]) }
      const { answer } = crossStream('responses', 'chat', streamed(text, size, [last]), { stop: stops })
      const choices = asObjects(answer).flatMap((chunk) => asObjects(chunk['choices']))
      const said = choices.map((choice) => asObject(choice['delta'])?.['content'] ?? '').join('')
      expect(said, `pieces of ${size}`).toBe('Let me see.\nObserve')
      expect(choices.at(-1)?.['finish_reason']).toBe('stop')
    }
  })

  it('leave alone an answer without them', () => {
    const text = 'Let me see.\nObserv'
    const last = { type: 'response.completed', response: completed([message(text), call]) }
    const { answer } = crossStream('responses', 'messages', streamed(text, 3, [last]), { stop_sequences: stops })
    const deltas = asObjects(answer).flatMap(({ delta }) => asObjects([delta]))
    expect(deltas.map((delta) => delta['text'] ?? '').join('')).toBe(text)
    expect(crossAnswer('responses', 'chat', completed([message(text)]), { stop: stops }).answer).toMatchObject({
      choices: [{ message: { content: text }, finish_reason: 'stop' }],
    })
  })

  it('end an answer well that breaks off behind them', () => {
    const failed = { type: 'response.failed', response: { status: 'failed', error: { message: 'gone' } } }
    const events = streamed('One END two', 4, [failed])
    const { answer } = crossStream('responses', 'messages', events, { stop_sequences: stops })
    expect(asObjects(answer).map(({ type }) => type)).not.toContain('error')
    expect(asObjects(answer).at(-1)).toEqual({ type: 'message_stop' })
  })

  it('are none in what was thought', () => {
    const thought = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'the END' }] }
    const { answer } = crossAnswer('responses', 'messages', completed([thought, message('Yes')]), {
      stop_sequences: stops,
    })
    expect(answer['content']).toMatchObject([{ type: 'thinking', thinking: 'the END' }, { text: 'Yes' }])
  })
})

describe('stop sequences beyond what a target takes', () => {
  it('are those after the fourth for Chat Completions', () => {
    const stop_sequences = ['a', 'b', 'c', 'd', 'e']
    const [body, losses] = send(messages, chat, { model: 'm', max_tokens: 99, messages: hi, stop_sequences })
    expect([body['stop'], losses.map(({ path }) => path)]).toEqual([['a', 'b', 'c', 'd'], ['sampling.stop']])
    const choice = { message: { role: 'assistant', content: 'one' }, finish_reason: 'stop' }
    const { answer } = crossAnswer('chat', 'messages', { choices: [choice] }, { stop_sequences })
    expect(answer).toMatchObject({ content: [{ text: 'on' }], stop_sequence: 'e' })
  })

  it('are white space for Messages', () => {
    const [body, losses] = send(chat, messages, { model: 'm', messages: hi, stop: ['\n', 'END'] })
    expect([body['stop_sequences'], losses.map(({ path }) => path)]).toEqual([['END'], ['sampling.stop']])
    const answer = { content: [{ type: 'text', text: 'one\ntwo' }], stop_reason: 'end_turn' }
    expect(crossAnswer('messages', 'chat', answer, { stop: '\n' }).answer).toMatchObject({
      choices: [{ message: { content: 'one' } }],
    })
  })
})
