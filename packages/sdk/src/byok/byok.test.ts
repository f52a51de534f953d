import { afterEach, beforeEach, expect, test } from 'vitest'
import { approveAll, CopilotClient, query, type ProviderConfig, type SessionConfig } from '../index.ts'
import { ofType, watch } from '../trial.test-support.ts'
import { startUpstream, type Upstream } from './upstream.test-support.ts'

let upstream: Upstream
let client: CopilotClient
beforeEach(async () => {
  upstream = await startUpstream()
  client = new CopilotClient({ useLoggedInUser: false, env: {} })
})
afterEach(async () => {
  await client.stop()
  await upstream.close()
})

async function ask(config: SessionConfig): Promise<Upstream['asked'][number]> {
  const session = await client.createSession({ onPermissionRequest: approveAll, ...config })
  expect(await query('Hello!', { session })).toBe('Hello!')
  const call = upstream.asked.findLast(({ method }) => method === 'POST')
  if (!call) throw new Error('nothing was asked')
  return call
}

test.each<[string, Partial<ProviderConfig>, string, string, Record<string, string | undefined>]>([
  ['no type and no wire', {}, '/v1', '/v1/chat/completions', { authorization: undefined, 'x-api-key': undefined }],
  ['a slash at the end', { apiKey: 'k' }, '/v1/', '/v1/chat/completions', { authorization: 'Bearer k' }],
  ['openai', { type: 'openai', apiKey: 'k' }, '/v1', '/v1/chat/completions', { authorization: 'Bearer k' }],
  [
    'responses',
    { wireApi: 'responses', apiKey: 'k' },
    '/openai/v1/',
    '/openai/v1/responses',
    { authorization: 'Bearer k' },
  ],
  ['a bearer token', { bearerToken: 'whole' }, '/v1', '/v1/chat/completions', { authorization: 'Bearer whole' }],
  [
    'a bearer token beside a key',
    { bearerToken: 'whole', apiKey: 'k' },
    '/v1',
    '/v1/chat/completions',
    { authorization: 'Bearer whole', 'x-api-key': undefined, 'api-key': undefined },
  ],
  [
    'azure',
    { type: 'azure', apiKey: 'k' },
    '',
    '/openai/deployments/the-model/chat/completions?api-version=2024-10-21',
    { 'api-key': 'k', authorization: undefined },
  ],
  [
    'azure with a version',
    { type: 'azure', apiKey: 'k', azure: { apiVersion: '2025-01-01' } },
    '',
    '/openai/deployments/the-model/chat/completions?api-version=2025-01-01',
    { 'api-key': 'k' },
  ],
  [
    'anthropic',
    { type: 'anthropic', apiKey: 'k' },
    '',
    '/v1/messages',
    { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
  ],
  [
    'anthropic with a bearer token',
    { type: 'anthropic', bearerToken: 'b', apiKey: 'k', wireApi: 'responses' },
    '',
    '/v1/messages',
    { authorization: 'Bearer b', 'x-api-key': undefined },
  ],
])('%s leads to the right path with the right key', async (_name, provider, base, path, headers) => {
  const call = await ask({ model: 'the-model', provider: { baseUrl: upstream.url + base, ...provider } })
  expect(call.path).toBe(path)
  expect(call.body['model'] ?? 'the-model').toBe('the-model')
  for (const [name, value] of Object.entries(headers)) expect(call.headers[name], name).toBe(value)
})

test('own headers, another wire model and limits of the provider reach it', async () => {
  const call = await ask({
    model: 'gpt-5',
    clientName: 'my-app',
    provider: {
      baseUrl: `${upstream.url}/v1`,
      wireModel: 'my-deployment',
      maxOutputTokens: 777,
      headers: { 'x-team': 'blue' },
    },
  })
  expect(call.body).toMatchObject({ model: 'my-deployment' })
  expect(JSON.stringify(call.body)).toContain('777')
  expect(call.headers).toMatchObject({ 'x-team': 'blue', 'user-agent': expect.stringContaining('my-app') })
})

test('a token callback is asked before each call and told who asks', async () => {
  const told: unknown[] = []
  const session = await client.createSession({
    sessionId: 's-1',
    model: 'm',
    provider: {
      baseUrl: `${upstream.url}/v1`,
      apiKey: 'k',
      bearerTokenProvider: async (args) => `token-${told.push(args)}`,
    },
  })
  await query('one', { session })
  await query('two', { session })
  const posts = upstream.asked.filter(({ method }) => method === 'POST')
  const sent = posts.map(({ headers }) => headers.authorization)
  expect(new Set(sent).size).toBe(2)
  expect(told).toContainEqual({ providerName: 'default', sessionId: 's-1' })
})

test('a token callback that gives no text is a failure, and nothing is asked', async () => {
  const nothing: unknown = undefined
  // A program in JavaScript may return anything.
  const bearerTokenProvider = async (): Promise<string> => nothing as string
  const session = await client.createSession({
    model: 'm',
    provider: { baseUrl: `${upstream.url}/v1`, apiKey: 'k', bearerTokenProvider },
  })
  await expect(query('Hi', { session })).rejects.toThrow('bearerTokenProvider gave no text')
  expect(upstream.asked.filter(({ method }) => method === 'POST')).toEqual([])
})

test('named providers are asked by provider/model, and say so in the usage', async () => {
  const session = await client.createSession({
    model: 'mine/small',
    providers: [{ name: 'mine', baseUrl: `${upstream.url}/v1`, apiKey: 'k' }],
    models: [{ id: 'small', provider: 'mine', wireModel: 'small-2026' }],
  })
  const events = watch(session)
  expect(await query('Hi', { session })).toBe('Hello!')
  expect(upstream.asked.findLast(({ method }) => method === 'POST')?.body['model']).toBe('small-2026')
  expect(ofType(events, 'assistant.usage')[0]?.data.isByok).toBe(true)
})

const provider = { baseUrl: 'http://127.0.0.1:9/v1' }
test.each<[string, object, string]>([
  ['no model', { provider }, 'Invalid session config: model is required when provider (BYOK) is specified.'],
  ['no base URL', { model: 'm', provider: {} }, 'Invalid provider config: baseUrl is required.'],
  ['a base URL that is none', { model: 'm', provider: { baseUrl: 'localhost/v1' } }, 'baseUrl is no address'],
  [
    'a type that is none',
    { model: 'm', provider: { ...provider, type: 'ollama' } },
    "'openai', 'azure' or 'anthropic'",
  ],
  ['a wire that is none', { model: 'm', provider: { ...provider, wireApi: 'chat' } }, "'completions' or 'responses'"],
  [
    'the word Bearer',
    { model: 'm', provider: { ...provider, bearerToken: 'Bearer x' } },
    'begins with the word Bearer',
  ],
  [
    'openai at a native Azure host',
    { model: 'm', provider: { type: 'openai', baseUrl: 'https://my-resource.openai.azure.com' } },
    "type 'openai' does not fit a native Azure endpoint",
  ],
  [
    'azure at the compatible path',
    { model: 'm', provider: { type: 'azure', baseUrl: 'https://my-resource.openai.azure.com/openai/v1/' } },
    "type 'azure' takes only the host",
  ],
  ['both ways', { model: 'm', provider, providers: [{ name: 'a', ...provider }] }, 'cannot be combined'],
  ['a slash in a name', { providers: [{ name: 'a/b', ...provider }] }, 'slash'],
  ['a model of nobody', { models: [{ id: 'x', provider: 'a' }] }, 'not in providers: a'],
  [
    'one name twice',
    {
      providers: [
        { name: 'a', ...provider },
        { name: 'a', ...provider },
      ],
    },
    'same name',
  ],
  ['the websocket transport', { model: 'm', provider: { ...provider, transport: 'websockets' } }, 'transport'],
])('%s is refused before anything is asked', async (_name, config, says) => {
  await expect(client.createSession(config as SessionConfig)).rejects.toThrow(says)
})

test('a mistyped option is named with the one that was meant, and no secret is repeated', async () => {
  const config = { model: 'm', provider: { ...provider, apiKeyy: 'sk-secret' } }
  const refused = client.createSession(config as SessionConfig).catch((error: unknown) => error)
  expect(String(await refused)).toContain('apiKeyy is no known option (did you mean apiKey?)')
  expect(JSON.stringify(await refused) + String(await refused)).not.toContain('sk-secret')
})

test.each([
  [401, { apiKey: 'stale' }, 'apiKey'],
  [401, { bearerToken: 'half' }, 'bearerToken is whole'],
  [404, {}, 'baseUrl'],
])('a refusal with %i says what to look at, and where, and not the secret', async (status, more, says) => {
  upstream.fail(status, 'Go away.')
  const session = await client.createSession({ model: 'm', provider: { baseUrl: `${upstream.url}/v1`, ...more } })
  const error: unknown = await query('Hi', { session }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ status, fix: expect.stringContaining(says) })
  expect(String(error)).toContain('Go away')
  expect(String(error)).toContain(says)
  expect(String(error)).toContain(`${upstream.url}/v1/chat/completions`)
  expect(String(error)).not.toMatch(/stale|half/)
})

test('a port where nothing listens is named, with what to do', async () => {
  await upstream.close()
  const session = await client.createSession({ model: 'phi-4-mini', provider: { baseUrl: `${upstream.url}/v1` } })
  const error: unknown = await query('Hi', { session }).catch((thrown: unknown) => thrown)
  expect(String(error)).toContain(upstream.url)
  expect(String(error)).toContain('foundry service status')
  expect(error).toMatchObject({ reason: 'network-refused' })
})
