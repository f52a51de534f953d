import { createProvider, createTransport, silentLog, systemClock } from '@crossfeed/engine'
import { expect, test } from 'vitest'
import { readEntry } from '../../config/supplies/read-entry.ts'
import { providerPresets } from './provider-presets.ts'

const own = 'http://127.0.0.1:5273/v1'

test.each([
  ['openai', undefined, 'https://api.openai.com/v1/responses', { authorization: 'Bearer k' }],
  ['anthropic', undefined, 'https://api.anthropic.com/v1/messages', { 'x-api-key': 'k' }],
  [
    'azure',
    'https://r.openai.azure.com',
    'https://r.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21',
    { 'api-key': 'k' },
  ],
  ['deepseek', undefined, 'https://api.deepseek.com/anthropic/v1/messages', { 'x-api-key': 'k' }],
  [
    'dashscope',
    undefined,
    'https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions',
    { authorization: 'Bearer k' },
  ],
  ['openrouter', undefined, 'https://openrouter.ai/api/v1/messages', { 'x-api-key': 'k' }],
  ['kimi', undefined, 'https://api.kimi.com/coding/v1/chat/completions', { authorization: 'Bearer k' }],
  ['opencode-go', undefined, 'https://opencode.ai/zen/go/v1/chat/completions', { authorization: 'Bearer k' }],
  ['foundry-local', own, 'http://127.0.0.1:5273/v1/chat/completions', {}],
  ['ollama', undefined, 'http://localhost:11434/v1/chat/completions', {}],
  ['custom', own, 'http://127.0.0.1:5273/v1/chat/completions', { authorization: 'Bearer k' }],
])('%s is asked at its address with its header (PROV-31)', async (name, address, url, headers) => {
  const { type, baseUrl = address, keyVariable } = providerPresets[name]!
  const apiKey = keyVariable === undefined && name !== 'custom' ? '' : 'env:KEY'
  const entry = { type, ...(baseUrl === undefined ? {} : { baseUrl }), ...(apiKey === '' ? {} : { apiKey }) }
  const settings = readEntry(name, entry, { KEY: 'k' })
  const transport = createTransport()
  const provider = createProvider(settings, { transport, clock: systemClock, log: silentLog, version: '1' })
  const supply = await provider.find('m', true)
  const target = supply!.target(supply!.speaks[0]!)
  const facts = { requestId: 'r', request: {}, body: {}, from: 'chat', client: {}, note: () => {} } as const
  const called = await provider.address(target, facts)
  await transport.close()
  expect(called.origin + called.path).toBe(url)
  expect(called.headers).toMatchObject(headers)
  const secrets = ['authorization', 'x-api-key', 'api-key'].filter((header) => header in called.headers)
  expect(secrets).toEqual(Object.keys(headers))
})

test('every preset is among them', () => {
  expect(Object.keys(providerPresets).toSorted()).toEqual(
    'anthropic azure custom dashscope deepseek foundry-local kimi ollama openai opencode-go openrouter'.split(' '),
  )
})
