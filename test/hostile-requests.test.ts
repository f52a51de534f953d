import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGateway, type TestGateway } from './gateway.ts'

// Whoever can reach the port must not be able to end the gateway, whatever it sends.
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway('http://127.0.0.1:9')
})
afterAll(() => gateway.close())

const head = 'host: 127.0.0.1\r\n'
const upgrade = (to: string): string => `GET / HTTP/1.1\r\n${head}connection: Upgrade\r\nupgrade: ${to}\r\n\r\n`

/** All that comes back for the bytes, until the other side or `leave` closes. */
async function exchange(bytes: string, leave = false): Promise<string> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk))
  await once(socket, 'connect')
  socket.write(bytes)
  if (leave) socket.resetAndDestroy()
  await once(socket, 'close')
  return answer
}

async function isAlive(): Promise<boolean> {
  return (await fetch(gateway.url)).status === 200
}

test('a client that leaves while its upgrade is refused ends nothing', async () => {
  for (let count = 0; count < 50; count++) await exchange(upgrade('websocket'), true)
  expect(await isAlive()).toBe(true)
})

test('a path of nothing but slashes is the root', async () => {
  const answer = await exchange(`GET ${'/'.repeat(15_000)} HTTP/1.1\r\n${head}connection: close\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  expect(await isAlive()).toBe(true)
})

test('slashes at the end of a path are as good as none', async () => {
  expect((await fetch(`${gateway.url}/health/live/`)).status).toBe(200)
  expect((await fetch(`${gateway.url}/health/live//`)).status).toBe(200)
})

test('an offer of HTTP/2 in plain text is passed over, as every Java client makes it', async () => {
  const offer = upgrade('h2c').replace('Upgrade\r\n', 'Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABk\r\n')
  expect(await exchange(offer)).toMatch(/^HTTP\/1\.1 200 /)
})

test('a WebSocket is refused in the words that send Codex to HTTP', async () => {
  expect(await exchange(upgrade('websocket'))).toMatch(/^HTTP\/1\.1 426 /)
  expect(await exchange(upgrade('WebSocket'))).toMatch(/^HTTP\/1\.1 426 /)
})

test('the name of a content coding is read in any case, as HTTP has it', async () => {
  for (const coding of ['gzip', 'GZIP', 'x-gzip']) {
    const answer = await fetch(`${gateway.url}/v1/messages/count_tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': coding },
      body: gzipSync('[]'),
    })
    expect(await answer.text()).toContain('must be a JSON object')
  }
})

test.each(['/v1/responses', '/v1/messages/count_tokens'])(
  'a byte order mark before a body, as files of Windows have it, is passed over: %s',
  async (path) => {
    for (const coding of ['identity', 'gzip']) {
      const bytes = Buffer.from('\ufeff{}')
      const answer = await fetch(gateway.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': coding },
        body: coding === 'gzip' ? gzipSync(bytes) : bytes,
      })
      expect(await answer.text()).toContain('model: ')
    }
  },
)

test.each(['/v1/responses', '/v1/messages', '/v1/chat/completions', '/v1/messages/count_tokens'])(
  'a body of lists in lists is an answer, not an end: %s',
  async (path) => {
    const deep = '['.repeat(60_000) + ']'.repeat(60_000)
    const body = `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":${deep}}],"input":${deep}}`
    const answer = await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await answer.json()).toHaveProperty('error.message')
    expect(await isAlive()).toBe(true)
  },
)

test.each([
  [{ messages: [] }, 'model'],
  [{ model: 'm' }, 'messages'],
  [{ model: 'm', messages: 'hi' }, 'messages'],
])('a count of what is no request is refused: %j', async (body, member) => {
  const answer = await fetch(`${gateway.url}/v1/messages/count_tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(`${member}:`)])
})

test.each([
  ['http://127.0.0.1/health/live?x', '', 200],
  ['http://localhost:4141', '', 200],
  ['HTTP://127.0.0.1/v1/nothing', '', 404],
  // What the target names counts, in both directions (RFC 9112, 3.2.2).
  ['http://127.0.0.1/health/live', 'evil.example', 200],
  ['http://evil.example/health/live', '127.0.0.1', 403],
  ['http:///health/live', '127.0.0.1', 403],
  ['ftp://127.0.0.1/health/live', '127.0.0.1', 404],
])('a target that is a whole address, %s, is read as one', async (target, host, status) => {
  const name = host === '' ? '127.0.0.1' : host
  const answer = await exchange(`GET ${target} HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`)
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
})
