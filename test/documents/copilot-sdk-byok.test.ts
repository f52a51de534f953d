import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  approveAll,
  CopilotClient,
  query,
  withClientSession,
  type ClientSessionConfig,
  type ModelInfoGiven,
  type ProviderConfig,
} from '../../packages/sdk/src/index.ts'
import { startStand, type Stand } from './stand.ts'

// The examples of the page "BYOK" of the Copilot SDK for Clojure, in TypeScript, each against a stand-in of the service that it names.
// Only the host of an address is another one.

let stand: Stand
let environment: Record<string, string>
beforeAll(async () => {
  stand = await startStand({
    faces: {
      openai: { keys: ['sk-openai'] },
      azure: { keys: ['foundry-key', 'azure-key', 'eyJ0eXAi.entra'] },
      anthropic: { keys: ['sk-ant'], extraModels: [{ id: 'claude-sonnet-4', window: 200_000, output: 64_000 }] },
      ollama: { extraModels: [{ id: 'llama3', window: 8192, output: 2048 }] },
      compatible: { extraModels: ['phi-4-mini', 'my-model'].map((id) => ({ id, window: 8192, output: 2048 })) },
    },
  })
  environment = {
    FOUNDRY_API_KEY: 'foundry-key',
    OPENAI_API_KEY: 'sk-openai',
    ANTHROPIC_API_KEY: 'sk-ant',
    AZURE_OPENAI_KEY: 'azure-key',
    MY_BEARER_TOKEN: 'the-whole-bearer-token',
  }
})
afterEach(() => stand.emulator.clear())
afterAll(() => stand.close())

/** Nobody is signed in: BYOK bypasses GitHub's authentication. */
const client = { useLoggedInUser: false, env: {} }

/** What the examples do: a client and a session for one question. */
async function ask(config: ClientSessionConfig, question: string): Promise<string> {
  let answer = ''
  await withClientSession({ client, onPermissionRequest: approveAll, ...config }, async (session) => {
    answer = (await query(question, { session })) ?? ''
  })
  return answer
}

