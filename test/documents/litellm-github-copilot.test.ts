import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLite, type DeviceCode, type Lite } from '../../packages/sdk/src/index.ts'
import { startStand, type Stand } from './stand.ts'

// The examples of LiteLLM's page "GitHub Copilot" (docs.litellm.ai/docs/providers/github_copilot, as of January 2026), in TypeScript.

let stand: Stand
let lite: Lite
beforeAll(async () => {
  stand = await startStand({ deviceInterval: 0 }, { 'gpt-5.1-codex': 'gpt-5.3-codex' })
  lite = createLite({ env: stand.env })
})
afterEach(() => stand.emulator.clear())
afterAll(async () => {
  await lite.close()
  await stand.close()
})

const { completion, aresponses, embedding } = {
  completion: ((request: never) => lite.completion(request)) as Lite['completion'],
  aresponses: ((request: never) => lite.aresponses(request)) as Lite['aresponses'],
  embedding: ((request: never) => lite.embedding(request)) as Lite['embedding'],
}
const extraHeaders = { 'editor-version': 'vscode/1.85.1', 'Copilot-Integration-Id': 'vscode-chat' }
const sentHeaders = { 'editor-version': 'vscode/1.85.1', 'copilot-integration-id': 'vscode-chat' }

describe('Authentication', () => {
  test('On first use, you will be prompted to authenticate via GitHub; credentials are stored for future use', async () => {
    const shown: DeviceCode[] = []
    const { COPILOT_GITHUB_TOKEN: _token, ...env } = stand.env
    for (let use = 0; use < 2; use++) {
      const first = createLite({ env, onDeviceCode: (code) => shown.push(code) })
      const messages = [{ role: 'user' as const, content: 'Hello' }]
      const response = await first.completion({ model: 'github_copilot/gpt-4', messages })
      expect(response.choices[0]?.message.content).toContain('Hello')
      await first.close()
    }
    expect(shown).toHaveLength(1)
    expect(readdirSync(join(stand.machine.folder, '.config', 'litellm', 'github_copilot'))).toHaveLength(1)
    expect(shown[0]?.verificationUri).toContain('/login/device')
  })
})

describe('Usage - LiteLLM Python SDK', () => {
  test('Chat Completion', async () => {
    const response = await completion({
      model: 'github_copilot/gpt-4',
      messages: [{ role: 'user', content: 'Write a Python function to calculate fibonacci numbers' }],
      extraHeaders,
    })
    expect(response.choices[0]?.message.content).toContain('fibonacci')
    expect(response.usage?.total_tokens).toBeGreaterThan(0)
    expect(stand.lastCall()).toMatchObject({
      path: '/chat/completions',
      body: { model: 'gpt-4' },
      headers: sentHeaders,
    })
  })

  test('Chat Completion - Streaming', async () => {
    const stream = await completion({
      model: 'github_copilot/gpt-4',
      messages: [{ role: 'user', content: 'Explain async/await in Python' }],
      stream: true,
      extraHeaders,
    })
    let printed = ''
    for await (const chunk of stream) printed += chunk.choices[0]?.delta.content ?? ''
    expect(printed).toContain('async/await')
    expect(stand.lastCall()).toMatchObject({ body: { stream: true }, headers: sentHeaders })
  })

  test('Responses: For GPT Codex models, only responses API is supported', async () => {
    const response = await aresponses({
      model: 'github_copilot/gpt-5.1-codex',
      input: 'Write a Python hello world',
      max_output_tokens: 500,
    })
    expect(response.status).toBe('completed')
    expect(JSON.stringify(response.output)).toContain('hello world')
    const body = { model: 'gpt-5.1-codex', max_output_tokens: 500 }
    expect(stand.lastCall()).toMatchObject({ path: '/responses', body })
  })

  test('Embedding', async () => {
    const response = await embedding({
      model: 'github_copilot/text-embedding-3-small',
      input: ['good morning from litellm'],
    })
    expect(response.data[0]?.embedding.length).toBeGreaterThan(10)
    const body = { model: 'text-embedding-3-small', input: ['good morning from litellm'] }
    expect(stand.lastCall()).toMatchObject({ path: '/embeddings', body })
  })
})

