import { Agent, request as httpRequest } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createEmulator } from '@crossfeed/emulator'
import { expect, test } from 'vitest'
import { startWatchedGateway } from './watched-gateway.ts'

// A few thousand requests of every kind through one gateway. What a request leaves behind, such as a listener, a timer or an
// entry in a table, shows as memory that grows with their number, and as something that still waits at the end.

const count = 3000
const atOnce = 24
/** More than what tables that are meant to fill up take, and less than 3 KB a request. */
const mostGrowth = 8 * 1024 * 1024

setFlagsFromString('--expose-gc')
// The flag makes the function appear in contexts that are made after it.
const collect: () => void = runInNewContext('gc')

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
  /** The heap after `requests` more of them. */
  let sent = 0
  const run = async (requests: number): Promise<number> => {
    const until = sent + requests
    const lane = async (): Promise<void> => {
      while (sent < until) await one(sent++)
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    gateway.lines.length = 0
    emulator.clear()
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    return process.memoryUsage().heapUsed
  }

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

/** What keeps a process alive, counted by kind; the test runner's own are there before and after. */
function waiting(): Readonly<Record<string, number>> {
  const counted: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== 'Immediate' && kind !== 'Timeout') counted[kind] = (counted[kind] ?? 0) + 1
  return counted
}
