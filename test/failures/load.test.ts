import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Agent, request as httpRequest } from 'node:http'
import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, expect, test } from 'vitest'
import {
  answerJson,
  firstWord,
  serve,
  startFailingServer,
  type AnswerCall,
  type FailingServer,
} from './failing-server.ts'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

const atOnce = 24

setFlagsFromString('--expose-gc')
// The flag makes the function appear in contexts that are made after it.
const collect: () => void = runInNewContext('gc')

let upstream: FailingServer
let gateway: WatchedGateway
const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
afterEach(async () => {
  await gateway.close()
  await upstream.close()
})

interface Answered {
  readonly status: number
  readonly text: string
}

function ask(path: string, body: JsonObject, leave = false): Promise<Answered | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const request = httpRequest(gateway.url + path, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      if (leave) answer.once('data', () => request.destroy())
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('error', () => resolve(undefined))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    request.on('error', (error) => (leave ? resolve(undefined) : reject(error)))
    request.end(JSON.stringify(body))
  })
}

/** What became of a request. */
function fateOf(answer: Answered | undefined): string {
  if (answer === undefined) return 'left'
  const hasError = answer.text.includes('"error"')
  if (answer.status !== 200) return hasError ? 'refused' : 'nothing'
  if (!answer.text.includes('Hello')) return 'nothing'
  return hasError ? 'broken off' : 'served'
}

/** Sends `count` requests, so many at once. */
async function run(count: number, one: (nth: number) => Promise<void>): Promise<void> {
  let sent = 0
  const lane = async (): Promise<void> => {
    while (sent < count) await one(sent++)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}

/** Numbers between 0 and 1, the same ones each time (a linear congruential generator). */
function createChance(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32
}

const providers = (url: string) =>
  ['a', 'b', 'c'].map((name) => ({ name, type: 'compatible' as const, baseUrl: `${url}/${name}/v1`, apiKey: 'k-1' }))
const talk = (model: string, stream: boolean): JsonObject => ({
  model,
  stream,
  max_tokens: 9,
  messages: [{ role: 'user', content: 'hi' }],
})

test(
  'two thousand requests over three targets that fail at random all end as they should',
  { timeout: 60_000 },
  async () => {
    const chance = createChance(7)
    const refuse =
      (status: number, headers: Record<string, string> = {}): AnswerCall =>
      (response) =>
        answerJson(response, status, { error: { message: 'no', code: 'odd' } }, headers)
    const mishaps: readonly AnswerCall[] = [
      refuse(429, { 'retry-after': '60' }),
      refuse(503, { 'retry-after': '0' }),
      refuse(404),
      refuse(200),
      (response) => void response.socket?.resetAndDestroy(),
      (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"choi'),
      (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
      (response, { protocol }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        if (protocol !== 'embeddings') response.write(firstWord(protocol))
        setTimeout(() => response.socket?.resetAndDestroy(), 5)
      },
    ]
    upstream = await startFailingServer((response, call) => {
      const mishap = chance() < 0.4 ? mishaps[Math.floor(chance() * mishaps.length)] : undefined
      if (mishap) mishap(response, call)
      else serve(response, call)
    })
    const targets = ['a', 'b', 'c'].map((provider) => ({ provider, model: 'm' }))
    gateway = await startWatchedGateway(upstream.url, {
      copilot: false,
      providers: providers(upstream.url),
      aliases: [{ name: 'any', targets }],
      coolDown: { allowedFails: 3, coolDownMs: 20 },
      maxConcurrent: 6,
    })
    const requests = 2000
    const seen: Record<string, number> = {}
    await run(requests, async (nth) => {
      const stream = nth % 2 === 0
      const path = nth % 3 === 0 ? '/v1/messages' : '/v1/chat/completions'
      const answer = await ask(path, talk('any', stream), nth % 50 === 0)
      const what = fateOf(answer)
      seen[what] = (seen[what] ?? 0) + 1
      // Whoever was not served was told so; nobody has an answer of nothing.
      expect(what, answer?.text).not.toBe('nothing')
    })
    expect(Object.values(seen).reduce((sum, one) => sum + one, 0)).toBe(requests)
    expect(seen['served']).toBeGreaterThan(requests * 0.6)
    await expect.poll(() => gateway.lines.length, { timeout: 10_000 }).toBe(requests)
    expect(upstream.calls.length).toBeLessThanOrEqual(requests * 5)
    // All turns were given back: more than there are at once are served one after the other.
    const free = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => ask('/v1/chat/completions', talk(`${'abc'[nth % 3]}/m`, true))),
    )
    expect(free).toHaveLength(20)
  },
)

test('names that clients make up leave no memory', { timeout: 60_000 }, async () => {
  upstream = await startFailingServer((response, call) => {
    if (call.model.startsWith('no'))
      answerJson(response, 404, { error: { message: 'no such model', code: 'model_not_found' } })
    else serve(response, call)
  })
  gateway = await startWatchedGateway(upstream.url, {
    copilot: false,
    providers: providers(upstream.url),
    aliases: [{ name: 'any', targets: [{ provider: 'a', model: 'm' }] }],
  })
  const letters = 'x'.repeat(4000)
  const one = async (nth: number): Promise<void> => {
    const name = `${Math.floor(nth / 6) % 2 === 0 ? 'no' : 'yes'}-${nth}-${letters}`
    const input = { input: 'hi' }
    const [path, body] = (
      [
        ['/v1/chat/completions', talk(`a/${name}`, true)],
        ['/b/v1/messages', talk(name, false)],
        [`/${name}/v1/messages`, talk('m', true)],
        ['/v1/messages', talk(name, true)],
        ['/v1/responses', { model: `provider-${nth}/${name}`, ...input }],
        ['/v1/embeddings', { model: `c/${name}`, ...input }],
      ] as const
    )[nth % 6] ?? ['', {}]
    const answer = await ask(path, body)
    expect([200, 404]).toContain(answer?.status)
  }
  const heapAfter = async (count: number, from: number): Promise<number> => {
    await run(count, (nth) => one(from + nth))
    gateway.lines.length = 0
    upstream.calls.length = 0
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    return process.memoryUsage().heapUsed
  }
  // Tables fill up to their bounds first. One name more for every sixth request would be 2.6 MB.
  const warm = await heapAfter(4000, 0)
  const end = await heapAfter(4000, 4000)
  expect(end - warm).toBeLessThan(2 * 1024 * 1024)
})
