import { afterEach, describe, expect, it } from 'vitest'
import type { EmbeddingCall } from './embed.ts'
import { startSupplies, type SuppliesTrial } from './supplies-trial.test-support.ts'
import { json } from './trial.test-support.ts'

let trial: SuppliesTrial
afterEach(() => trial.close())

const vectors = { data: [{ index: 0, embedding: [0.5] }], usage: { prompt_tokens: 1, total_tokens: 1 } }

function embed(model: string, more: Partial<EmbeddingCall> = {}) {
  const ended = Promise.withResolvers<{ status: number; headers: Record<string, string | string[]>; text: string }>()
  const got = { status: 0, headers: {} as Record<string, string | string[]>, text: '' }
  const running = trial.engine.embed(
    { body: { model, input: ['hi'] }, headers: {}, path: '/v1/embeddings', requestId: 'r', ...more },
    {
      begin: (status, headers) => void Object.assign(got, { status, headers }),
      write: () => true,
      end: (bytes = '') => ended.resolve({ ...got, text: bytes.toString() }),
    },
  )
  return { running, answer: ended.promise }
}

it('give back their place also when their client leaves before there was a call', async () => {
  trial = await startSupplies(['one'], { maxConcurrent: 1 })
  trial.script('one', (response) => json(response, 200, vectors))
  embed('one/m').running.cancel()
  expect((await embed('one/m').answer).status).toBe(200)
  expect(trial.calls).toEqual(['one'])
})

it('say where an answer that is a redirect leads, and that it is not followed', async () => {
  trial = await startSupplies(['one'])
  trial.script('one', (response) => response.writeHead(307, { location: 'https://elsewhere.example/v1' }).end())
  const { status, text } = await embed('one/m').answer
  expect(status).toBe(502)
  expect(text).toMatch(/redirect to elsewhere\.example.*\(one: http/)
})

it('say how long to wait where only the headers of the limit do, and leave the supply alone for so long', async () => {
  const targets = ['one', 'two'].map((provider, order) => ({ provider, model: 'm', order }))
  trial = await startSupplies(['one', 'two'], { aliases: [{ name: 'vectors', targets }] })
  const headers = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }
  for (const name of ['one', 'two'])
    trial.script(name, (response) => json(response, 429, { error: { message: 'slow down' } }, headers))
  expect((await embed('one/m').answer).headers['retry-after']).toBe('360')
  trial.script('two', (response) => json(response, 200, vectors))
  trial.calls.length = 0
  expect((await embed('vectors').answer).status).toBe(200)
  expect(trial.calls).toEqual(['two'])
})

it.each(['key', 'header of the program'])('never repeat a %s that a refusal repeats', async (what) => {
  trial = await startSupplies(['one'])
  const extraHeaders = what === 'key' ? undefined : { authorization: 'Bearer very-secret' }
  trial.script('one', (response) => json(response, 400, { error: { message: 'No access with very-secret.' } }))
  const { text } = await embed('one/m', { extraHeaders: extraHeaders ?? { 'api-key': 'very-secret' } }).answer
  expect(text).toContain('No access')
  expect(text).not.toContain('very-secret')
})

describe('at a supply that makes none', () => {
  const claude = { name: 'claude', type: 'anthropic' } as const
  const none = (name: string) => expect.stringContaining(`${name} makes no embeddings`)

  it('are refused before any call, with its name', async () => {
    trial = await startSupplies(['claude'], { settings: { claude } })
    const { status, text } = await embed('claude/m').answer
    expect([status, JSON.parse(text)]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error', code: 'embeddings-unsupported', message: none('claude') } },
    ])
    expect(trial.calls).toEqual([])
  })

  it('go past it to the next target of an alias', async () => {
    const targets = ['claude', 'two'].map((provider, order) => ({ provider, model: 'm', order }))
    trial = await startSupplies(['claude', 'two'], { settings: { claude }, aliases: [{ name: 'vectors', targets }] })
    trial.script('two', (response) => json(response, 200, vectors))
    const { status, headers } = await embed('vectors').answer
    expect([status, headers['x-crossfeed-provider']]).toEqual([200, 'two'])
    expect(trial.calls).toEqual(['two'])
  })

  it('are asked for all the same where its owner says that the model makes them', async () => {
    const models = { vectors: { wireModel: 'm', embeddings: true } }
    trial = await startSupplies(['claude'], { settings: { claude: { ...claude, models } } })
    trial.script('claude', (response) => json(response, 200, vectors))
    expect((await embed('claude/vectors').answer).status).toBe(200)
    expect((await embed('claude/other').answer).status).toBe(400)
  })
})
