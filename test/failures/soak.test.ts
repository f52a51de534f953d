import { Agent, request as httpRequest } from 'node:http'
import { createEmulator } from '@crossfeed/emulator'
import { expect, test } from 'vitest'
import { heapAfter, waiting } from './leftovers.ts'
import { startWatchedGateway } from './watched-gateway.ts'

// A few thousand requests of every kind through one gateway. What a request leaves behind, such as a listener, a timer or an
// entry in a table, shows as memory that grows with their number, and as something that still waits at the end.

const count = 3000
const atOnce = 24
/** More than what tables that are meant to fill up take, and less than 3 KB a request. */
const mostGrowth = 8 * 1024 * 1024

type Kind = (nth: number) => { readonly path: string; readonly body: string; readonly leave?: boolean }
const models = ['gpt-4.1', 'gpt-5.3-codex', 'claude-opus-4.6']
const modelOf = (nth: number): string => models[Math.floor(nth / 7) % models.length] ?? 'gpt-4.1'
const text = (nth: number): string => `question ${nth} ${'word '.repeat(nth % 200)}`
const ask = (path: string, nth: number, more: object): { path: string; body: string } => ({
  path,
  body: JSON.stringify({ model: modelOf(nth), ...more }),
})
const talk = (nth: number): object => ({ max_tokens: 99, messages: [{ role: 'user', content: text(nth) }] })

const kinds: readonly Kind[] = [
  (nth) => ask('/v1/chat/completions', nth, { stream: true, ...talk(nth) }),
  (nth) => ask('/v1/messages', nth, { stream: true, ...talk(nth) }),
  (nth) => ask('/v1/responses', nth, { stream: true, input: text(nth) }),
  (nth) => ask('/v1/chat/completions', nth, talk(nth)),
  (nth) => ask('/v1/messages', nth, talk(nth)),
  (nth) => ask('/v1/responses', nth, { input: text(nth) }),
  (nth) => ({ ...ask('/v1/messages', nth, { stream: true, ...talk(nth) }), leave: true }),
  (nth) => ask('/v1/messages', nth, { ...talk(nth), model: `no-such-model-${nth}` }),
  (nth) => ({ path: '/v1/responses', body: `{"broken": ${nth}` }),
  (nth) => ({ path: `/v1/nothing/${nth}`, body: '{}' }),
]

test('thousands of mixed requests leave no memory and nothing that waits', { timeout: 60_000 }, async () => {
  const waitingBefore = waiting()
  const emulator = createEmulator()
  const gateway = await startWatchedGateway((await emulator.start()).url)
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const statuses = new Map<number, number>()

  const one = (nth: number): Promise<void> => {
    const kind = kinds[nth % kinds.length]
    if (!kind) return Promise.resolve()
    const { path, body, leave } = kind(nth)
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const request = httpRequest(gateway.url + path, { method: 'POST', agent, headers }, (answer) => {
        statuses.set(answer.statusCode ?? 0, (statuses.get(answer.statusCode ?? 0) ?? 0) + 1)
        if (leave) answer.once('data', () => request.destroy())
        answer.resume()
        answer.on('close', resolve)
      })
      request.on('error', (error) => (leave ? resolve() : reject(error)))
      request.end(body)
    })
  }
  const run = heapAfter(one, atOnce, () => {
    gateway.lines.length = 0
    emulator.clear()
  })

  const warm = await run(count / 5)
  const end = await run(count)
  expect(end - warm).toBeLessThan(mostGrowth)
  expect(Object.fromEntries(statuses)).toEqual({
    200: expect.any(Number),
    400: (count * 6) / 5 / kinds.length,
    404: ((count * 6) / 5 / kinds.length) * 2,
  })

  agent.destroy()
  await gateway.close()
  await emulator.stop()
  await expect.poll(waiting, { timeout: 5000 }).toEqual(waitingBefore)
})
