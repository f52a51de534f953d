import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startStand, type Stand } from './stand.ts'

// The configuration and the routes of the README of copilot-api (github.com/caozhiyuan/copilot-api), the addresses led to stand-ins.

let stand: Stand
let kimi: KimiServer
let url: string
beforeAll(async () => {
  kimi = await startKimi()
  stand = await startStand({
    faces: {
      dashscope: { extraModels: [{ id: 'glm-5.1', window: 200_000, output: 16_000, thinking: true }] },
    },
  })
  url = await stand.startOn('config.json', JSON.stringify(config()))
})
afterEach(() => stand.emulator.clear())
afterAll(async () => {
  await stand.close()
  kimi.close()
})

/** A service with Anthropic's protocol and models of its own, which takes temperature and top_p at once as Claude does not. */
interface KimiServer {
  readonly url: string
  readonly asked: { readonly path: string; readonly key: unknown; readonly body: Record<string, unknown> }[]
  close(): void
}

async function startKimi(): Promise<KimiServer> {
  const asked: KimiServer['asked'] = []
  const usage = { input_tokens: 10, output_tokens: 2 }
  const reply = { id: 'msg_1', type: 'message', role: 'assistant', stop_reason: 'end_turn', stop_sequence: null, usage }
  const server = createServer(async (request, response) => {
    const body: Record<string, unknown> = JSON.parse((await text(request)) || '{}')
    asked.push({ path: request.url ?? '', key: request.headers['x-api-key'], body })
    const content = [{ type: 'text', text: 'Hello from Kimi' }]
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...reply, model: body['model'], content }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return { url: `http://127.0.0.1:${port}`, asked, close: () => void server.close() }
}

/** "Default shape", and the further providers that its words describe. */
function config(): object {
  const { urls } = stand.emulator
  return {
    auth: { apiKeys: [], adminApiKey: 'admin-key-of-the-document' },
    providers: {
      custom: {
        type: 'anthropic',
        enabled: true,
        baseUrl: kimi.url,
        apiKey: 'sk-your-provider-key',
        authType: 'x-api-key',
        adjustInputTokens: false,
        models: { 'kimi-k2.5': { temperature: 1, topP: 0.95 } },
      },
      dashscope: {
        type: 'openai-compatible',
        enabled: true,
        baseUrl: `${urls.dashscope}/compatible-mode`,
        apiKey: 'sk-your-dashscope-key',
        models: {
          'qwen3.6-plus': {
            temperature: 1,
            topP: 0.95,
            topK: 20,
            extraBody: { preserve_thinking: true },
            contextCache: true,
          },
          'glm-5.1': { temperature: 0.7, topP: 0.95, contextCache: true, extraBody: { preserve_thinking: true } },
        },
      },
      'my-responses': { type: 'openai-responses', baseUrl: urls.openai, apiKey: 'sk-your-openai-key' },
      'switched-off': { type: 'anthropic', enabled: false, baseUrl: urls.anthropic, apiKey: 'sk-ant-unused' },
    },
    modelMappings: { 'claude-opus-4-6-mapped': 'dashscope/qwen3.6-plus', 'my-small-model': 'gpt-5-mini' },
    smallModel: 'gpt-5-mini',
    responsesApiContextManagementModels: [],
    modelReasoningEfforts: {
      'gpt-5-mini': 'low',
      'gpt-5.3-codex': 'xhigh',
      'gpt-5.4-mini': 'xhigh',
      'gpt-5.4': 'xhigh',
    },
    useMessagesApi: true,
    useResponsesApiWebSocket: true,
    useResponsesApiWebSearch: true,
  }
}

const messages = [{ role: 'user', content: 'hello there' }]
interface Answer {
  readonly status: number
  readonly text: string
}

async function call(path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const method = body === undefined ? 'GET' : 'POST'
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const all = { 'content-type': 'application/json', ...headers }
  const answer = await fetch(url + path, { method, headers: all, ...sent })
  return { status: answer.status, text: await answer.text() }
}

describe('OpenAI Compatible Endpoints', () => {
  test.each([
    ['POST /v1/responses', '/v1/responses', { model: 'gpt-5.4', input: 'hello there' }],
    ['POST /v1/chat/completions', '/v1/chat/completions', { model: 'gpt-4.1', messages }],
    ['POST /v1/embeddings', '/v1/embeddings', { model: 'text-embedding-3-small', input: 'hello there' }],
  ])('%s', async (_name, path, body) => {
    expect(await call(path, body)).toMatchObject({ status: 200 })
    expect(stand.lastCall()).toMatchObject({ status: 200, path: path.replace('/v1', '') })
  })

  test('GET /v1/models', async () => {
    expect((await call('/v1/models')).text).toContain('gpt-5.4')
  })

  test('POST /v1/responses supports provider/model aliases for openai-responses providers', async () => {
    expect((await call('/v1/responses', { model: 'my-responses/gpt-5.4', input: 'hello there' })).status).toBe(200)
    expect(stand.lastCall()).toMatchObject({ face: 'openai', path: '/openai/v1/responses', body: { model: 'gpt-5.4' } })
  })
})

describe('Anthropic Compatible Endpoints', () => {
  test.each([
    ['Copilot', 'claude-sonnet-4.6', undefined, '/v1/messages'],
    ['an OpenAI-compatible provider', 'dashscope/glm-5.1', 'dashscope', '/compatible-mode/v1/chat/completions'],
    ['an OpenAI Responses provider', 'my-responses/gpt-5.4', 'openai', '/openai/v1/responses'],
  ])('POST /v1/messages with the model of %s', async (_name, model, face, path) => {
    const answer = await call('/v1/messages', { model, max_tokens: 500, messages })
    expect(answer.text).toContain('hello there')
    expect(stand.lastCall().face).toBe(face)
    expect(stand.lastCall().path.endsWith(path)).toBe(true)
  })

  test.each([
    ['dashscope', 'qwen3.6-plus', 'dashscope'],
    ['my-responses', 'gpt-5.4', 'openai'],
  ])('POST /:provider/v1/messages with %s', async (provider, model, face) => {
    const answer = await call(`/${provider}/v1/messages`, { model, max_tokens: 500, messages })
    expect(answer.text).toContain('hello there')
    expect(stand.lastCall()).toMatchObject({ face, body: { model } })
  })

  test.each([
    ['/v1/messages', 'custom/kimi-k2.5'],
    ['/custom/v1/messages', 'kimi-k2.5'],
  ])('POST %s with %s, of the Anthropic provider', async (path, model) => {
    expect((await call(path, { model, max_tokens: 500, messages })).text).toContain('Hello from Kimi')
    const body = { model: 'kimi-k2.5', temperature: 1, top_p: 0.95, messages }
    expect(kimi.asked.at(-1)).toMatchObject({ path: '/v1/messages', key: 'sk-your-provider-key', body })
  })

  test('GET /:provider/v1/models', async () => {
    expect((await call('/dashscope/v1/models')).text).toContain('qwen3.6-plus')
  })

  test.each(['/v1/messages/count_tokens', '/dashscope/v1/messages/count_tokens'])('POST %s', async (path) => {
    const answer = await call(path, {
      model: path.startsWith('/v1') ? 'dashscope/qwen3.6-plus' : 'qwen3.6-plus',
      messages,
    })
    expect(JSON.parse(answer.text)).toMatchObject({ input_tokens: expect.any(Number) })
    expect(stand.calls()).toHaveLength(0)
  })
})

describe('Configuration (config.json)', () => {
  test('modelMappings: the rewrite happens before provider alias parsing, for messages and count_tokens', async () => {
    const body = { model: 'claude-opus-4-6-mapped', max_tokens: 500, messages }
    expect((await call('/v1/messages', body)).status).toBe(200)
    expect(stand.lastCall()).toMatchObject({ face: 'dashscope', body: { model: 'qwen3.6-plus' } })
    expect((await call('/v1/messages/count_tokens', body)).status).toBe(200)
    expect((await call('/v1/messages', { ...body, model: 'my-small-model' })).status).toBe(200)
    expect(stand.lastCall()).toMatchObject({ body: { model: 'gpt-5-mini' } })
  })

  test('providers: temperature, topP, topK, extraBody and contextCache of a model', async () => {
    const system = [{ type: 'text', text: 'Be brief.' }]
    const body = { model: 'qwen3.6-plus', max_tokens: 500, system, messages }
    expect((await call('/dashscope/v1/messages', body)).status).toBe(200)
    const sent = { temperature: 1, top_p: 0.95, top_k: 20, preserve_thinking: true }
    expect(stand.lastCall().body).toMatchObject(sent)
    const marks = JSON.stringify(stand.lastCall().body).match(/"cache_control":\{"type":"ephemeral"\}/g)
    expect(marks).toHaveLength(2)
    expect((await call('/dashscope/v1/messages', { ...body, temperature: 0.2 })).status).toBe(200)
    expect(stand.lastCall().body).toMatchObject({ ...sent, temperature: 0.2 })
  })

  test('authType: Anthropic providers send x-api-key, the others authorization', async () => {
    await call('/v1/messages', { model: 'custom/kimi-k2.5', max_tokens: 500, messages })
    expect(kimi.asked.at(-1)?.key).toBe('sk-your-provider-key')
    await call('/v1/messages', { model: 'dashscope/qwen3.6-plus', max_tokens: 500, messages })
    expect(stand.lastCall().headers['authorization']).toContain('-key')
  })

  test('enabled: false takes a provider away', async () => {
    const answer = await call('/switched-off/v1/messages', { model: 'kimi-k2.5', max_tokens: 500, messages })
    expect(answer.status).toBe(404)
    expect(answer.text).toContain("Provider 'switched-off' not found or disabled.")
  })

  test('modelReasoningEfforts: the effort of a model where a request names none', async () => {
    await call('/v1/responses', { model: 'gpt-5-mini', input: 'hello there' })
    expect(stand.lastCall().body).toMatchObject({ reasoning: { effort: 'low' } })
  })
})

describe('Usage Monitoring Endpoints', () => {
  test('GET /usage', async () => {
    expect((await call('/usage')).text).toContain('quota_snapshots')
  })

  test('GET /token wants the admin key', async () => {
    expect((await call('/token')).status).toBe(401)
    const answer = await call('/token', undefined, { 'x-api-key': 'admin-key-of-the-document' })
    expect(JSON.parse(answer.text)).toMatchObject({ token: expect.any(String) })
  })
})

describe('API Authentication', () => {
  test('auth.apiKeys: x-api-key or Authorization: Bearer', async () => {
    const keyed = { ...config(), auth: { apiKeys: ['your_api_key'], adminApiKey: 'admin-key-of-the-document' } }
    const address = await stand.startOn('keyed.json', JSON.stringify(keyed))
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${address}/v1/models`, { headers })).status
    expect(await status({ 'x-api-key': 'your_api_key' })).toBe(200)
    expect(await status({ authorization: 'Bearer your_api_key' })).toBe(200)
    expect(await status({})).toBe(401)
    expect(await status({ 'x-api-key': 'another' })).toBe(401)
  })
})

describe('Manual Configuration with settings.json', () => {
  test('ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN and the models of the example', async () => {
    for (const model of ['gpt-5.4', 'gpt-5-mini', 'claude-opus-4-6']) {
      const body = { model, max_tokens: 500, messages, stream: true }
      const answer = await call('/v1/messages?beta=true', body, { authorization: 'Bearer dummy' })
      expect(answer.text).toContain('message_stop')
    }
  })
})
