import { afterEach, describe, expect, it } from 'vitest'
import { startCodexTrial, type CodexTrial } from './trial.test-support.ts'

let trial: CodexTrial
afterEach(() => trial.close())

async function start(...given: Parameters<typeof startCodexTrial>): Promise<CodexTrial> {
  trial = await startCodexTrial(...given)
  return trial
}

const user = { role: 'user', content: 'hi' }

describe('the models', () => {
  it('are those that the service shows, in its order', async () => {
    const { provider, lists } = await start()
    expect((await provider.models()).map((model) => model.id)).toEqual(['gpt-5.5', 'gpt-5.4'])
    expect(lists[0]).toMatchObject({
      path: '/backend/models?client_version=0.169.0',
      headers: { originator: 'crossfeed', 'chatgpt-account-id': 'acct-1' },
    })
    expect(await provider.find('gpt-5.5', false)).toMatchObject({
      speaks: ['responses'],
      info: { name: 'GPT-5.5', limits: { context: 400_000 }, supports: { efforts: ['low', 'medium', 'high'] } },
    })
    expect(await provider.find('gpt-secret', false)).toBeDefined()
    expect(await provider.find('gpt-0', false)).toBeUndefined()
    expect(await provider.find('gpt-0', true)).toMatchObject({ model: 'gpt-0' })
    expect(lists).toHaveLength(1)
  })

  it('are also those that their owner named, with what is known of them', async () => {
    const { provider, ask, calls } = await start(
      {},
      {
        headers: { 'X-Own': 'yes' },
        models: {
          fast: { wireModel: 'gpt-5.5', limits: { context: 1000 }, extraBody: { service_tier: 'priority', top_p: 1 } },
          'gpt-5.4': { limits: { output: 9 } },
        },
      },
    )
    const models = await provider.models()
    expect(models.map((model) => [model.id, model.limits])).toEqual([
      ['fast', { context: 1000 }],
      ['gpt-5.4', { context: 272_000, output: 9 }],
      ['gpt-5.5', { context: 400_000 }],
    ])
    expect((await ask('chat', { model: 'fast', messages: [user] })).status).toBe(200)
    expect(calls[0]).toMatchObject({
      body: { model: 'gpt-5.5', service_tier: 'priority' },
      headers: { 'x-own': 'yes' },
    })
    expect(calls[0]?.body['top_p']).toBeUndefined()
    expect(await provider.find('fast', false)).toBe(await provider.find('fast', true))
  })

  it('are the built-in ones while the service cannot be asked', async () => {
    await start()
    trial.list = (response) => response.writeHead(503).end()
    expect((await trial.provider.models()).map((model) => model.id)).toContain('gpt-5.6-sol')
    expect((await trial.ask('chat', { model: 'gpt-5.5', messages: [user] })).status).toBe(200)
  })

  it('cannot be had by whoever is not signed in', async () => {
    const { provider } = await start(null)
    await expect(provider.models()).rejects.toMatchObject({ reason: 'no-sign-in' })
  })
})
