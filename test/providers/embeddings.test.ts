import { asObjects, type JsonObject } from '@crossfeed/protocols'
import type { ProviderSettings } from '@crossfeed/engine'
import type { Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startEmulator, startSupply } from './supply.ts'

let emulator: Emulator
beforeAll(async () => {
  const bge = { id: 'bge-m3', type: 'embeddings', endpoints: ['embeddings'], dimensions: 1024 } as const
  emulator = await startEmulator({ faces: { compatible: { extraModels: [bge] }, ollama: { extraModels: [bge] } } })
})
afterAll(() => emulator.stop())

const small = 'text-embedding-3-small'

it.each<[string, string, (urls: Emulator['urls']) => Omit<ProviderSettings, 'name'>, string]>([
  ['openai', small, ({ openai }) => ({ type: 'openai', baseUrl: `${openai}/v1`, apiKey: 'sk-x' }), '/v1/embeddings'],
  [
    'azure',
    small,
    ({ azure }) => ({ type: 'azure', baseUrl: azure, apiKey: 'k' }),
    `/openai/deployments/${small}/embeddings`,
  ],
  [
    'azure v1',
    small,
    ({ azure }) => ({ type: 'azure', baseUrl: azure, apiKey: 'k', apiVersion: 'v1' }),
    '/openai/v1/embeddings',
  ],
  ['compatible', 'bge-m3', ({ compatible }) => ({ type: 'compatible', baseUrl: `${compatible}/v1` }), '/v1/embeddings'],
  ['ollama', 'bge-m3', ({ ollama }) => ({ type: 'ollama', baseUrl: `${ollama}/v1` }), '/v1/embeddings'],
])('%s embeds two texts', async (_kind, model, settings, path) => {
  const supply = startSupply({ name: 'mine', ...settings(emulator.urls), models: { [model]: { embeddings: true } } })
  const got = await supply.embed({ model: `mine/${model}`, input: ['one', 'two'] })
  await supply.close()
  expect(got.status, JSON.stringify(got.answer)).toBe(200)
  const data = asObjects((got.answer as JsonObject)['data'])
  expect(data.map((one) => one['index'])).toEqual([0, 1])
  expect(emulator.requests().at(-1)?.path).toContain(path)
})
