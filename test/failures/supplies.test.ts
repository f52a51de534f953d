import type { ServerResponse } from 'node:http'
import { createOAuthStore } from '@crossfeed/engine'
import { asObject, parseObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Settings } from '../../packages/gateway/src/index.ts'
import { readStream } from '../read-stream.ts'
import {
  answerJson,
  errorIn,
  firstWord,
  serve,
  startFailingServer,
  streamError,
  whole,
  type FailingServer,
  type ModelCall,
} from './failing-server.ts'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

// Every kind of supply fails in every way, for every client; the failure is named by the model that is asked for. All of
// it happens at once in one gateway, so that failures are also seen not to meddle with each other.

const saidWhy = 'Pelicans are on strike'
const secrets: Readonly<Record<string, string>> = {
  openai: 'sk-openai-0123456789',
  azure: 'azure-key-0123456789',
  foundry: 'foundry-token-0123456789',
  anthropic: 'sk-ant-key-0123456789',
  ollama: 'ollama-key-0123456789',
  vllm: 'vllm-key-0123456789',
  codex: 'codex-access-0123456789',
}
const supplies = Object.keys(secrets)
const clients = ['chat', 'responses', 'messages'] as const
const paths = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' } as const

/** What the upstream says; it repeats the key, as some do. */
const words = (call: ModelCall): string => `${saidWhy} (key ${call.secret})`
const body = (call: ModelCall): JsonObject =>
  call.protocol === 'messages'
    ? { type: 'error', error: { type: 'api_error', message: words(call) } }
    : { error: { message: words(call), type: 'odd_error', code: 'odd', param: null } }
const refuse =
  (status: number, headers: Record<string, string> = {}): Failure['play'] =>
  (response, call) =>
    answerJson(response, status, body(call), headers)
const page = (response: ServerResponse, status: number): void =>
  void response
    .writeHead(status, { 'content-type': 'text/html' })
    .end(`<html><head><title>${saidWhy}</title></head><body><h1>${saidWhy}</h1></body></html>`)

interface Failure {
  readonly play: (response: ServerResponse, call: ModelCall) => void
  readonly status: number
  /** Upstream calls of one request of which nothing was delivered; 1 by default. */
  readonly calls?: number
  /** Whether the upstream said why; it does by default. */
  readonly said?: false
  /** Only a stream that has begun can fail so: its client has seen a word. */
  readonly begun?: true
  /** Seconds that the client is told to wait. */
  readonly retryAfter?: string
  /** The request is at fault, so that the upstream's words are all there is to say. */
  readonly ownFault?: true
}

const used = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-limit-requests': '9' }
const failures: Readonly<Record<string, Failure>> = {
  '400': { play: refuse(400), status: 400, ownFault: true },
  '401': { play: refuse(401), status: 401 },
  '402': { play: refuse(402), status: 402 },
  '403': { play: refuse(403), status: 403 },
  '404': { play: refuse(404), status: 404 },
  '404-page': { play: (response) => page(response, 404), status: 404 },
  '413': { play: refuse(413), status: 413, ownFault: true },
  '429': { play: refuse(429), status: 429 },
  '429-seconds': { play: refuse(429, { 'retry-after': '40' }), status: 429, retryAfter: '40' },
  '429-soon': { play: refuse(429, { 'retry-after': '1' }), status: 429, retryAfter: '1', calls: 2 },
  '429-date': {
    play: (response, call) =>
      refuse(429, { 'retry-after': new Date(Date.now() + 3600_000).toUTCString() })(response, call),
    status: 429,
    retryAfter: '3600',
  },
  '429-ms': { play: refuse(429, { 'retry-after-ms': '40500' }), status: 429, retryAfter: '41' },
  '429-reset': { play: refuse(429, { ...used, 'x-ratelimit-reset-requests': '45s' }), status: 429, retryAfter: '45' },
  '500': { play: refuse(500), status: 500, calls: 2 },
  '502-page': { play: (response) => page(response, 502), status: 502, calls: 2 },
  '503': { play: refuse(503), status: 503, calls: 2 },
  '529': { play: refuse(529), status: 529, calls: 2 },
  empty: { play: (response) => response.writeHead(200).end(), status: 502, said: false },
  truncated: {
    play: (response, call) => {
      const text = call.protocol === 'embeddings' ? '' : JSON.stringify(whole(call.protocol))
      response.writeHead(200, { 'content-type': 'application/json' }).end(text.slice(0, text.length / 2))
    },
    status: 502,
    said: false,
  },
  'error-under-200': { play: refuse(200), status: 502, calls: 2 },
  'wrong-type': { play: (response) => page(response, 200), status: 502, said: false },
  redirect: {
    play: (response) => response.writeHead(307, { location: 'https://elsewhere.example/x?hush=1' }).end(),
    status: 502,
    said: false,
  },
  silent: { play: () => {}, status: 504, said: false },
  'silent-stream': { play: speak(() => {}), status: 504, said: false, begun: true },
  cut: { play: speak((response) => response.socket?.resetAndDestroy()), status: 502, said: false, begun: true },
  'ends-early': { play: speak((response) => response.end()), status: 502, said: false, begun: true },
  'cut-before-a-word': {
    play: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      setTimeout(() => response.socket?.resetAndDestroy(), 20)
    },
    status: 502,
    said: false,
  },
  'error-in-the-stream': {
    play: speak((response, call) => response.end(streamError(spoken(call), { message: words(call) }))),
    status: 502,
    begun: true,
    calls: 2,
  },
  'error-first-in-the-stream': {
    play: (response, call) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(streamError(spoken(call), { message: words(call) }))
    },
    status: 502,
    calls: 2,
  },
}

