import type { ProviderSettings } from '@crossfeed/engine'
import type { Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, startScripted } from './scripted.ts'
import { startEmulator, startSupplies, startSupply } from './supply.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())

async function names(settings: Omit<ProviderSettings, 'name'>): Promise<readonly string[]> {
  const supply = startSupply({ name: 'mine', ...settings })
  const models = await supply.provider.models().finally(() => supply.close())
  return models.map((model) => model.id)
}

describe('the models of a supply', () => {
  it.each<[string, (urls: Emulator['urls']) => Omit<ProviderSettings, 'name'>, string]>([
    ['openai', ({ openai }) => ({ type: 'openai', baseUrl: `${openai}/v1`, apiKey: 'sk-x' }), 'gpt-5.4'],
    ['azure', ({ azure }) => ({ type: 'azure', baseUrl: azure, apiKey: 'k', apiVersion: 'v1' }), 'gpt-5.4'],
    [
      'anthropic',
      ({ anthropic }) => ({ type: 'anthropic', baseUrl: `${anthropic}/v1`, apiKey: 'sk-ant-api03-x' }),
      'claude-sonnet-4-5',
    ],
    [
      'dashscope',
      ({ dashscope }) => ({ type: 'compatible', baseUrl: `${dashscope}/compatible-mode/v1`, apiKey: 'sk-x' }),
      'qwen3.6-plus',
    ],
  ])('of %s are listed by their names', async (_kind, settings, model) => {
    expect((await names(settings(emulator.urls))).join(' ')).toContain(model)
  })

  it('of Ollama are those that have been pulled', async () => {
    expect((await names({ type: 'ollama', baseUrl: `${emulator.urls.ollama}/v1` })).length).toBeGreaterThan(0)
  })

  it('of Azure are the deployments that are configured, where any are', async () => {
    const settings = { type: 'azure', baseUrl: emulator.urls.azure, apiKey: 'k', models: { 'team-blue': {} } } as const
    expect(await names(settings)).toEqual(['team-blue'])
  })

  it('of OpenAI are those that answer conversations or embed', async () => {
    const ids = [
      'gpt-5.4',
      'whisper-1',
      'gpt-4o-mini-tts',
      'gpt-image-1',
      'text-embedding-3-small',
      'omni-moderation-latest',
    ]
    const upstream = await startScripted((response) =>
      json(response, 200, { object: 'list', data: ids.map((id) => ({ id, object: 'model' })) }),
    )
    expect(await names({ type: 'openai', baseUrl: `${upstream.url}/v1` })).toEqual([
      'gpt-5.4',
      'text-embedding-3-small',
    ])
    await upstream.close()
  })

  it('of Ollama go by their bare names too, with the tag that it lists them by or without', async () => {
    const other = { name: 'other', type: 'openai', baseUrl: `${emulator.urls.openai}/v1`, apiKey: 'sk-x' } as const
    const ollama = { name: 'local', type: 'ollama', baseUrl: `${emulator.urls.ollama}/v1` } as const
    const supply = startSupplies([other, ollama])
    const found = await Promise.all(
      ['llama3.2', 'llama3.2:latest', 'llama3.2:70b'].map((name) => supply.engine.findModel(name)),
    )
    await supply.close()
    expect(found.map((one) => one?.name)).toEqual(['local/llama3.2:latest', 'local/llama3.2:latest', undefined])
  })

  it('of Ollama keep their settings whichever of both names is asked for, and are listed once', async () => {
    const models = { 'llama3.2': { limits: { output: 77 } } }
    const supply = startSupply({ name: 'local', type: 'ollama', baseUrl: `${emulator.urls.ollama}/v1`, models })
    const listed = await supply.provider.models()
    const found = await supply.engine.findModel('local/llama3.2:latest')
    await supply.close()
    expect(found?.model.limits.output).toBe(77)
    expect(listed.filter(({ id }) => id.startsWith('llama3.2')).map(({ id }) => id)).toEqual(['llama3.2'])
  })

  it('have the limits that the server tells, and those that the configuration sets win', async () => {
    const upstream = await startScripted((response) =>
      json(response, 200, {
        data: [
          { id: 'a', max_model_len: 4096 },
          { id: 'b', context_length: 8192 },
        ],
      }),
    )
    const models = { b: { limits: { context: 1000 } } }
    const supply = startSupply({ name: 'mine', type: 'compatible', baseUrl: `${upstream.url}/v1`, models })
    const listed = await supply.provider.models()
    await supply.close()
    await upstream.close()
    expect(Object.fromEntries(listed.map((model) => [model.id, model.limits.context]))).toEqual({ a: 4096, b: 1000 })
  })
})
