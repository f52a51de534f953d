import { once } from 'node:events'
import { createEmulator, type Emulator, type RecordedRequest, type ScenarioStep } from '@crossfeed/emulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { post, startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

let emulator: Emulator
let gateway: WatchedGateway
beforeEach(async () => {
  emulator = createEmulator()
  gateway = await startWatchedGateway((await emulator.start()).url)
})
afterEach(async () => {
  await gateway.close()
  await emulator.stop()
})

const long = 600_000
const models = { chat: 'gpt-4.1', responses: 'gpt-5.3-codex', messages: 'claude-opus-4.6' } as const
type Name = keyof typeof models
const paths: Record<Name, string> = { chat: '/chat/completions', responses: '/responses', messages: '/messages' }
const pairs = (['chat', 'responses', 'messages'] as const).flatMap((client) =>
  (['chat', 'responses', 'messages'] as const).map((served) => [client, served] as const),
)

function body(client: Name, served: Name, stream: boolean): object {
  const model = models[served]
  if (client === 'responses') return { model, stream, input: 'hi' }
  return { model, stream, max_tokens: 99, messages: [{ role: 'user', content: 'hi' }] }
}
const modelCalls = (): readonly RecordedRequest[] =>
  emulator.requests().filter((one) => one.method === 'POST' && !one.path.startsWith('/copilot_internal'))

/** The client asks, waits until `when`, and leaves. Then the upstream must have been left, once, and nobody asked again. */
async function leave(
  client: Name,
  served: Name,
  stream: boolean,
  step: ScenarioStep,
  afterWord: boolean,
): Promise<void> {
  await fetch(`${gateway.url}/v1/models`).then((answer) => answer.text())
  emulator.play([{ ...step, times: 0 }])
  const { request, answer } = post(`${gateway.url}/v1${paths[client]}`, body(client, served, stream))
  answer.catch(() => undefined)
  if (afterWord) {
    const [chunk] = await once(await answer, 'data')
    expect(String(chunk)).toContain('data:')
  } else await expect.poll(() => modelCalls().length, { timeout: 10_000 }).toBe(1)
  request.destroy()
  await expect.poll(() => modelCalls()[0]?.aborted, { timeout: 5000 }).toBe(true)
  await expect.poll(() => gateway.lines, { timeout: 10_000 }).toMatchObject([{ error: 'cancelled' }])
  expect(modelCalls()).toHaveLength(1)
}

describe.each(pairs)('a %s client that leaves, of a model that speaks %s', (client, served) => {
  test('before the first byte of a stream', () =>
    leave(client, served, true, { text: 'Hi', delay: { headers: long } }, false))
  test('before the first byte of a whole answer', () =>
    leave(client, served, false, { text: 'Hi', delay: { headers: long } }, false))
  test('in the middle of a stream', () =>
    leave(
      client,
      served,
      true,
      { text: Array.from({ length: 40 }, () => 'word '), delay: { silence: { afterEvents: 12, ms: long } } },
      true,
    ))
  test('after the headers of a whole answer', () =>
    leave(client, served, false, { text: 'Hi', delay: { silence: { afterEvents: 0, ms: long } } }, false))
})

test('a client that leaves while the sign-in is made is not served after it', async () => {
  emulator.play([{ when: { path: '/copilot_internal/v2/token' }, delay: { headers: 300 }, status: 500, body: {} }])
  const { request, answer } = post(`${gateway.url}/v1/messages`, body('messages', 'messages', true))
  answer.catch(() => undefined)
  await expect
    .poll(() => emulator.requests().filter((one) => one.path.endsWith('/token')).length, { timeout: 10_000 })
    .toBe(1)
  request.destroy()
  await expect.poll(() => gateway.lines, { timeout: 10_000 }).toMatchObject([{ error: 'cancelled', status: 499 }])
  await fetch(`${gateway.url}/v1/models`).then((other) => other.text())
  expect(modelCalls()).toEqual([])
  expect(gateway.lines.filter((line) => line.method === 'POST')).toHaveLength(1)
})

test('embeddings whose client leaves are cancelled', async () => {
  emulator.play([{ when: { path: '/embeddings' }, delay: { headers: long }, status: 200, body: {} }])
  const { request, answer } = post(`${gateway.url}/v1/embeddings`, { model: 'text-embedding-3-small', input: ['hi'] })
  answer.catch(() => undefined)
  await expect.poll(() => modelCalls().length, { timeout: 10_000 }).toBe(1)
  request.destroy()
  await expect.poll(() => modelCalls()[0]?.aborted, { timeout: 5000 }).toBe(true)
  expect(gateway.lines).toMatchObject([{ error: 'cancelled' }])
})
