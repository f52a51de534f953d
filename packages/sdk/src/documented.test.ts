import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { approveAll, CopilotClient, query, withClientSession, type ModelInfoGiven } from './index.ts'

// The examples of the BYOK page of the Copilot SDK, in TypeScript, against strict stand-ins of the services that they name.

let emulator: Emulator
beforeAll(async () => {
  emulator = createEmulator({
    faces: {
      openai: { keys: ['sk-openai'] },
      azure: { keys: ['azure-key', 'foundry-key'] },
      anthropic: { keys: ['sk-ant-1'], extraModels: [{ id: 'claude-sonnet-4', window: 200_000, output: 64_000 }] },
      ollama: { extraModels: [{ id: 'llama3', window: 8192, output: 2048 }] },
      compatible: {
        extraModels: ['phi-4-mini', 'my-model'].map((id) => ({ id, window: 8192, output: 2048 })),
      },
    },
  })
  await emulator.start()
})
afterAll(() => emulator.stop())
beforeEach(() => emulator.clear())

/** Nobody is signed in, and nobody has to be. */
const client = { useLoggedInUser: false, env: {} }
const calls = (): ReturnType<Emulator['requests']> => emulator.requests().filter(({ method }) => method === 'POST')

test('quick start: Foundry with the Responses wire', async () => {
  await withClientSession(
    {
      client,
      onPermissionRequest: approveAll,
      model: 'gpt-5.3-codex',
      provider: {
        type: 'openai',
        baseUrl: `${emulator.url}/azure/openai/v1/`,
        wireApi: 'responses',
        apiKey: 'foundry-key',
      },
    },
    async (session) => expect(await query('What is 2+2?', { session })).toContain('2+2'),
  )
  expect(calls().map(({ path }) => path)).toEqual(['/azure/openai/v1/responses'])
})