function spoken(call: ModelCall): ProtocolId {
  if (call.protocol === 'embeddings') throw new Error('not asked for here')
  return call.protocol
}

/** Answers with a stream that has a word, and what `then` does after it. */
function speak(then: (response: ServerResponse, call: ModelCall) => void): Failure['play'] {
  return (response, call) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(firstWord(spoken(call)))
    setTimeout(() => then(response, call), 20)
  }
}

let upstream: FailingServer
let gateway: WatchedGateway
beforeAll(async () => {
  upstream = await startFailingServer((response, call) => {
    const failure = failures[call.model.split('~')[0] ?? '']
    if (failure) failure.play(response, call)
    else serve(response, call)
  })
  gateway = await startSupplies(upstream.url)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

function startSupplies(url: string): Promise<WatchedGateway> {
  const { openai, azure, foundry, anthropic, ollama, vllm, codex = '' } = secrets
  const changes: Partial<Settings> = {
    copilot: false,
    providers: [
      { name: 'openai', type: 'openai', baseUrl: `${url}/openai/v1`, apiKey: openai },
      { name: 'azure', type: 'azure', baseUrl: `${url}/azure`, apiKey: azure },
      { name: 'foundry', type: 'azure', baseUrl: `${url}/foundry`, bearerToken: foundry },
      { name: 'anthropic', type: 'anthropic', baseUrl: `${url}/anthropic`, apiKey: anthropic },
      { name: 'ollama', type: 'ollama', baseUrl: `${url}/ollama/v1`, apiKey: ollama },
      { name: 'vllm', type: 'compatible', baseUrl: `${url}/vllm/v1`, apiKey: vllm },
    ],
    codex: [{ name: 'codex' }],
    upstreams: { codexAuth: url, codex: `${url}/codex` },
    timeouts: { connect: 2000, headers: 2000, idle: 1000 },
  }
  return startWatchedGateway(url, changes, async (home) => {
    const times = { obtainedAt: Date.now(), expiresAt: Date.now() + 3600_000 }
    const key = { provider: 'codex', host: new URL(url).host }
    await createOAuthStore(home).save({ ...key, ...times, accessToken: codex, refreshToken: 'rt', idToken: '' })
  })
}

interface Asked {
  readonly supply: string
  readonly client: ProtocolId
  readonly stream: boolean
  readonly model: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

let count = 0

async function ask(failure: string, supply: string, client: ProtocolId, stream: boolean): Promise<Asked> {
  const model = `${failure}~${++count}`
  const turns =
    client === 'responses' ? { input: 'hi' } : { max_tokens: 99, messages: [{ role: 'user', content: 'hi' }] }
  const answer = await fetch(gateway.url + paths[client], {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: `${supply}/${model}`, stream, ...turns }),
  })
  return { supply, client, stream, model, status: answer.status, headers: answer.headers, text: await answer.text() }
}

const everyWay = supplies.flatMap((supply) =>
  clients.flatMap((client) => [true, false].map((stream) => [supply, client, stream] as const)),
)

test.concurrent.each(Object.entries(failures))('%s, at every supply, for every client', async (name, failure) => {
  // A refused sign-in of ChatGPT is first renewed, which has tests of its own; and it tells its limits in another way.
  const ways = name === '401' || name === '429-reset' ? everyWay.filter(([supply]) => supply !== 'codex') : everyWay
  const all = await Promise.all(ways.map(([supply, client, stream]) => ask(name, supply, client, stream)))
  for (const asked of all) {
    const where = `${asked.client} client, stream ${asked.stream}, of ${asked.supply}: ${asked.status} ${asked.text}`
    const calls = upstream.calls.filter((call) => call.supply === asked.supply && call.model === asked.model)
    const brokeOff = failure.begun && asked.stream
    expect(calls.length, where).toBe(brokeOff ? 1 : (failure.calls ?? 1))
    expect(asked.headers.get('x-crossfeed-provider'), where).toBe(asked.supply)
    expect(asked.text, where).not.toContain(secrets[asked.supply])
    expect(asked.text, where).not.toContain('hush')
    if (failure.said !== false) expect(asked.text, where).toContain(saidWhy)
    if (brokeOff) expectBrokenStream(asked, where)
    else expectRefusal(asked, failure, where)
  }
})

function expectRefusal(asked: Asked, failure: Failure, where: string): void {
  expect(asked.status, where).toBe(failure.status)
  expect(asked.headers.get('content-type'), where).toContain('application/json')
  const body = parseObject(asked.text)
  const error = errorIn(body)
  expect(error, where).toMatchObject({ message: expect.any(String), type: expect.any(String) })
  if (asked.client === 'messages') expect(body, where).toMatchObject({ type: 'error', request_id: expect.any(String) })
  const wait = asked.headers.get('retry-after')
  if (failure.retryAfter === '3600') expect(Number(wait), where).toBeGreaterThan(3500)
  else expect(wait, where).toBe(failure.retryAfter ?? null)
  if (!failure.ownFault) {
    const address = `(${asked.supply}: ${upstream.url}/${asked.supply}/`
    expect(error?.['message'], where).toContain(address)
    expect(error?.['message'], where).toMatch(/\)\. [A-Z]/)
  }
}

function expectBrokenStream(asked: Asked, where: string): void {
  expect(asked.status, where).toBe(200)
  expect(asked.text, where).toContain('Hello')
  const events = readStream(asked.text).filter((event) => event !== '[DONE]')
  const last = asObject(events.at(-1) as JsonObject) // what is no object has no error either
  expect(errorIn(last), where).toMatchObject({ message: expect.any(String) })
  expect(asked.text, where).not.toMatch(/"response\.completed"|"message_stop"|"finish_reason":"stop"/)
}