/** The one call that was made, which is to nobody but the service. */
function onlyCall(): ReturnType<Stand['lastCall']> {
  expect(stand.calls()).toHaveLength(1)
  expect(stand.emulator.requests().every(({ face }) => face !== undefined)).toBe(true)
  return stand.lastCall()
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true)).on('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

describe('examples', () => {
  test('Azure AI Foundry: :wire-api :responses, :base-url "https://your-resource.openai.azure.com/openai/v1/"', async () => {
    const provider: ProviderConfig = {
      type: 'openai',
      baseUrl: `${stand.emulator.urls.azure}/openai/v1/`,
      wireApi: 'responses',
      apiKey: environment['FOUNDRY_API_KEY'],
    }
    expect(await ask({ model: 'gpt-5.3-codex', provider }, 'What is 2+2?')).toContain('2+2')
    expect(onlyCall()).toMatchObject({ path: '/azure/openai/v1/responses', body: { model: 'gpt-5.3-codex' } })
  })

  test('OpenAI: :base-url "https://api.openai.com/v1"', async () => {
    const baseUrl = `${stand.emulator.urls.openai}/v1`
    const provider: ProviderConfig = { type: 'openai', baseUrl, apiKey: environment['OPENAI_API_KEY'] }
    expect(await ask({ model: 'gpt-5.4', provider }, 'Hello!')).toContain('Hello!')
    expect(onlyCall()).toMatchObject({ path: '/openai/v1/chat/completions', body: { model: 'gpt-5.4' } })
  })

  test('Ollama: No API key needed for local Ollama', async () => {
    const provider: ProviderConfig = { type: 'openai', baseUrl: `${stand.emulator.urls.ollama}/v1` }
    expect(await ask({ model: 'llama3', provider }, 'Hello!')).toContain('Hello!')
    expect(onlyCall()).toMatchObject({ path: '/ollama/v1/chat/completions', body: { model: 'llama3' } })
    expect(onlyCall().headers).not.toHaveProperty('authorization')
  })

  test('Microsoft Foundry Local: No API key needed for local Foundry Local', async () => {
    const provider: ProviderConfig = { type: 'openai', baseUrl: `${stand.emulator.urls.compatible}/v1` }
    expect(await ask({ model: 'phi-4-mini', provider }, 'Hello!')).toContain('Hello!')
    expect(onlyCall()).toMatchObject({ path: '/compatible/v1/chat/completions', body: { model: 'phi-4-mini' } })
  })

  test('Anthropic: :base-url "https://api.anthropic.com"', async () => {
    const baseUrl = stand.emulator.urls.anthropic
    const provider: ProviderConfig = { type: 'anthropic', baseUrl, apiKey: environment['ANTHROPIC_API_KEY'] }
    expect(await ask({ model: 'claude-sonnet-4', provider }, 'Hello!')).toContain('Hello!')
    expect(onlyCall()).toMatchObject({ path: '/anthropic/v1/messages', body: { model: 'claude-sonnet-4' } })
  })

  test('Use :azure type for endpoints at *.openai.azure.com', async () => {
    const provider: ProviderConfig = {
      type: 'azure',
      baseUrl: stand.emulator.urls.azure,
      apiKey: environment['AZURE_OPENAI_KEY'],
      azure: { apiVersion: '2024-10-21' },
    }
    expect(await ask({ model: 'gpt-5.4', provider }, 'Hello!')).toContain('Hello!')
    const { path, query: asked } = onlyCall()
    expect(path).toBe('/azure/openai/deployments/gpt-5.4/chat/completions')
    expect(asked).toContain('api-version=2024-10-21')
  })

  test('For Azure AI Foundry deployments with /openai/v1/ endpoints, use :openai', async () => {
    const provider: ProviderConfig = {
      type: 'openai',
      baseUrl: `${stand.emulator.urls.azure}/openai/v1/`,
      apiKey: environment['FOUNDRY_API_KEY'],
      wireApi: 'responses',
    }
    expect(await ask({ model: 'gpt-5.3-codex', provider }, 'Hello!')).toContain('Hello!')
    expect(onlyCall().path).toBe('/azure/openai/v1/responses')
  })

  test('Some providers require bearer token authentication instead of API keys', async () => {
    const provider: ProviderConfig = {
      type: 'openai',
      baseUrl: `${stand.emulator.urls.compatible}/v1`,
      bearerToken: environment['MY_BEARER_TOKEN'],
    }
    expect(await ask({ model: 'my-model', provider }, 'Hello!')).toContain('Hello!')
    expect(onlyCall().headers['authorization']).toContain('oken')
  })
})

describe('Field, Type, Required, Description', () => {
  test(':provider-type (default: :openai), :wire-api (default: :completions)', async () => {
    const provider: ProviderConfig = { baseUrl: `${stand.emulator.urls.compatible}/v1` }
    await ask({ model: 'my-model', provider }, 'Hello!')
    expect(onlyCall().path).toBe('/compatible/v1/chat/completions')
  })

  test(':bearer-token takes precedence over :api-key', async () => {
    const baseUrl = `${stand.emulator.urls.openai}/v1`
    const provider: ProviderConfig = { baseUrl, bearerToken: environment['OPENAI_API_KEY'], apiKey: 'sk-wrong' }
    expect(await ask({ model: 'gpt-5.4', provider }, 'Hello!')).toContain('Hello!')
  })

  test(':azure-api-version, default "2024-10-21"', async () => {
    const provider: ProviderConfig = { type: 'azure', baseUrl: stand.emulator.urls.azure, apiKey: 'azure-key' }
    await ask({ model: 'gpt-5.4', provider }, 'Hello!')
    expect(onlyCall().query).toContain('api-version=2024-10-21')
  })

  test('you can obtain a short-lived bearer token and pass it via :bearer-token', async () => {
    let fetched = 0
    const provider: ProviderConfig = {
      type: 'azure',
      baseUrl: stand.emulator.urls.azure,
      bearerTokenProvider: async () => {
        fetched++
        return 'eyJ0eXAi.entra'
      },
    }
    expect(await ask({ model: 'gpt-5.4', provider }, 'Hello!')).toContain('Hello!')
    expect(fetched).toBeGreaterThan(0)
  })
})

describe('custom model list', () => {
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

  test('list-models returns my-models (no CLI connection required); results are cached after the first call', async () => {
    let calls = 0
    const lister = new CopilotClient({
      ...client,
      onListModels: () => {
        calls++
        return models
      },
    })
    expect(await lister.listModels()).toMatchObject([{ id: 'my-gpt-4o', name: 'My GPT-4o', maxInputTokens: 128_000 }])
    expect(await lister.listModels()).toMatchObject([{ id: 'my-gpt-4o' }])
    expect(calls).toBe(1)
    expect(stand.emulator.requests()).toEqual([])
    await lister.stop()
  })
})

describe('common issues', async () => {
  const azureHost = 'https://my-resource.openai.azure.com'

  /** Opens a session, which asks nobody anything. */
  async function open(config: { model?: string; provider: ProviderConfig }): Promise<void> {
    const opener = new CopilotClient(client)
    try {
      await opener.createSession(config)
    } finally {
      await opener.stop()
    }
  }

  test('Error: Model required with custom provider', async () => {
    const provider: ProviderConfig = { type: 'openai', baseUrl: 'https://api.openai.com/v1' }
    await expect(open({ provider })).rejects.toThrow(
      'Invalid session config: model is required when provider (BYOK) is specified.',
    )
    await open({ model: 'gpt-5.4', provider })
  })

  test('Wrong: Using :openai type with native Azure endpoint', async () => {
    const wrong = open({ model: 'gpt-5.4', provider: { type: 'openai', baseUrl: azureHost } })
    await expect(wrong).rejects.toThrow("type 'openai' does not fit a native Azure endpoint")
    await open({ model: 'gpt-5.4', provider: { type: 'azure', baseUrl: azureHost } })
  })

  test('Correct: OpenAI-compatible Azure AI Foundry endpoint', async () => {
    await open({ model: 'gpt-5.4', provider: { type: 'openai', baseUrl: `${azureHost}/openai/v1/` } })
    const wrong = open({ model: 'gpt-5.4', provider: { type: 'azure', baseUrl: `${azureHost}/openai/v1/` } })
    await expect(wrong).rejects.toThrow("type 'azure' takes only the host")
  })

  /** What is said where nothing listens. */
  async function failureAt(model: string, address: string): Promise<string> {
    const asked = ask({ model, provider: { baseUrl: `${address}/v1` } }, 'Hello!')
    return String(await asked.catch((thrown: unknown) => thrown))
  }

  test('Foundry Local uses a dynamic port that may change between restarts', async () => {
    const said = await failureAt('phi-4-mini', 'http://127.0.0.1:9')
    expect(said).toContain('http://127.0.0.1:9/')
    expect(said).toContain('foundry service status')
  })

  // Its advice hangs on the port: where a real Ollama runs, there is nothing to be said.
  test.skipIf(await listens(11434))('Ensure Ollama is running and accessible', async () => {
    const said = await failureAt('llama3', 'http://127.0.0.1:11434')
    expect(said).toContain('http://127.0.0.1:11434/')
    expect(said).toContain('ollama serve')
  })

  test.each([
    ['Verify your API key is correct and not expired', { apiKey: 'sk-expired' }, 'apiKey'],
    ['For bearer tokens, ensure the full token is provided', { bearerToken: 'sk-half' }, 'bearerToken is whole'],
  ])('%s', async (_sentence, secret, says) => {
    const provider: ProviderConfig = { baseUrl: `${stand.emulator.urls.openai}/v1`, ...secret }
    const error: unknown = await ask({ model: 'gpt-5.4', provider }, 'Hello!').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 401, fix: expect.stringContaining(says) })
    expect(String(error)).toContain(says)
    expect(String(error)).toContain(`${provider.baseUrl}/chat/completions`)
    expect(String(error)).not.toMatch(/sk-expired|sk-half/)
  })

  test("Check the :base-url matches your provider's expected format", async () => {
    const provider: ProviderConfig = { baseUrl: `${stand.emulator.urls.openai}/v2`, apiKey: 'sk-openai' }
    const error: unknown = await ask({ model: 'gpt-5.4', provider }, 'Hello!').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 404 })
    expect(String(error)).toContain('baseUrl')
  })
})
