import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLite, type Lite } from '../../packages/sdk/src/index.ts'
import { startStand, type Stand } from './stand.ts'

// The examples of LiteLLM's older page "GitHub Copilot", in TypeScript: chat, streaming, and the proxy by three clients.

let stand: Stand
let litellm: Lite
let proxy: string
const config = `model_list:
  - model_name: github_copilot/gpt-4
    litellm_params:
      model: github_copilot/gpt-4
`
beforeAll(async () => {
  stand = await startStand()
  litellm = createLite({ env: stand.env })
  proxy = await stand.startOn('config.yaml', config)
})
afterEach(() => stand.emulator.clear())
afterAll(async () => {
  await litellm.close()
  await stand.close()
})

const extraHeaders = { 'editor-version': 'vscode/1.85.1', 'Copilot-Integration-Id': 'vscode-chat' }
const sent = {
  path: '/chat/completions',
  body: { model: 'gpt-4' },
  headers: { 'editor-version': 'vscode/1.85.1', 'copilot-integration-id': 'vscode-chat' },
}

describe('Usage - LiteLLM Python SDK', () => {
  test('GitHub Copilot Chat Completion', async () => {
    const response = await litellm.completion({
      model: 'github_copilot/gpt-4',
      messages: [{ role: 'user', content: 'Write a Python function to calculate fibonacci numbers' }],
      extraHeaders,
    })
    expect(response.choices[0]?.message.content).toContain('fibonacci')
    expect(stand.lastCall()).toMatchObject(sent)
  })

  test('GitHub Copilot Chat Completion - Streaming', async () => {
    let printed = ''
    const stream = await litellm.completion({
      model: 'github_copilot/gpt-4',
      messages: [{ role: 'user', content: 'Explain async/await in Python' }],
      stream: true,
      extraHeaders,
    })
    for await (const chunk of stream) {
      const content = chunk.choices[0]?.delta.content
      if (content !== null && content !== undefined) printed += content
    }
    expect(printed).toContain('async/await')
    expect(stand.lastCall()).toMatchObject(sent)
  })
})

describe('Usage - LiteLLM Proxy', () => {
  test('OpenAI SDK: GitHub Copilot via Proxy - Non-streaming', async () => {
    const client = new OpenAI({ baseURL: proxy, apiKey: 'your-proxy-api-key' })
    const response = await client.chat.completions.create(
      {
        model: 'github_copilot/gpt-4',
        messages: [{ role: 'user', content: 'How do I optimize this SQL query?' }],
      },
      { headers: extraHeaders },
    )
    expect(response.choices[0]?.message.content).toContain('SQL query')
    expect(stand.lastCall()).toMatchObject(sent)
  })

  test('LiteLLM SDK: GitHub Copilot via Proxy - LiteLLM SDK', async () => {
    const response = await litellm.completion({
      model: 'litellm_proxy/github_copilot/gpt-4',
      messages: [{ role: 'user', content: 'Review this code for bugs' }],
      apiBase: proxy,
      apiKey: 'your-proxy-api-key',
      extraHeaders,
    })
    expect(response.choices[0]?.message.content).toContain('Review this code')
    expect(stand.lastCall()).toMatchObject(sent)
  })

  test('cURL: GitHub Copilot via Proxy - cURL', async () => {
    const headers = [
      'Content-Type: application/json',
      'Authorization: Bearer your-proxy-api-key',
      'editor-version: vscode/1.85.1',
      'Copilot-Integration-Id: vscode-chat',
    ].flatMap((line) => ['-H', line])
    const { stdout } = await promisify(execFile)('curl', [
      '-s',
      `${proxy}/v1/chat/completions`,
      ...headers,
      '-d',
      `{
    "model": "github_copilot/gpt-4",
    "messages": [{"role": "user", "content": "Explain this error message"}]
  }`,
    ])
    const response: OpenAI.ChatCompletion = JSON.parse(stdout)
    expect(response.choices[0]?.message.content).toContain('Explain this error message')
    expect(stand.lastCall()).toMatchObject(sent)
  })
})

describe('Configuration', () => {
  test('Headers: Common Headers', async () => {
    const common = {
      'editor-version': 'vscode/1.85.1',
      'editor-plugin-version': 'copilot/1.155.0',
      'Copilot-Integration-Id': 'vscode-chat',
      'user-agent': 'GithubCopilot/1.155.0',
    }
    const request = { model: 'github_copilot/gpt-4', messages: [{ role: 'user' as const, content: 'Hello' }] }
    await litellm.completion({ ...request, extraHeaders: common })
    const direct = stand.lastCall().headers
    const client = new OpenAI({ baseURL: proxy, apiKey: 'your-proxy-api-key' })
    await client.chat.completions.create(request, { headers: common })
    const proxied = stand.lastCall().headers
    for (const [name, value] of Object.entries(common)) {
      expect(direct[name.toLowerCase()], name).toBe(value)
      expect(proxied[name.toLowerCase()], name).toBe(value)
    }
  })
})
