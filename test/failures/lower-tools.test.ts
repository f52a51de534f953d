import { createEmulator, type Emulator } from '@crossfeed/emulator'
import OpenAI from 'openai'
import { afterEach, expect, test } from 'vitest'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

let emulator: Emulator
let gateway: WatchedGateway
afterEach(async () => {
  await gateway.close()
  await emulator.stop()
})

const patch = '*** Begin Patch\n*** End Patch'
/** A turn as Codex asks for it: a free-form tool, a function, and a group of functions. */
const codex = {
  model: 'gpt-5.3-codex',
  stream: true,
  store: false,
  instructions: 'You are a coding agent.',
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'change the file' }] }],
  tools: [
    { type: 'custom', name: 'apply_patch', description: 'Edits files.', format: { type: 'text' } },
    {
      type: 'function',
      name: 'shell',
      parameters: { type: 'object', properties: { command: { type: 'string' } } },
      strict: false,
    },
  ],
}
const group = {
  type: 'namespace',
  name: 'mcp__files',
  description: 'Files.',
  tools: [
    {
      type: 'function',
      name: 'read',
      description: 'Reads.',
      parameters: { type: 'object', properties: {} },
      strict: false,
    },
  ],
}

async function start(refuses: boolean, arguments_: object): Promise<OpenAI> {
  emulator = createEmulator({ quirks: { 'responses-custom-refused': refuses } })
  gateway = await startWatchedGateway((await emulator.start()).url)
  emulator.play([{ toolCalls: [{ name: 'apply_patch', arguments: arguments_ }], times: 0 }])
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none', maxRetries: 0 })
}
const turns = () => emulator.requests().filter((one) => one.path === '/responses')
const kinds = (body: unknown): readonly string[] =>
  (body as { tools: readonly { type: string }[] }).tools.map((tool) => tool.type) // what the gateway sent, which the emulator has checked

async function callsOf(client: OpenAI, tools: readonly object[]): Promise<readonly object[]> {
  // The tools are Codex's own, of which the SDK knows only some.
  const stream = await client.responses.create({
    ...codex,
    tools,
    stream: true,
  } as OpenAI.Responses.ResponseCreateParamsStreaming)
  const calls: object[] = []
  for await (const event of stream) if (event.type === 'response.output_item.done') calls.push(event.item)
  return calls
}

test('custom tools that a model refuses become functions, and come back as custom calls', async () => {
  const client = await start(true, { input: patch })
  expect(await callsOf(client, codex.tools)).toMatchObject([
    { type: 'custom_tool_call', name: 'apply_patch', input: patch },
  ])
  expect(turns().map((one) => one.status)).toEqual([400, 200])
  expect(kinds(turns()[0]?.body)).toContain('custom')
  expect(kinds(turns()[1]?.body)).toEqual(['function', 'function'])
  expect(gateway.lines[0]?.changes).toContain('tools-lowered:custom')

  // Learned: the next turn goes without a refusal.
  await callsOf(client, codex.tools)
  expect(turns().map((one) => one.status)).toEqual([400, 200, 200])
})

test('namespaces and hosted tools that are refused do not stop a turn', async () => {
  const client = await start(true, { input: patch })
  const calls = await callsOf(client, [...codex.tools, group, { type: 'web_search' }])
  expect(calls).toMatchObject([{ type: 'custom_tool_call', name: 'apply_patch', input: patch }])
  const last = turns().at(-1)
  expect(last?.status).toBe(200)
  expect(new Set(kinds(last?.body))).toEqual(new Set(['function']))
  expect(turns().length).toBeLessThanOrEqual(5)
})

test('a refused tool_search goes, with a report, and is not tried again', async () => {
  const client = await start(true, { input: patch })
  const tools = [
    ...codex.tools,
    {
      type: 'tool_search',
      execution: 'client',
      description: 'Finds tools.',
      parameters: { type: 'object', properties: {} },
    },
  ]
  expect(await callsOf(client, tools)).toEqual([
    expect.objectContaining({ type: 'custom_tool_call', name: 'apply_patch' }),
  ])
  const calls = turns().length
  expect(kinds(turns().at(-1)?.body)).not.toContain('tool_search')
  await callsOf(client, tools)
  expect(turns().length).toBe(calls + 1)
})
