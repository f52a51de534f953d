import { zstdCompressSync } from 'node:zlib'
import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../packages/emulator/src/index.ts'
import { startGateway, type TestGateway } from './gateway.ts'

// The whole surface, over HTTP, on the stand-in: what each path says to each kind of caller.

let emulator: Emulator
let gateway: TestGateway
let keyed: TestGateway

beforeAll(async () => {
  emulator = createEmulator()
  const { url } = await emulator.start()
  gateway = await startGateway(url, { bodyLimit: 20_000 })
  keyed = await startGateway(url, { apiKeys: ['key-one', 'key-two'], adminApiKey: 'key-admin' })
})
afterAll(async () => {
  await gateway.close()
  await keyed.close()
  await emulator.stop()
})

const get = (path: string, headers: Record<string, string> = {}, url = gateway.url) => fetch(url + path, { headers })
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  })

const says = {
  chat: { model: 'gpt-4.1', messages: [{ role: 'user', content: 'hello' }] },
  responses: { model: 'gpt-5.4', input: 'hello' },
  messages: { model: 'claude-sonnet-4.6', max_tokens: 50, messages: [{ role: 'user', content: 'hello' }] },
}
const calls = [
  ['/chat/completions', says.chat],
  ['/responses', says.responses],
  ['/messages', says.messages],
  ['/messages/count_tokens', says.messages],
  ['/embeddings', { model: 'text-embedding-3-small', input: 'hello' }],
] as const

describe('every path', () => {
  test.each(calls)('/v1%s has a twin without /v1, takes a query and a slash at the end', async (path, body) => {
    const answers = await Promise.all([
      post(`/v1${path}`, body),
      post(path, body),
      post(`/v1${path}?beta=true`, body),
      post(`/v1${path}/`, body),
    ])
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
    for (const answer of answers) expect(await answer.json()).toBeTypeOf('object')
  })

  test('a probe needs no key and learns nothing', async () => {
    expect((await get('/health/ready', {}, keyed.url)).status).toBe(503)
    expect((await get('/v1/models', { 'x-api-key': 'key-one' }, keyed.url)).status).toBe(200)
    for (const path of ['/', '/api/hello', '/health/live', '/health/ready']) {
      const head = await fetch(keyed.url + path, { method: 'HEAD' })
      expect([head.status, await head.text()]).toEqual([200, ''])
      const text = await (await get(path, {}, keyed.url)).text()
      expect(text).not.toMatch(/gho_|tid=|key-|octo|127\.0\.0\.1/)
    }
    expect((await get('/v1/models', {}, keyed.url)).status).toBe(401)
  })

  test.each([
    ['/v1/nothing', {}, { error: { message: expect.stringContaining('/v1/nothing'), type: 'invalid_request_error' } }],
    ['/v1/messages/nothing', {}, { type: 'error', error: { type: 'not_found_error' } }],
    ['/v1/nothing', { 'anthropic-version': '2023-06-01' }, { type: 'error', error: { type: 'not_found_error' } }],
    ['/v1/responses/a/b', {}, { error: { message: expect.stringContaining('/v1/responses/a/b') } }],
  ] as const)('%s with %j is a 404 in the caller’s protocol (EP-23)', async (path, headers, body) => {
    const answer = await post(path, {}, headers)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject(body)
  })

  test.each([
    ['/v1/completions', /\/v1\/chat\/completions/],
    ['/v1/messages/batches', /Batches/],
    ['/v1/files', /Files/],
    ['/v1/conversations', /previous_response_id/],
    ['/v1/audio/transcriptions', /conversations and embeddings/],
    ['/v1/images/generations', /conversations and embeddings/],
    ['/v1/moderations', /conversations and embeddings/],
    ['/v1/rerank', /conversations and embeddings/],
    ['/api/chat', /Ollama/],
    ['/api/v0/models', /LM Studio/],
  ])('%s is not here, however it is packed, and what is near is named', async (path, near) => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x']) {
      const answer = await post(path, '{}', { 'content-type': type })
      expect(answer.status).toBe(404)
      const { error } = (await answer.json()) as { error: { message: string } } // an error of either protocol
      expect(error.message).toMatch(near)
    }
  })

  test('slashes that stand twice are one', async () => {
    for (const path of ['/v1//chat/completions', '//v1/chat/completions'])
      expect((await post(path, says.chat)).status).toBe(200)
    expect((await get('//v1//models//gpt-5.4')).status).toBe(200)
    expect((await get('//token', { 'x-api-key': 'key-one' }, keyed.url)).status).toBe(401)
  })

  test.each([
    ['/v1/chat/completions', { error: { type: 'invalid_request_error' } }],
    ['/v1/responses', { error: { type: 'invalid_request_error' } }],
    ['/v1/embeddings', { error: { type: 'invalid_request_error' } }],
    ['/v1/messages', { type: 'error', error: { type: 'invalid_request_error' } }],
    ['/v1/messages/count_tokens', { type: 'error', error: { type: 'invalid_request_error' } }],
  ])('%s refuses what is no JSON object, in its protocol (EP-24)', async (path, body) => {
    for (const broken of ['{"model": ', '[]', '"text"', '']) {
      const answer = await post(path, broken)
      expect(answer.status, broken).toBe(400)
      expect(await answer.json()).toMatchObject(body)
    }
  })

  test.each([
    ['/v1/chat/completions', { error: { message: expect.stringMatching(/bodyLimit|20/) } }],
    ['/v1/messages', { type: 'error', error: { type: 'invalid_request_error' } }],
  ])('%s has a limit, also after unpacking (413)', async (path, body) => {
    const large = JSON.stringify({ ...says.chat, user: 'x'.repeat(30_000) })
    for (const [bytes, headers] of [
      [large, {}],
      [zstdCompressSync(large), { 'content-encoding': 'zstd' }],
    ] as const) {
      const answer = await post(path, bytes, headers)
      expect(answer.status).toBe(413)
      expect(await answer.json()).toMatchObject(body)
    }
  })

  test('a packed body is unpacked (EP-26)', async () => {
    const packed = zstdCompressSync(JSON.stringify(says.responses))
    expect((await post('/v1/responses', packed, { 'content-encoding': 'zstd' })).status).toBe(200)
  })

  test('another method is named (405)', async () => {
    const answer = await get('/v1/chat/completions')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })
})

