import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { expectValid, schema } from '../crossing/schema.test-support.ts'

const url = 'data:image/webp;base64,AAAA'
const image = { type: 'image_url', image_url: { url } }
const item = { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'AAAA', output_format: 'webp' }
const response = (output: readonly JsonObject[]): JsonObject => ({
  id: 'resp_1',
  model: 'm',
  status: 'completed',
  output,
  usage: { input_tokens: 1, output_tokens: 1 },
})
const completion = (images: readonly JsonObject[]): JsonObject => ({
  id: 'x',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Here.', images }, finish_reason: 'stop' }],
})

describe('a picture that Responses made', () => {
  it('stands beside the answer for a client of Chat Completions, whole and streamed', () => {
    const { answer, losses } = crossAnswer('responses', 'chat', response([item]))
    expect(asObjects(answer['choices'])[0]).toMatchObject({ message: { images: [image] } })
    expect(losses).toEqual([])
    const begun = { ...item, status: 'in_progress', result: null }
    const events = [
      { type: 'response.output_item.added', output_index: 0, item: begun },
      {
        type: 'response.image_generation_call.partial_image',
        output_index: 0,
        item_id: 'ig_1',
        partial_image_b64: 'AA',
      },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: response([item]) },
    ]
    const stream = crossStream('responses', 'chat', events)
    const images = asObjects(stream.answer).flatMap((chunk) =>
      asObjects(asObject(asObjects(chunk['choices'])[0]?.['delta'])?.['images']),
    )
    expect([images, stream.losses]).toEqual([[image], []])
  })

  it('is reported where none can be shown', () => {
    expect(crossAnswer('responses', 'messages', response([item])).losses).toHaveLength(1)
    expect(
      crossStream('responses', 'messages', [{ type: 'response.completed', response: response([item]) }]).losses,
    ).toHaveLength(1)
  })

  it.each([
    [chat, { type: 'image_url', image_url: { url } }],
    [messages, { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'AAAA' } }],
  ])('is shown by the user who speaks next', (to, shown) => {
    const call = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' }
    const input = [
      { role: 'user', content: 'Draw' },
      { ...item, revised_prompt: 'A cat' },
      { role: 'assistant', content: 'There.' },
      call,
      { type: 'function_call_output', call_id: 'c1', output: 'done' },
    ]
    for (const more of [[], [{ role: 'user', content: 'Brighter' }]]) {
      const [body, losses] = send(responses, to, { model: 'm', input: [...input, ...more] })
      const said = JSON.stringify(body['messages'])
      expect(said).toContain('[image_generation_call: A cat]')
      expect(said.split('AAAA')).toHaveLength(2)
      const last = asObjects(body['messages']).at(-1)
      expect(last?.['role']).toBe('user')
      expect(JSON.stringify(last)).toContain(JSON.stringify(shown))
      expect(losses).toHaveLength(1)
    }
  })
})

describe('a picture beside an answer in Chat Completions', () => {
  it('is an item for a client of Responses, whole and streamed', () => {
    const { answer, losses } = crossAnswer('chat', 'responses', completion([image]))
    expectValid(schema('openai.responses.response'), [answer])
    const made = asObjects(answer['output']).find(({ type }) => type === 'image_generation_call')
    expect(made).toEqual({ ...item, id: made?.['id'] })
    expect(losses).toEqual([])
    const chunk = (delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
      id: 'x',
      model: 'm',
      choices: [{ index: 0, delta, finish_reason }],
    })
    const stream = crossStream('chat', 'responses', [chunk({ images: [image] }), chunk({}, 'stop'), '[DONE]'])
    expectValid(schema('openai.responses.stream-event'), stream.answer)
    expect(asObjects(stream.answer).map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.image_generation_call.in_progress',
      'response.image_generation_call.completed',
      'response.output_item.done',
      'response.completed',
    ])
  })

  it('has an id that those of other answers have not', () => {
    const ids = ['x', 'y'].map((id) => {
      const { answer } = crossAnswer('chat', 'responses', { ...completion([image, image]), id })
      return asObjects(answer['output']).flatMap((one) => (one['type'] === 'image_generation_call' ? [one['id']] : []))
    })
    expect(new Set(ids.flat()).size).toBe(4)
  })

  it('is reported where only its address is known, or none can be shown', () => {
    const far = { type: 'image_url', image_url: { url: 'https://a/b.png' } }
    expect(crossAnswer('chat', 'responses', completion([far])).losses).toHaveLength(1)
    expect(crossAnswer('chat', 'messages', completion([image])).losses).toHaveLength(1)
  })

  it('is shown by the user who speaks next', () => {
    const before = { role: 'assistant', content: 'Here.', images: [image] }
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: 'Draw' }, before, { role: 'user', content: 'Brighter' }],
    }
    for (const to of [messages, responses]) {
      const [sent, losses] = send(chat, to, body)
      const last = asObjects(sent['messages'] ?? sent['input']).at(-1)
      expect(JSON.stringify(last)).toMatch(/AAAA.*Brighter/)
      expect(losses).toHaveLength(1)
    }
    expect(asObjects(send(chat, chat, body)[0]['messages'])[1]).toEqual(before)
  })
})
