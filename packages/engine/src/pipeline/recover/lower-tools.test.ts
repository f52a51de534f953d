import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const parameters = { type: 'object', properties: {} }
const tools = [
  { type: 'function', name: 'f', parameters, strict: false },
  { type: 'custom', name: 'c' },
  { type: 'web_search' },
  {
    type: 'namespace',
    name: 'n',
    description: 'd',
    tools: [{ type: 'function', name: 'g', parameters, strict: false }],
  },
]
const strict = { code: 'unknown_parameter', param: 'tools[0].strict' }

/** Asks twice of an upstream that refuses the first call. */
async function sent(protocol: 'responses' | 'messages', given: readonly JsonObject[], error: JsonObject) {
  trial = await startTrial()
  trial.script((response, _call, nth) =>
    nth === 1 ? json(response, 400, { error }) : json(response, 200, wholes[protocol]),
  )
  const body = request(protocol, `only-${protocol}`, false, { tools: given })
  const first = await trial.ask(protocol, body)
  await trial.ask(protocol, body)
  return { status: first.status, changes: String(first.headers['x-crossfeed-changes']), calls: trial.calls }
}

it.each([
  [{ message: "Unknown parameter: 'tools[0].strict'.", ...strict }, 'dropped:tools.*.strict'],
  [{ message: "Unknown parameter: 'tools[3].tools[0].strict'." }, 'dropped:tools.*.tools.*.strict'],
])('a member of a tool that is refused goes, and the kinds of tools stay: %j', async (error, change) => {
  const { status, changes, calls } = await sent('responses', tools, error)
  expect(status).toBe(200)
  expect(changes).toContain(change)
  expect(changes).not.toContain('tools-lowered')
  expect(calls).toHaveLength(3)
  for (const call of calls)
    expect((call.body['tools'] as readonly JsonObject[]).map(({ type }) => type)).toEqual(
      tools.map(({ type }) => type), // what the client said
    )
})

it('a member of a tool that Anthropic refuses by the tag of the kind goes at once', async () => {
  const message = 'tools.0.custom.newest: Extra inputs are not permitted'
  const given = [{ name: 'f', input_schema: { type: 'object' }, newest: true }]
  const { status, changes, calls } = await sent('messages', given, { message })
  expect(status).toBe(200)
  expect(changes).toContain('dropped:tools.*.custom.newest')
  expect(changes).not.toContain('tools-lowered')
  expect(calls.map((call) => JSON.stringify(call.body['tools']).includes('newest'))).toEqual([true, false, false])
})

it('a schema that is refused is told to the client, and teaches nothing about kinds of tools', async () => {
  const message = "Invalid schema for function 'f': In context=('properties', 'a'), 'allOf' is not permitted."
  const refusal = { message, code: 'invalid_function_parameters', param: 'tools[0].parameters' }
  const { status, calls } = await sent('responses', tools, refusal)
  expect(status).toBe(400)
  expect(calls).toHaveLength(2)
  expect(calls[1]?.body).toEqual(calls[0]?.body)
})

it.each([
  [{ message: "Invalid value: 'namespace'.", code: 'invalid_value', param: 'tools[3].type' }, 'namespace'],
  [{ message: 'Unsupported tool type: custom', param: 'tools' }, 'custom'],
  [{ message: 'The requested tool web_search is not supported.', param: 'tools' }, 'hosted'],
])('a kind that is refused is learned: %j', async (error, kind) => {
  const { status, changes, calls } = await sent('responses', tools, error)
  expect(status).toBe(200)
  expect(changes.match(/tools-lowered:\w+/g)).toEqual([`tools-lowered:${kind}`])
  expect(calls).toHaveLength(3)
})
