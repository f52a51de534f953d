import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { createTokenCounter, type Engine } from '@crossfeed/engine'
import { afterEach, describe, expect, test } from 'vitest'
import { createAccess } from '../access/access.ts'
import { createLog } from '../observe/log.ts'
import { createRequestIds } from './request-id.ts'
import { createModelServer } from './server.ts'
import type { SurfaceParts } from './surface.ts'
import { createUnderWay } from './under-way.ts'

const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

/** A server whose engine must not be reached, and what it logs. */
async function start(changes: Partial<SurfaceParts> = {}): Promise<{ port: number; url: string; log: () => string }> {
  const stream = new PassThrough()
  let log = ''
  stream.on('data', (text: Buffer) => (log += text.toString()))
  const engine = {
    isReady: () => false,
    run(_call: unknown, out: Parameters<Engine['run']>[1]) {
      out.begin(200, {})
      out.end('{}')
      return { cancel() {}, abort() {}, drained() {} }
    },
    findModel: async () => undefined,
    nearestModels: () => ['gpt-5.2', 'gpt-5.4'],
    // The requests of these tests are refused before any other member of an engine is asked for.
  } as unknown as Engine
  const tokens = createTokenCounter()
  const server = createModelServer({
    engine,
    access: createAccess({
      host: '127.0.0.1',
      apiKeys: ['secret-key'],
      adminApiKey: undefined,
      corsOrigins: [],
      allowedHosts: [],
    }),
    tokens,
    log: createLog({ level: 'info', pretty: true, stream }),
    underWay: createUnderWay(),
    bodyLimit: 100_000,
    newRequestId: createRequestIds(),
    ...changes,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    server.closeAllConnections()
    server.close()
    void tokens.close()
  })
  const { port } = server.address() as AddressInfo // it listens
  return { port, url: `http://127.0.0.1:${port}`, log: () => log }
}

const key = { 'x-api-key': 'secret-key', 'content-type': 'application/json' }
const json = { 'content-type': 'application/json' }

describe('a request that is refused before the engine leaves its line', () => {
  test.each([
    ['/v1/messages?beta=private', json, '{}', 401, 'unauthorized'],
    ['/v1/messages', { ...key, origin: 'https://evil.example' }, '{}', 403, 'foreign-origin'],
    ['/v1/nothing', key, '{}', 404, 'no-such-path'],
    ['/v1/models', key, '{}', 405, 'method-not-allowed'],
    ['/v1/messages', key, '"private" no JSON', 400, 'body-invalid'],
    ['/v1/chat/completions', key, `"${'x'.repeat(100_000)}"`, 413, 'body-too-large'],
    ['/v1/responses', { ...key, 'content-encoding': 'rot13' }, '{}', 415, 'body-coding'],
    ['/v1/messages/count_tokens', key, '{"messages": "private"}', 400, 'invalid-member'],
  ])('POST %s with %o', async (path, headers, body, status, reason) => {
    const { url, log } = await start()
    const answer = await fetch(url + path, { method: 'POST', headers, body })
    expect(answer.status).toBe(status)
    const id = answer.headers.get('x-crossfeed-request-id') ?? 'none'
    const [line = '', ...others] = log().trim().split('\n')
    expect(line).toMatch(`✕  POST  ${path.split('?')[0]}  ${status}  `)
    expect(line).toContain(`"${reason}"  ${id}`)
    expect(others).toEqual([])
    expect(log()).not.toMatch(/private|secret-key/)
  })

  test('so does one whose client leaves in the middle of its body', async () => {
    const { port, log } = await start()
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: secret-key\r\ncontent-length: 50\r\n\r\n{`,
    )
    await once(socket, 'connect')
    await expect.poll(() => (socket.write(' '), socket.bytesWritten)).toBeGreaterThan(0)
    socket.destroy()
    await expect.poll(log).toContain('"cancelled"')
    expect(log()).toContain('✕  POST  /v1/messages  499')
  })
})

test('a model that is not there is answered with the nearest names', async () => {
  const { url } = await start()
  const answer = await fetch(`${url}/v1/models/gpt-5.3`, { headers: key })
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({
    error: {
      code: 'model_not_found',
      message: 'No model called gpt-5.3. Nearest: gpt-5.2, gpt-5.4. Run: crossfeed models',
    },
  })
})

describe('a body that does not end', () => {
  const head = (path: string, length: number, more = ''): string =>
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: secret-key\r\n${more}content-length: ${length}\r\n\r\n`

  /** Sends `head` and the pieces, 20 ms apart, for as long as the server listens; resolves with all that it said. */
  async function send(port: number, first: string, pieces: readonly string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('data', (bytes) => (said += bytes.toString()))
    socket.on('error', () => {}) // the server may close first
    // Not `once`, which rejects at an error.
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write(first)
    const rest = [...pieces]
    const timer = setInterval(() => {
      const piece = rest.shift()
      if (piece !== undefined && socket.writable) socket.write(piece)
    }, 20)
    await closed
    clearInterval(timer)
    return said
  }
  const trickle = Array.from({ length: 1000 }, () => ' ')

  test.each([
    ['/v1/messages', '"type":"error"'],
    ['/v1/responses', '"code":"body-too-slow"'],
    ['/v1/chat/completions', '"code":"body-too-slow"'],
  ])('is answered with 408 in the protocol of %s, and its connection ends', async (path, words) => {
    const { port, log } = await start({ uploadTime: { grace: 100, bytesPerSecond: 1000 } })
    const said = await send(port, head(path, 5000), trickle)
    expect(said).toMatch(/^HTTP\/1\.1 408 /)
    expect(said).toContain(words)
    expect(log()).toMatch(/408 .*"body-too-slow"/)
    expect(log().trim().split('\n')).toHaveLength(1)
  })

  test('ends its connection also when the request is refused already', async () => {
    const { port } = await start({ uploadTime: { grace: 100, bytesPerSecond: 1000 } })
    expect(await send(port, head('/v1/nothing', 5000), trickle)).toMatch(/^HTTP\/1\.1 404 /)
    expect(await send(port, head('/v1/messages', 5_000_000), trickle)).toMatch(/^HTTP\/1\.1 413 /)
  })

  test('that never ends is refused where it passes the limit, and its connection ends although it moves', async () => {
    const { port, log } = await start({ bodyLimit: 100, uploadTime: { grace: 150, bytesPerSecond: 1 } })
    const first = head('/v1/messages', 0).replace('content-length: 0', 'transfer-encoding: chunked')
    const said = await send(
      port,
      first,
      trickle.map(() => `40\r\n${' '.repeat(64)}\r\n`),
    )
    expect(said).toMatch(/^HTTP\/1\.1 413 /)
    expect(log().trim().split('\n')).toHaveLength(1)
  })

  test('is not one that moves, however long it takes', async () => {
    const { port } = await start({ uploadTime: { grace: 100, bytesPerSecond: 10 } })
    const body = `{"model":"m"${' '.repeat(480)}}`
    const pieces = Array.from({ length: 20 }, (_, at) => body.slice(at * 25, at * 25 + 25))
    const said = await send(port, head('/v1/messages', body.length, 'connection: close\r\n'), pieces)
    expect(said).toMatch(/^HTTP\/1\.1 200 /)
  })
})
