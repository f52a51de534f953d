import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { asObject, asObjects, isObject, type JsonObject } from '../core/json.ts'
import { chat } from '../chat/index.ts'
import { responses } from './index.ts'

const file = new URL('../../../../fixtures/schemas/lenient/openai.responses.stream-event.json', import.meta.url)
const schema: unknown = JSON.parse(readFileSync(file, 'utf8'))
if (!isObject(schema)) throw new Error('no schema')
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)

const prompt = responses.readRequest({ model: 'm', input: 'Hi', top_logprobs: 1 })
const asked = { prompt, now: 1, newId: () => 'x' }
const delta = (token: JsonObject): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta: { content: 'A' }, logprobs: { content: [token], refusal: null }, finish_reason: null }],
})

describe('log probabilities', () => {
  it('of servers that know no bytes are written with all the lists that the schema demands', () => {
    const reader = chat.readEvents('upstream')
    const writer = responses.writeEvents(asked, () => {})
    const events = [
      delta({ token: 'A', logprob: -0.1, bytes: null, top_logprobs: [{ token: 'B', logprob: -2, bytes: null }] }),
      delta({ token: 'A', logprob: -0.1 }),
      { ...delta({}), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    ].flatMap((data) => reader.push({ data }))
    const frames = [...events, ...reader.push({ data: '[DONE]' })].flatMap((event) => writer.push(event))
    for (const { data } of frames) expect([validate(data), validate.errors]).toEqual([true, null])
    const response = asObject(asObject(frames.at(-1)?.data)?.['response'])
    const [message] = asObjects(response?.['output'])
    expect(asObjects(asObjects(message?.['content'])[0]?.['logprobs'])).toEqual([
      { token: 'A', logprob: -0.1, bytes: [], top_logprobs: [{ token: 'B', logprob: -2, bytes: [] }] },
      { token: 'A', logprob: -0.1, bytes: [], top_logprobs: [] },
    ])
  })

  it('of a delta, which names no bytes, say so', () => {
    const [, event] = responses
      .readEvents('upstream')
      .push({
        data: {
          type: 'response.output_text.delta',
          output_index: 0,
          content_index: 0,
          delta: 'A',
          logprobs: [{ token: 'A', logprob: -0.1, top_logprobs: [{ token: 'B', logprob: -2 }] }],
        },
      })
      .filter((one) => one.type !== 'start')
    expect(event).toMatchObject({
      logprobs: [{ token: 'A', logprob: -0.1, bytes: null, top_logprobs: [{ token: 'B', logprob: -2, bytes: null }] }],
    })
  })
})
