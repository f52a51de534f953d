import { messages, type JsonObject } from '@crossfeed/protocols'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientCall } from './client.ts'
import { startTrial, type Trial } from './trial.test-support.ts'

let trial: Trial
beforeAll(async () => {
  trial = await startTrial()
})
afterAll(() => trial.close())

const call = (body: JsonObject, provider?: string): ClientCall => ({
  protocol: messages,
  body,
  raw: Buffer.from(JSON.stringify(body)),
  headers: {},
  path: '/v1/messages',
  provider,
  requestId: 'r',
})
const hello = { max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] }

it('tells plan, address, body and losses of a request, and sends nothing', async () => {
  const { stops, alias } = await trial.engine.explain(call({ ...hello, model: 'only-chat', top_k: 5 }))
  expect(alias).toBeUndefined()
  expect(stops).toMatchObject([
    {
      provider: 'copilot',
      model: 'only-chat',
      turn: 'first',
      plan: { mode: 'translate', from: 'messages', to: 'chat' },
      body: { model: 'only-chat', messages: [{ role: 'user', content: 'Hello' }] },
      losses: [{ path: 'sampling.topK' }],
    },
  ])
  expect(stops[0]?.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/chat\/completions$/)
  expect(trial.calls).toEqual([])
  expect(trial.records).toEqual([])
})

it('tells of a relay', async () => {
  const { stops } = await trial.engine.explain(call({ ...hello, model: 'only-messages' }))
  expect(stops).toMatchObject([{ plan: { mode: 'relay', to: 'messages' }, losses: [] }])
})

it('refuses a name that leads nowhere as the request would be refused', async () => {
  await expect(trial.engine.explain(call({ ...hello, model: 'nope' }))).rejects.toMatchObject({
    reason: 'model-not-found',
  })
  await expect(trial.engine.explain(call({ ...hello, model: 'nope' }, 'who'))).rejects.toMatchObject({
    reason: 'provider-not-found',
  })
})

it('tells why a model cannot answer', async () => {
  const { stops } = await trial.engine.explain(call({ ...hello, model: 'embed-1' }))
  expect(stops[0]?.refusal?.reason).toBe('model-not-conversational')
})
