import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { quirks, type Emulator, type QuirkName, type Scenario } from '../packages/emulator/src/index.ts'
import { startStage, type Stage } from './gateway.ts'

// The service's quirks, one at a time and all at once, as clients of each protocol meet them through the gateway.

let emulator: Emulator
let gateway: Stage

beforeAll(async () => {
  gateway = await startStage({ silence: 50 }, { models: { 'claude-haiku-4.5': { endpoints: ['chat'] } } })
  emulator = gateway.emulator
})
afterEach(() => {
  for (const [name, quirk] of Object.entries(quirks)) emulator.setQuirks({ [name]: quirk.byDefault })
  emulator.play([])
})
afterAll(() => gateway.close())

const models = ['gpt-5.4', 'gpt-4.1', 'claude-sonnet-4.6', 'claude-haiku-4.5', 'gemini-3.1-pro-preview']
const schema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }

const clients = {
  chat: (model: string, stream: boolean) => ({
    model,
    stream,
    messages: [{ role: 'user', content: 'Go.' }],
    tools: [{ type: 'function', function: { name: 'look', parameters: schema } }],
  }),
  responses: (model: string, stream: boolean) => ({
    model,
    stream,
    input: 'Go.',
    tools: [{ type: 'function', name: 'look', parameters: schema, strict: false }],
  }),
  messages: (model: string, stream: boolean) => ({
    model,
    stream,
    max_tokens: 2000,
    messages: [{ role: 'user', content: 'Go.' }],
    tools: [{ name: 'look', input_schema: schema }],
  }),
}
type Client = keyof typeof clients
const paths = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' }

async function ask(client: Client, model: string, stream: boolean): Promise<{ status: number; text: string }> {
  const answer = await fetch(gateway.url + paths[client], {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(clients[client](model, stream)),
  })
  return { status: answer.status, text: await answer.text() }
}

/** A whole answer: its words, both calls with their arguments, an end for tools, and no second end. */
function expectWhole(client: Client, stream: boolean, text: string): void {
  const plain = text.replaceAll('\\"', '"').replaceAll(/"delta": ?"([^"]*)"/g, '$1')
  expect(plain).toContain('Looking')
  expect(text.match(/"name": ?"look"/g)?.length ?? 0).toBeGreaterThanOrEqual(2)
  const ends = {
    chat: /"finish_reason": ?"tool_calls"/g,
    responses: stream ? /^event: response\.completed$/gm : /"status": ?"completed"/g,
    messages: /"stop_reason": ?"tool_use"/g,
  }
  const found = text.match(ends[client])?.length ?? 0
  if (client === 'responses' && !stream) expect(found).toBeGreaterThanOrEqual(1)
  else expect(found).toBe(1)
  if (stream && client === 'chat') expect(text).toMatch(/data: \[DONE\]\r?\n\r?\n$/)
  expect(text).not.toMatch(/"error": ?\{|response\.failed|event: error/)
}

async function expectWholeOfAll(client: Client, stream: boolean): Promise<void> {
  const answers = await Promise.all(models.map((model) => ask(client, model, stream)))
  for (const [index, { status, text }] of answers.entries()) {
    expect([models[index], status, status === 200 ? '' : text]).toEqual([models[index], 200, ''])
    expectWhole(client, stream, text)
  }
}

const speaking: Scenario = [
  {
    times: 0,
    text: 'Looking.',
    reasoning: 'Hm.',
    toolCalls: [
      { name: 'look', arguments: { text: 'one' } },
      { name: 'look', arguments: { text: 'two' } },
    ],
  },
]

/** Quirks under which an answer is still an answer. */
const harmless = [
  'token-sparse',
  'models-odd-entries',
  'models-picker-disabled',
  'models-rate-limited',
  'chat-split-choices',
  'chat-split-choices-stream',
  'chat-missing-index',
  'chat-azure-shape',
  'chat-missing-content',
  'chat-empty-first-chunk',
  'stream-comments',
  'chat-no-done',
  'chat-tool-index-constant',
  'chat-tool-index-missing',
  'chat-tool-repeats',
  'chat-finish-stop',
  'chat-opaque-after-finish',
  'chat-null-choices',
  'copilot-usage',
  'responses-unstable-ids',
  'responses-no-ids',
  'responses-odd-fields',
  'responses-late-summaries',
  'responses-empty-summary',
  'responses-phase',
  'unknown-beta-refused',
  'messages-bedrock-shape',
  'messages-citations',
  'messages-stray-done',
  'silence-before-headers',
  'silence-between-chunks',
] as const satisfies readonly QuirkName[]

const turns = Object.keys(clients).flatMap((client) =>
  [false, true].map((stream) => [client as Client, stream] as const),
) // the keys of a constant object

describe.each(turns)('a %s client, stream %s', (client, stream) => {
  test.each(harmless)('%s harms no answer', async (quirk) => {
    emulator.setQuirks({ [quirk]: true })
    emulator.play(speaking)
    await expectWholeOfAll(client, stream)
  })

  test('all of them at once harm no answer', async () => {
    const apart: readonly QuirkName[] = ['chat-tool-index-missing'] // with chat-tool-index-constant nothing tells calls apart
    for (const quirk of harmless) if (!apart.includes(quirk)) emulator.setQuirks({ [quirk]: true })
    emulator.play(speaking)
    await expectWholeOfAll(client, stream)
  })

  test('bytes that are cut anywhere harm no answer', async () => {
    emulator.setQuirks({ 'stream-awkward-bytes': true, 'stream-comments': true })
    emulator.play(speaking)
    const { status, text } = await ask(client, 'gemini-3.1-pro-preview', stream)
    expect(status).toBe(200)
    expectWhole(client, stream, text)
  })

  test('a token that serves one call is renewed for each next one', async () => {
    emulator.setQuirks({ 'token-expires-early': true })
    emulator.play(speaking)
    for (const model of models) expect([model, (await ask(client, model, stream)).status]).toEqual([model, 200])
  })

  test.each([
    ['errors-html', 502],
    ['errors-empty', 502],
    ['rate-limited-text', 429],
    ['rate-limited-plan', 429],
    ['quota-exceeded', 402],
    ['too-large', 413],
    ['prompt-filtered', 422],
    ['client-refused', 466],
    ['cancelled', 499],
    ['unavailable', 503],
  ] as const)('%s is an error of its protocol with status %s', async (quirk, status) => {
    emulator.setQuirks({ [quirk]: true })
    const answers = await Promise.all(models.map((model) => ask(client, model, stream)))
    for (const [index, answer] of answers.entries()) {
      expect([models[index], answer.status]).toEqual([models[index], status])
      const body: unknown = JSON.parse(answer.text)
      expect(body).toMatchObject({ error: { type: expect.any(String), message: expect.stringMatching(/\S/) } })
      if (client === 'messages') expect(body).toMatchObject({ type: 'error', request_id: expect.any(String) })
      expect(answer.text).not.toContain('<html')
    }
  })
})