interface ModelList {
  readonly first_id: string
  readonly data: readonly { readonly id: string }[]
  readonly models: readonly { readonly slug: string }[]
}

async function listModels(headers: Record<string, string> = {}): Promise<ModelList> {
  const answer = await get('/v1/models?limit=1000', headers)
  expect(answer.status).toBe(200)
  return (await answer.json()) as ModelList // what is read of it is held to its shape below
}

describe('the model list', () => {
  test('is read by OpenAI, Anthropic and Codex (EP-04, EP-05, EP-06)', async () => {
    const list = await listModels()
    expect(list).toMatchObject({ object: 'list', has_more: false, first_id: list.data[0]?.id })
    expect(new Set(list.data.map((one) => one.id)).size).toBe(list.data.length)
    const claude = list.data.find((one) => one.id === 'claude-sonnet-4.6')
    expect(claude).toMatchObject({
      object: 'model',
      type: 'model',
      created: 0,
      owned_by: 'Anthropic',
      display_name: expect.any(String),
      max_input_tokens: 168_000,
      max_output_tokens: 32_000,
      capabilities: { type: 'chat' },
    })
    const gpt = list.models.find((one) => one.slug === 'gpt-5.4')
    expect(gpt).toMatchObject({ context_window: expect.any(Number), supported_reasoning_levels: expect.any(Array) })
    expect(await (await get('/models')).json()).toEqual(await (await get('/v1/models')).json())
  })

  test('Codex is given no entries that it could not read, and goes by its own', async () => {
    for (const [path, agent] of [
      ['/v1/models', 'codex_exec/0.169.0 (Debian 12.0.0; x86_64) dumb'],
      ['/v1/models?client_version=0.169.0', 'x'],
    ] as const) {
      const list = (await (await get(path, { 'user-agent': agent })).json()) as ModelList // of the shape that is expected below
      expect(list.models).toEqual([])
      expect(list.data.length).toBeGreaterThan(5)
    }
  })

  test('Claude Code sees names that it keeps, and each of them answers (user-pain 6.2, 6.3)', async () => {
    const { data } = await listModels({ 'user-agent': 'claude-cli/2.1.329' })
    const names = data.map((one) => one.id)
    const chatting = names.filter((name) => name.startsWith('claude'))
    expect(chatting).toContain('claude/gpt-5.4')
    expect(chatting).toContain('claude/gpt-5.4[1m]')
    for (const model of chatting) {
      const answer = await post('/v1/messages', { ...says.messages, model })
      expect([model, answer.status]).toEqual([model, 200])
    }
  })

  test('a model that is switched off is shown with its policy (user-pain 6.6)', async () => {
    const off = (await listModels()).data.find((one) => one.id === 'gemini-2.5-pro')
    expect(off).toMatchObject({ policy: { state: 'disabled' } })
  })

  test('is read page by page by Anthropic’s SDK', async () => {
    const all = (await listModels()).data.map((one) => one.id)
    const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: 'none', maxRetries: 0 })
    const forwards: string[] = []
    for await (const model of anthropic.models.list({ limit: 3 })) forwards.push(model.id)
    expect(forwards).toEqual(all)
    const backwards: string[] = []
    for await (const model of anthropic.models.list({ limit: 3, before_id: all[7]! })) backwards.push(model.id)
    expect(backwards.toSorted()).toEqual(all.slice(0, 7).toSorted())
    const page = await anthropic.models.list({ limit: 2, after_id: all[4]! })
    expect(page).toMatchObject({
      data: [{ id: all[5] }, { id: all[6] }],
      has_more: true,
      first_id: all[5],
      last_id: all[6],
    })
    await expect(anthropic.models.list({ after_id: 'gpt-99' })).rejects.toMatchObject({ status: 400 })
    expect(await anthropic.models.retrieve('claude-sonnet-4.6')).toMatchObject({
      type: 'model',
      id: 'claude-sonnet-4.6',
    })
  })

  test('is told by HEAD and OPTIONS, too', async () => {
    for (const path of ['/v1/models', '/v1/models/gpt-5.4', '/v1/models/', '/v1/models/gpt-5.4/']) {
      const head = await fetch(gateway.url + path, { method: 'HEAD' })
      expect([head.status, await head.text()]).toEqual([200, ''])
      const options = await fetch(gateway.url + path, { method: 'OPTIONS' })
      expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD'])
    }
  })

  test('one entry, by any spelling; an unknown one is a 404 (EP-29)', async () => {
    expect(await (await get('/v1/models/claude-sonnet-4-6-20260217')).json()).toMatchObject({ id: 'claude-sonnet-4.6' })
    expect((await get('/v1/models/gpt-99')).status).toBe(404)
  })

  test('one entry is whole for everybody, also of a model that is switched off', async () => {
    for (const agent of ['claude-cli/2.1.329', 'codex_exec/0.169.0', 'x'])
      expect(await (await get('/v1/models/gemini-2.5-pro', { 'user-agent': agent })).json()).toMatchObject({
        id: 'gemini-2.5-pro',
        type: 'model',
        policy: { state: 'disabled' },
      })
  })
})