test.each([
  ['OpenAI', 'gpt-5.4', { type: 'openai' as const, path: '/openai/v1', apiKey: 'sk-openai' }],
  ['OpenAI, a model that does not reason', 'gpt-4.1', { path: '/openai/v1', apiKey: 'sk-openai' }],
  ['Ollama', 'llama3', { type: 'openai' as const, path: '/ollama/v1' }],
  ['Foundry Local', 'phi-4-mini', { type: 'openai' as const, path: '/compatible/v1' }],
  ['a bearer token', 'my-model', { type: 'openai' as const, path: '/compatible/v1', bearerToken: 'whole' }],
])('%s', async (_name, model, { path, ...provider }) => {
  for (const wireApi of ['completions', 'responses'] as const) {
    await withClientSession(
      {
        client,
        onPermissionRequest: approveAll,
        model,
        reasoningEffort: model === 'gpt-5.4' ? 'low' : undefined,
        tools: [{ name: 'look', handler: () => 'found' }],
        provider: { ...provider, wireApi, baseUrl: emulator.url + path },
      },
      async (session) => {
        expect(await query('Hello!', { session })).toContain('Hello!')
        expect(await query('call tool look with {"path":"x"}', { session })).toBe('The tool look answered: found')
      },
    )
  }
  expect(calls().map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
})

test('encrypted reasoning is asked for where a model reasons, and nowhere else', async () => {
  const provider = { baseUrl: `${emulator.url}/openai/v1`, apiKey: 'sk-openai', wireApi: 'responses' as const }
  for (const model of ['gpt-5.4', 'gpt-4.1']) await query('Hello!', { session: { client, model, provider } })
  const [reasoner, other] = calls().map(({ body }) => JSON.stringify(body))
  expect(reasoner).toContain('reasoning.encrypted_content')
  expect(other).not.toContain('reasoning.encrypted_content')
})

test('Anthropic', async () => {
  const provider = { type: 'anthropic' as const, baseUrl: `${emulator.url}/anthropic`, apiKey: 'sk-ant-1' }
  const config = { model: 'claude-sonnet-4', provider, onPermissionRequest: approveAll, client }
  await withClientSession({ ...config, tools: [{ name: 'look', handler: () => 'found' }] }, async (session) => {
    expect(await query('Hello!', { session })).toContain('Hello!')
    expect(await query('call tool look with {"path":"x"}', { session })).toBe('The tool look answered: found')
  })
  expect(calls().map(({ path, status }) => `${path} ${status}`)).toEqual(
    Array.from({ length: 3 }, () => '/anthropic/v1/messages 200'),
  )
})

test('Azure, native', async () => {
  const provider = {
    type: 'azure' as const,
    baseUrl: `${emulator.url}/azure`,
    apiKey: 'azure-key',
    azure: { apiVersion: '2024-10-21' },
  }
  const session = { client, model: 'gpt-5.4', provider, onPermissionRequest: approveAll }
  expect(await query('Hello!', { session })).toContain('Hello!')
  expect(calls()[0]).toMatchObject({
    path: '/azure/openai/deployments/gpt-5.4/chat/completions',
    query: expect.stringContaining('api-version=2024-10-21'),
  })
})

test('a session on a provider of one’s own tells GitHub nothing', async () => {
  const { url } = emulator
  const env = { CROSSFEED_GITHUB_URL: url, CROSSFEED_GITHUB_API_URL: url, CROSSFEED_COPILOT_URL: url }
  const provider = { baseUrl: `${url}/ollama/v1` }
  const config = { client: { env, gitHubToken: 'gho_unused' }, model: 'llama3', provider }
  expect(await query('Hello!', { session: config })).toContain('Hello!')
  expect(emulator.requests().filter(({ path }) => !path.startsWith('/ollama/'))).toEqual([])
})

test('a list of models of the program, with no connection', async () => {
  const models: ModelInfoGiven[] = [
    {
      id: 'my-gpt-4o',
      name: 'My GPT-4o',
      vendor: 'openai',
      family: 'gpt-4o',
      version: '',
      maxInputTokens: 128_000,
      maxOutputTokens: 16_384,
      preview: false,
      defaultTemperature: 1,
      modelPickerPriority: 1,
      capabilities: { supports: {}, limits: {} },
    },
  ]
  const lister = new CopilotClient({ ...client, onListModels: () => models })
  expect(await lister.listModels()).toMatchObject([{ id: 'my-gpt-4o', maxInputTokens: 128_000 }])
  expect(emulator.requests()).toEqual([])
})

test('a model is required with a provider of one’s own', async () => {
  const lister = new CopilotClient(client)
  const provider = { type: 'openai' as const, baseUrl: 'https://api.openai.com/v1' }
  await expect(lister.createSession({ provider })).rejects.toThrow(
    'Invalid session config: model is required when provider (BYOK) is specified.',
  )
  await (await lister.createSession({ model: 'gpt-5.4', provider })).disconnect()
})

test('the type and the address of Azure belong together', async () => {
  const lister = new CopilotClient(client)
  const baseUrl = 'https://my-resource.openai.azure.com'
  await expect(lister.createSession({ model: 'm', provider: { type: 'openai', baseUrl } })).rejects.toThrow(
    "type 'openai' does not fit a native Azure endpoint",
  )
  await (await lister.createSession({ model: 'm', provider: { type: 'azure', baseUrl } })).disconnect()
  const compatible = { type: 'openai' as const, baseUrl: `${baseUrl}/openai/v1/` }
  await (await lister.createSession({ model: 'm', provider: compatible })).disconnect()
})

test('a wrong key is told with the address, and not repeated', async () => {
  const provider = { baseUrl: `${emulator.url}/openai/v1`, apiKey: 'sk-wrong-and-secret' }
  const asked = query('Hello!', { session: { client, model: 'gpt-5.4', provider } })
  const error: unknown = await asked.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ status: 401, fix: expect.stringContaining('apiKey') })
  expect(String(error)).toContain(`${emulator.url}/openai/v1/chat/completions`)
  expect(String(error)).not.toContain('sk-wrong-and-secret')
})
