import type { Json, JsonObject } from '@crossfeed/protocols'
import { afterEach, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { startSupplies } from '../supplies-trial.test-support.ts'
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
  [{ message: 'The requested tool web_search is not supported.', param: 'tools' }, 'web_search'],
  [{ message: 'Hosted tools such as mcp are not supported.', param: 'tools' }, 'hosted'],
])('a kind that is refused is learned: %j', async (error, kind) => {
  const { status, changes, calls } = await sent('responses', tools, error)
  expect(status).toBe(200)
  expect(changes.match(/tools-lowered:\w+/g)).toEqual([`tools-lowered:${kind}`])
  expect(calls).toHaveLength(3)
})

it('a type of tool that one client made up takes no tool away from the others', async () => {
  trial = await startTrial()
  const has = ['function', 'custom', 'namespace', 'web_search', 'mcp']
  trial.script((response, { body }) => {
    const types = (body['tools'] as readonly JsonObject[]).map(({ type }) => String(type))
    const at = types.findIndex((type) => !has.includes(type))
    if (at < 0) return json(response, 200, wholes.responses)
    const offered = has.map((type) => `'${type}'`).join(', ')
    const message = `Invalid value: '${types[at]}'. Supported values are: ${offered}.`
    json(response, 400, { error: { message, code: 'invalid_value', param: `tools[${at}].type` } })
  })
  const odd = [...tools, { type: 'web_search_2031' }]
  const tool_choice = { type: 'web_search_2031' }
  const first = await trial.ask('responses', request('responses', 'only-responses', false, { tools: odd, tool_choice }))
  expect(first.status).toBe(200)
  expect(first.headers['x-crossfeed-changes']).toContain('tools-lowered:web_search_2031')
  expect(first.headers['x-crossfeed-losses']).toContain('web_search_2031')
  expect(trial.calls.at(-1)?.body).not.toHaveProperty('tool_choice')
  const body = request('responses', 'only-responses', false, { tools })
  expect((await trial.ask('responses', body)).headers['x-crossfeed-changes'] ?? '').not.toContain('tools')
  expect(trial.calls).toHaveLength(3)
  for (const call of trial.calls.slice(1))
    expect((call.body['tools'] as readonly JsonObject[]).map(({ type }) => type)).toEqual(
      tools.map(({ type }) => type), // what the server has
    )
})

it('what was learned of tools leaves requests alone that have functions only', async () => {
  const refusal = { message: 'Unsupported tool type: custom', param: 'tools' }
  await sent('responses', tools, refusal)
  const own = { tools: tools.slice(0, 1), unknown_to_us: { kept: true } }
  const plain = await trial.ask('responses', request('responses', 'only-responses', false, own))
  expect(plain.headers['x-crossfeed-plan']).toBe('relay responses')
  expect(trial.calls.at(-1)?.body).toMatchObject(own)
  const called = { type: 'custom_tool_call', call_id: 'c1', name: 'c', input: 'x' }
  const input = [
    { role: 'user', content: 'Hi' },
    called,
    { type: 'custom_tool_call_output', call_id: 'c1', output: 'y' },
  ]
  await trial.ask('responses', { ...request('responses', 'only-responses', false), input })
  expect(JSON.stringify(trial.calls.at(-1)?.body['input'])).not.toContain('custom_tool_call')
})

it('a version of a tool that clients run, and that a server of Messages does not know, is described to it in full', async () => {
  const message = "tools.1: tool type 'bash_20250124' is not supported"
  const plain = { name: 'f', input_schema: { type: 'object' } }
  const mark = { cache_control: { type: 'ephemeral' } }
  const given = [plain, { type: 'bash_20250124', name: 'bash', ...mark }]
  const { status, changes, calls } = await sent('messages', given, { message })
  expect(status).toBe(200)
  expect(changes).toContain('tools-lowered:bash_20250124')
  const told = { name: 'bash', ...mark, input_schema: { properties: { command: { type: 'string' } } } }
  expect(calls.map(({ body }) => body['tools'])).toMatchObject([given, [plain, told], [plain, told]])
  expect(calls[1]?.body['tools']).not.toMatchObject([plain, { type: 'bash_20250124' }])
})

/** Anthropic's words for a type of tool that it, Bedrock or Vertex has not (anthropics/claude-code#61624). */
const untagged = (at: number, type: string): string =>
  `tools.${at}: Input tag '${type}' found using 'type' does not match any of the expected tags: ` +
  "'custom', 'memory_20250818', 'text_editor_20250728', 'tool_search_tool_bm25', 'web_fetch_20250910'"

it('a tool of Anthropic that its service does not run goes alone, as it is named', async () => {
  trial = await startTrial()
  const settings = { claude: { name: 'claude', type: 'anthropic', apiKey: 'k' } } as const
  const supplies = await startSupplies(['claude'], { settings })
  const heard: (Json | undefined)[] = []
  supplies.script('claude', (response, { tools: said }) => {
    // It is asked for its models first.
    if (said === undefined) return json(response, 200, { data: [{ id: 'm' }] })
    const message = untagged(2, 'web_search_20250305')
    if (heard.push(said) === 1)
      json(response, 400, { type: 'error', error: { type: 'invalid_request_error', message } })
    else json(response, 200, wholes.messages)
  })
  const others = [
    { name: 'f', input_schema: { type: 'object' } },
    { type: 'web_fetch_20250910', name: 'web_fetch' },
  ]
  const given = [...others, { type: 'web_search_20250305', name: 'web_search' }]
  const body = request('messages', 'm', false, { tools: given })
  const { status, headers } = await supplies.ask('messages', body)
  await supplies.ask('messages', body)
  await supplies.close()
  expect(status).toBe(200)
  expect(headers['x-crossfeed-changes']).toBe('tools-lowered:web_search_20250305')
  expect(headers['x-crossfeed-losses']).toContain('web_search_20250305')
  expect(heard).toEqual([given, others, others])
})

it('a tool that clients run is described to a service that has only others of its tags', async () => {
  const edits = { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' }
  const given = [edits, { type: 'bash_20250124', name: 'bash' }]
  const { status, calls } = await sent('messages', given, { message: untagged(1, 'bash_20250124') })
  expect(status).toBe(200)
  expect(calls.at(-1)?.body['tools']).toMatchObject([edits, { name: 'bash', input_schema: { type: 'object' } }])
  expect(calls).toHaveLength(3)
})

it('a function in the words of OpenAI is a slip of its client, which Messages tells it', async () => {
  const given = [{ type: 'function', name: 'f', parameters: { type: 'object' } }]
  const { status, calls } = await sent('messages', given, { message: untagged(0, 'function') })
  expect(status).toBe(400)
  expect(calls[1]?.body).toEqual(calls[0]?.body)
})