describe('keys', () => {
  const ask = (headers: Record<string, string>, path = '/v1/models') =>
    get(path, headers, keyed.url).then((answer) => answer.status)

  test('either header, every key, and no other (AUTH-29, AUTH-30)', async () => {
    expect(await ask({})).toBe(401)
    expect(await ask({ 'x-api-key': 'key-one' })).toBe(200)
    expect(await ask({ authorization: 'Bearer key-two' })).toBe(200)
    expect(await ask({ 'x-api-key': 'wrong', authorization: 'Bearer key-one' })).toBe(401)
  })

  test('the token is for the admin key alone, the account for any (EP-10, EP-11)', async () => {
    expect(await ask({ 'x-api-key': 'key-one' }, '/token')).toBe(401)
    expect(await ask({ 'x-api-key': 'key-admin' }, '/token')).toBe(200)
    expect(await ask({ 'x-api-key': 'key-one' }, '/usage')).toBe(200)
    expect((await get('/token')).status).toBe(401)
    expect(await (await get('/usage')).json()).toMatchObject({ copilot_plan: expect.any(String) })
  })
})

test('each answer says what was done with its request', async () => {
  const answer = await post('/v1/messages', { ...says.messages, model: 'gpt-5-4' })
  const said = Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('x-crossfeed-')))
  expect(said).toMatchObject({
    'x-crossfeed-provider': 'copilot',
    'x-crossfeed-model': 'gpt-5.4',
    'x-crossfeed-plan': 'translate messages>responses',
    'x-crossfeed-initiator': 'user',
    'x-crossfeed-request-id': expect.any(String),
  })
})
