import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { approveAll, query, withClientSession } from '../index.ts'

// What goes to a service of one's own beyond a first question: both wires with tools, sealed reasoning, and nothing to GitHub.

let emulator: Emulator
beforeAll(async () => {
  emulator = createEmulator({
    faces: {
      openai: { keys: ['sk-openai'] },
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

test.each([
  ['OpenAI', 'gpt-5.2', { type: 'openai' as const, path: '/openai/v1', apiKey: 'sk-openai' }],
  ['OpenAI, a model that does not reason', 'gpt-4.1', { path: '/openai/v1', apiKey: 'sk-openai' }],
  ['Ollama', 'llama3', { type: 'openai' as const, path: '/ollama/v1' }],
  ['Foundry Local', 'phi-4-mini', { type: 'openai' as const, path: '/compatible/v1' }],
  ['a bearer token', 'my-model', { type: 'openai' as const, path: '/compatible/v1', bearerToken: 'whole' }],
])('tools work in both wires of %s', async (_name, model, { path, ...provider }) => {
  for (const wireApi of ['completions', 'responses'] as const) {
    await withClientSession(
      {
        client,
        onPermissionRequest: approveAll,
        model,
        reasoningEffort: model === 'gpt-5.2' ? 'low' : undefined,
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

test('tools work in completions also with a model that calls none there while it reasons', async () => {
  const provider = { baseUrl: `${emulator.url}/openai/v1`, apiKey: 'sk-openai', wireApi: 'completions' as const }
  const config = {
    client,
    model: 'gpt-5.4',
    reasoningEffort: 'high' as const,
    provider,
    onPermissionRequest: approveAll,
  }
  await withClientSession({ ...config, tools: [{ name: 'look', handler: () => 'found' }] }, async (session) => {
    expect(await query('call tool look with {"path":"x"}', { session })).toBe('The tool look answered: found')
  })
  expect(calls().map(({ path, status }) => `${path} ${status}`)).toEqual(
    [400, 200, 200].map((status) => `/openai/v1/chat/completions ${status}`),
  )
})

test('encrypted reasoning is asked for where a model reasons, and nowhere else', async () => {
  const provider = { baseUrl: `${emulator.url}/openai/v1`, apiKey: 'sk-openai', wireApi: 'responses' as const }
  for (const model of ['gpt-5.4', 'gpt-4.1']) await query('Hello!', { session: { client, model, provider } })
  const [reasoner, other] = calls().map(({ body }) => JSON.stringify(body))
  expect(reasoner).toContain('reasoning.encrypted_content')
  expect(other).not.toContain('reasoning.encrypted_content')
})

test('tools work with Anthropic', async () => {
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

test('a session on a provider of one’s own tells GitHub nothing', async () => {
  const { url } = emulator
  const env = { CROSSFEED_GITHUB_URL: url, CROSSFEED_GITHUB_API_URL: url, CROSSFEED_COPILOT_URL: url }
  const provider = { baseUrl: `${url}/ollama/v1` }
  const config = { client: { env, gitHubToken: 'gho_unused' }, model: 'llama3', provider }
  expect(await query('Hello!', { session: config })).toContain('Hello!')
  expect(emulator.requests().filter(({ path }) => !path.startsWith('/ollama/'))).toEqual([])
})
