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

/** What a client of Chat Completions is told. */
async function contentOf(from: TestSupply, body: JsonObject): Promise<string> {
  const { events, answer } = await from.ask('chat', body)
  const chunks = body['stream'] === true ? asObjects(events) : [asObject(answer) ?? {}]
  const choices = chunks.flatMap((chunk) => asObjects(chunk['choices']))
  return choices.map(({ delta, message }) => asObject(delta ?? message)?.['content'] ?? '').join('')
}

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

it.each([true, false])(
  'it ends there too where the model refuses any, from the first request on, in a stream: %s',
  async (stream) => {
    const said = { role: 'assistant', content: text }
    const server = await startScripted((to, { body }) => {
      const message = "Unsupported parameter: 'stop' is not supported with this model."
      if (body['stop'] !== undefined)
        return json(to, 400, {
          error: { message, type: 'invalid_request_error', param: 'stop', code: 'unsupported_parameter' },
        })
      const head = { id: 'c1', model: 'm', created: 1 }
      if (!stream) return json(to, 200, { ...head, choices: [{ index: 0, message: said, finish_reason: 'stop' }] })
      const chunk = (delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
        ...head,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason }],
      })
      sse(to, [...words.map((content) => chunk({ content })), chunk({}, 'stop')], true)
    })
    const other = startSupplies([{ name: 'local', type: 'compatible', baseUrl: `${server.url}/v1`, models: { m: {} } }])
    try {
      const asked = { model: 'local/m', stream, stop: 'Observation:', messages: [{ role: 'user', content: 'Look' }] }
      for (const calls of [2, 3]) {
        expect(await contentOf(other, asked)).toBe(expected)
        expect(server.calls).toHaveLength(calls)
      }
    } finally {
      await other.close()
      await server.close()
    }
  },
)
