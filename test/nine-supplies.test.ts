import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { addressIn, createMachine, type Machine } from '../packages/gateway/src/cli/spawn.test-support.ts'
import { readStream } from './read-stream.ts'
import { eventSchema, replySchema, schemaErrors } from './schemas.ts'

let emulator: Emulator
let machine: Machine
let url: string

/** A model of each supply of the example file, as it is asked for. */
const models = {
  copilot: 'claude-opus-4.6',
  codex: 'codex/gpt-5.4',
  openai: 'openai/gpt-5.2',
  azure: 'azure/gpt-4.1',
  foundry: 'foundry/gpt-5.2',
  anthropic: 'anthropic/claude-sonnet-4-6',
  ollama: 'ollama/llama3.2',
  'foundry-local': 'foundry-local/openai/gpt-oss-120b',
  dashscope: 'dashscope/qwen3.6-plus',
} as const

beforeAll(async () => {
  emulator = createEmulator({ deviceInterval: 0 })
  const upstream = (await emulator.start()).url
  const { openai, azure, anthropic, ollama, compatible, dashscope, codex, codexAuth } = emulator.urls
  machine = createMachine(upstream)
  const addresses: Readonly<Record<string, string>> = {
    openai: `${openai}/v1`,
    azure,
    foundry: `${azure}/openai/v1/`,
    anthropic,
    ollama,
    'foundry-local': `${compatible}/v1`,
    dashscope: `${dashscope}/compatible-mode`,
  }
  const config = parse(readFileSync(join(import.meta.dirname, '../examples/nine-supplies.yaml'), 'utf8'))
  for (const [name, baseUrl] of Object.entries(addresses)) config.providers[name].baseUrl = baseUrl
  const file = join(machine.folder, 'config.yaml')
  writeFileSync(file, stringify(config))
  const env = {
    COPILOT_GITHUB_TOKEN: 'gho_nine',
    OPENAI_API_KEY: 'sk-made-up',
    AZURE_OPENAI_KEY: 'made-up',
    FOUNDRY_API_KEY: 'made-up',
    ANTHROPIC_API_KEY: 'sk-ant-made-up',
    DASHSCOPE_API_KEY: 'sk-made-up',
    CROSSFEED_CODEX_URL: `${codex}/backend-api/codex`,
    CROSSFEED_CODEX_AUTH_URL: codexAuth,
  }
  const signedIn = await machine.run(['auth', 'login', '--provider', 'codex', '--device', '--config', file], env)
  expect(signedIn).toMatchObject({ code: 0 })
  const gateway = machine.start(['start', '--port', '0', '--config', file], env)
  url = addressIn(await gateway.until('Anthropic SDK'))
}, 30_000)
afterAll(async () => {
  machine.dispose()
  await emulator.stop()
})

const requests = {
  messages: (model: string) => ({ model, max_tokens: 2000, messages: [{ role: 'user', content: 'Say pelican.' }] }),
  responses: (model: string) => ({ model, input: 'Say pelican.' }),
  chat: (model: string) => ({ model, messages: [{ role: 'user', content: 'Say pelican.' }] }),
}
const paths = { messages: '/v1/messages', responses: '/v1/responses', chat: '/v1/chat/completions' } as const
const post = (path: string, body: object): Promise<Response> =>
  fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

describe.each(Object.entries(models))('%s', (supply, model) => {
  it.each(['messages', 'responses', 'chat'] as const)('answers a %s client, whole', async (from) => {
    const response = await post(paths[from], requests[from](model))
    const text = await response.text()
    expect(response.status, text).toBe(200)
    expect(response.headers.get('x-crossfeed-provider')).toBe(supply)
    expect(text).toContain('pelican')
    expect(schemaErrors(replySchema[from], JSON.parse(text))).toEqual([])
  })

  it.each(['messages', 'responses', 'chat'] as const)('answers a %s client, streaming', async (from) => {
    const response = await post(paths[from], { ...requests[from](model), stream: true })
    const text = await response.text()
    expect(response.status, text).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = readStream(text).filter((event) => event !== '[DONE]')
    expect(JSON.stringify(events)).not.toContain('"type":"error"')
    // Anthropic's schema leaves out the ping that its documentation has.
    const described = events.filter((event) => !JSON.stringify(event).startsWith('{"type":"ping"'))
    expect(described.flatMap((event) => schemaErrors(eventSchema[from], event))).toEqual([])
    expect(textOf(events)).toContain('pelican')
  })

  it('answers on its own route', async () => {
    const bare = model.startsWith(`${supply}/`) ? model.slice(supply.length + 1) : model
    const response = await post(`/${supply}/v1/messages`, requests.messages(bare))
    expect(response.status, await response.clone().text()).toBe(200)
    expect(response.headers.get('x-crossfeed-provider')).toBe(supply)
  })
})

it('lists the models of all supplies, and the aliases', async () => {
  const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: readonly { id: string }[] }
  const ids = data.map((entry) => entry.id)
  // Azure lists the models that could be deployed, not what its deployments are called; Ollama adds `:latest`.
  const listed = Object.values(models).filter((id) => !id.startsWith('azure/'))
  for (const id of [...listed, 'best', 'fast'])
    expect(ids.filter((one) => one.replace(/:latest$/, '') === id)).not.toEqual([])
})

it('counts tokens for a model of any supply', async () => {
  const response = await post('/v1/messages/count_tokens', requests.messages('ollama/llama3.2'))
  expect(await response.json()).toEqual({ input_tokens: expect.any(Number) })
})

/** All text deltas of a stream, in whatever protocol. */
function textOf(events: readonly unknown[]): string {
  return events
    .map((event) => {
      const said = event as {
        delta?: string | { text?: string }
        choices?: readonly { delta?: { content?: string } }[]
      }
      if (typeof said.delta === 'string') return said.delta
      return said.delta?.text ?? said.choices?.[0]?.delta?.content ?? ''
    })
    .join('')
}