const config = `model_list:
  - model_name: github_copilot/gpt-4
    litellm_params:
      model: github_copilot/gpt-4
  - model_name: github_copilot/gpt-5.1-codex
    model_info:
      mode: responses
    litellm_params:
      model: github_copilot/gpt-5.1-codex
  - model_name: github_copilot/text-embedding-ada-002
    model_info:
      mode: embedding
    litellm_params:
      model: github_copilot/text-embedding-ada-002
`

describe('Usage - LiteLLM Proxy', () => {
  let client: OpenAI
  beforeAll(async () => {
    client = new OpenAI({ baseURL: await stand.startOn('config.yaml', config), apiKey: 'your-proxy-api-key' })
  })

  test('OpenAI SDK: GitHub Copilot via Proxy - Non-streaming', async () => {
    const response = await client.chat.completions.create(
      {
        model: 'github_copilot/gpt-4',
        messages: [{ role: 'user', content: 'How do I optimize this SQL query?' }],
      },
      { headers: extraHeaders },
    )
    expect(response.choices[0]?.message.content).toContain('SQL query')
    expect(stand.lastCall()).toMatchObject({ body: { model: 'gpt-4' }, headers: sentHeaders })
  })

  test('config.yaml: mode responses', async () => {
    const response = await client.responses.create({ model: 'github_copilot/gpt-5.1-codex', input: 'Hello' })
    expect(response.output_text).toContain('Hello')
    expect(stand.lastCall()).toMatchObject({ path: '/responses', body: { model: 'gpt-5.1-codex' } })
  })

  test('config.yaml: mode embedding', async () => {
    const response = await client.embeddings.create({
      model: 'github_copilot/text-embedding-ada-002',
      input: ['good morning from litellm'],
    })
    expect(response.data[0]?.embedding.length).toBeGreaterThan(10)
    expect(stand.lastCall()).toMatchObject({ path: '/embeddings', body: { model: 'text-embedding-ada-002' } })
  })

  test('config.yaml: the models of the list can be asked for by its names', async () => {
    const names: string[] = []
    for await (const { id } of client.models.list()) names.push(id)
    expect(names).toEqual(expect.arrayContaining(['github_copilot/gpt-4', 'github_copilot/gpt-5.1-codex']))
  })
})

describe('Configuration', () => {
  test('Environment Variables: token directory and file names', async () => {
    const folder = `${stand.machine.folder}/tokens`
    const { COPILOT_GITHUB_TOKEN: _token, ...machine } = stand.env
    const env = {
      ...machine,
      GITHUB_COPILOT_TOKEN_DIR: folder,
      GITHUB_COPILOT_ACCESS_TOKEN_FILE: 'access-token',
      GITHUB_COPILOT_API_KEY_FILE: 'api-key.json',
    }
    const signedIn = createLite({ env, onDeviceCode: () => {} })
    await signedIn.completion({ model: 'github_copilot/gpt-4', messages: [{ role: 'user', content: 'Hello' }] })
    await signedIn.close()
    expect(readdirSync(folder).toSorted()).toEqual(['access-token', 'api-key.json'])
  })

  test('Headers: Common Headers', async () => {
    const common = {
      'editor-version': 'vscode/1.85.1',
      'editor-plugin-version': 'copilot/1.155.0',
      'Copilot-Integration-Id': 'vscode-chat',
      'user-agent': 'GithubCopilot/1.155.0',
    }
    const messages = [{ role: 'user' as const, content: 'Hello' }]
    await completion({ model: 'github_copilot/gpt-4', messages, extraHeaders: common })
    const { headers } = stand.lastCall()
    for (const [name, value] of Object.entries(common)) expect(headers[name.toLowerCase()]).toBe(value)
  })
})
