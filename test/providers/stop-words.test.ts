import { asObject, asObjects, type JsonObject } from '@crossfeed/protocols'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { json, sse, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startSupplies, type TestSupply } from './supply.ts'

const words = 'Thought: I look it up. Action: look. Observation: it says so. Thought: Done.'.split(/(?= )/)
const text = words.join('')
const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' }
const whole = { ...item, content: [{ type: 'output_text', text, annotations: [] }] }
const response = { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [whole] }
const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const deltas = words.map((delta): JsonObject => ({ type: 'response.output_text.delta', ...at, delta }))

let upstream: ScriptedUpstream
let supply: TestSupply
beforeAll(async () => {
  upstream = await startScripted((to, { body }) => {
    if (body['stream'] !== true) return json(to, 200, response)
    const begun = { ...response, status: 'in_progress', output: [] }
    sse(to, [
      { type: 'response.created', response: begun },
      { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
      { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
      ...deltas,
      { type: 'response.output_text.done', ...at, text },
      { type: 'response.output_item.done', output_index: 0, item: whole },
      { type: 'response.completed', response },
    ])
  })
  supply = startSupplies([
    { name: 'local', type: 'compatible', baseUrl: `${upstream.url}/v1`, endpoints: ['responses'], models: { m: {} } },
  ])
})
afterAll(async () => {
  await supply.close()
  await upstream.close()
})

const expected = 'Thought: I look it up. Action: look. '

it.each([true, false])(
  'an agent’s stop sequence ends its turn at a server that has none, in a stream: %s',
  async (stream) => {
    const asked = { model: 'local/m', stream, stop: ['Observation:'], messages: [{ role: 'user', content: 'Look' }] }
    const { events, answer, headers } = await supply.ask('chat', asked)
    const choices = stream
      ? asObjects(events).flatMap((chunk) => asObjects(chunk['choices']))
      : asObjects(asObject(answer)?.['choices'])
    expect(choices.map(({ delta, message }) => asObject(delta ?? message)?.['content'] ?? '').join('')).toBe(expected)
    expect(choices.at(-1)?.['finish_reason']).toBe('stop')
    expect(JSON.stringify(headers)).toContain('stop')
    expect(upstream.calls.at(-1)?.body['stop']).toBeUndefined()
  },
)
