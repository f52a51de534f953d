import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import type { ReplyEvent } from '../core/events.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import type { TextPart } from '../core/part.ts'
import { foldEvents } from '../core/reply.ts'
import { plainTraits } from '../core/traits.ts'
import { noUsage } from '../core/usage.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate, translateEvents } from '../translate.ts'
import { cutEvents } from './stop-words.ts'

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

  it('end a stream at the same place as a whole answer where one is within another', () => {
    const text = 'One abcd'
    const last = { type: 'response.completed', response: completed([message(text)]) }
    const whole = crossAnswer('responses', 'messages', last.response, { stop_sequences: ['abcd', 'bc'] }).answer
    expect(whole).toMatchObject({ content: [{ text: 'One a' }], stop_sequence: 'bc' })
    for (let size = 1; size <= text.length; size++) {
      const events = streamed(text, size, [last])
      const { answer } = crossStream('responses', 'messages', events, { stop_sequences: ['abcd', 'bc'] })
      const deltas = asObjects(answer).flatMap(({ delta }) => asObjects([delta]))
      expect(deltas.map((delta) => delta['text'] ?? '').join('')).toBe('One a')
      expect(deltas.at(-1)?.['stop_sequence']).toBe('bc')
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

/** Chunks of a chat stream with these deltas. */
const chunks = (deltas: readonly JsonObject[], finish = 'stop'): readonly (JsonObject | '[DONE]')[] => [
  ...deltas.map((delta) => ({ choices: [{ index: 0, ...delta, finish_reason: null }] })),
  { choices: [{ index: 0, delta: {}, finish_reason: finish }] },
  '[DONE]',
]
const token = (text: string): JsonObject => ({ token: text, logprob: -1, bytes: null, top_logprobs: [] })

/** What a chat client gets of an answer of a chat server that takes no stops: whole, or as a stream. */
function refused(answer: JsonObject | readonly (JsonObject | '[DONE]')[], stream: boolean): readonly JsonObject[] {
  const body = { model: 'm', messages: hi, stop: 'END', logprobs: true, stream }
  const traits = { ...plainTraits, stops: false }
  const crossing = translate({ from: chat, to: chat, body, model: 'm', issuer: 'i', traits, lose: () => {} })
  const asked = { prompt: crossing.prompt, now: 0, newId: () => 'id' }
  if (!Array.isArray(answer))
    return asObjects(chat.writeReply(crossing.readReply(asObject(answer) ?? {}), asked, () => {})['choices'])
  const machine = translateEvents(crossing, chat, asked, () => {})
  const written = [...answer.flatMap((data: JsonObject | '[DONE]') => machine.push({ data })), ...machine.end()]
  return written.flatMap(({ data }) => (data === '[DONE]' ? [] : asObjects(data['choices'])))
}

describe('what stands before a stop', () => {
  const tokens = ['a', ' b', ' EN', 'D', ' c'].map(token)
  const kept = tokens.slice(0, 2)

  it('keeps its probabilities, and no others', () => {
    const message = { role: 'assistant', content: 'a b END c' }
    const answer = { choices: [{ index: 0, message, logprobs: { content: tokens }, finish_reason: 'length' }] }
    expect(refused(answer, false)).toMatchObject([
      { message: { content: 'a b ' }, logprobs: { content: kept }, finish_reason: 'stop' },
    ])
    const deltas = tokens.map((one) => ({ delta: { content: one['token'] ?? '' }, logprobs: { content: [one] } }))
    const told = refused(chunks(deltas), true).flatMap(({ logprobs }) => asObjects(asObject(logprobs)?.['content']))
    expect(told).toEqual(kept)
    const begun = refused(chunks(deltas.slice(0, 3)), true)
    expect(begun.flatMap(({ logprobs }) => asObjects(asObject(logprobs)?.['content']))).toEqual(tokens.slice(0, 3))
  })

  it('is one answer, which is reported where several were asked for', () => {
    const body = { model: 'm', messages: hi, stop: 'END', n: 2 }
    const [sent, losses] = send(chat, chat, body, { ...plainTraits, stops: false })
    expect([sent['n'], losses.map(({ path }) => path)]).toEqual([undefined, ['sampling.stop', 'n']])
  })

  it('keeps its sources', () => {
    const source = (end: number): JsonObject => ({
      type: 'url_citation',
      url: `https://x.test/${end}`,
      title: 't',
      start_index: 0,
      end_index: end,
    })
    const said = { type: 'output_text', text: 'One END two', annotations: [source(3), source(11)] }
    const output = [{ type: 'message', role: 'assistant', content: [said] }]
    const { answer } = crossAnswer('responses', 'chat', completed(output), { stop: 'END' })
    expect(asObjects(asObject(asObjects(answer['choices'])[0]?.['message'])?.['annotations'])).toMatchObject([
      { url_citation: { url: 'https://x.test/3' } },
    ])
  })

  it('is ended where another text was open too', () => {
    const machine = cutEvents(['END'])
    const part: TextPart = { kind: 'text', text: '' }
    const events: readonly ReplyEvent[] = [
      { type: 'start', id: 'r', model: 'm' },
      { type: 'part-start', index: 0, part },
      { type: 'part-start', index: 1, part },
      { type: 'part-delta', index: 0, text: 'One' },
      { type: 'part-delta', index: 1, text: 'Two END' },
      { type: 'part-end', index: 0, part: { ...part, text: 'One, more' } },
      { type: 'end', finish: 'stop', usage: noUsage },
    ]
    expect(foldEvents(events.flatMap((event) => machine.push(event))).parts).toMatchObject([
      { text: 'One' },
      { text: 'Two ' },
    ])
  })

  it('is called to its end', () => {
    const at = { item_id: 'm1', output_index: 1, content_index: 0 }
    const item = { type: 'function_call', id: 'f1', call_id: 'c1', name: 'f', arguments: '' }
    const events = [
      { type: 'response.created', response: { id: 'r', model: 'm', output: [] } },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.function_call_arguments.delta', item_id: 'f1', output_index: 0, delta: '{"a"' },
      { type: 'response.output_item.added', output_index: 1, item: { type: 'message', id: 'm1', content: [] } },
      { type: 'response.output_text.delta', ...at, delta: 'One END' },
      { type: 'response.function_call_arguments.delta', item_id: 'f1', output_index: 0, delta: ':1}' },
      { type: 'response.output_item.done', output_index: 0, item: { ...item, arguments: '{"a":1}' } },
      { type: 'response.completed', response: completed([]) },
    ]
    const { answer } = crossStream('responses', 'messages', events, { stop_sequences: stops })
    const deltas = asObjects(answer).flatMap(({ delta }) => asObjects([delta]))
    expect(deltas.map((delta) => delta['partial_json'] ?? '').join('')).toBe('{"a":1}')
    expect(deltas.at(-1)).toMatchObject({ stop_reason: 'tool_use', stop_sequence: null })
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

  it('are all of them for a server of Messages that refuses any, whose own ending is not told', () => {
    const body = { model: 'm', max_tokens: 99, messages: hi, stop_sequences: ['END'] }
    const traits = { ...plainTraits, stops: false }
    const crossing = translate({ from: messages, to: messages, body, model: 'm', issuer: 'i', traits, lose: () => {} })
    expect(crossing.body['stop_sequences']).toBeUndefined()
    const reply = crossing.readReply({
      content: [{ type: 'text', text: 'one END two' }],
      stop_reason: 'model_context_window_exceeded',
      stop_details: { type: 'refusal' },
    })
    const asked = { prompt: crossing.prompt, now: 0, newId: () => 'id' }
    expect(messages.writeReply(reply, asked, () => {})).toMatchObject({
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
      stop_details: null,
    })
  })
})
