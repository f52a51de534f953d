import { mkdtemp, writeFile } from 'node:fs/promises'
import http2 from 'node:http2'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTransport } from './http.ts'
import type { Transport, TransportOptions } from './http.ts'
import { createSelfSigned } from './self-signed.test-support.ts'
import { createRecorder, listen } from './upstream.test-support.ts'
import type { Upstream } from './upstream.test-support.ts'

const identity = createSelfSigned('Corp Proxy CA')
let ca: string

beforeAll(async () => {
  ca = join(await mkdtemp(join(tmpdir(), 'crossfeed-ca-')), 'ca.pem')
  await writeFile(ca, identity.cert)
})

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function transport(options?: TransportOptions): Transport {
  const made = createTransport(options)
  open.unshift(made)
  return made
}

async function secureHttp1(): Promise<Upstream> {
  const upstream = await listen(
    https.createServer(identity, (_request, response) => response.end('hello')),
    'https',
  )
  open.push(upstream)
  return upstream
}

async function secureHttp2(handle: (stream: http2.ServerHttp2Stream) => void): Promise<Upstream> {
  const server = http2.createSecureServer(identity)
  server.on('stream', handle)
  const upstream = await listen(server, 'https')
  open.push(upstream)
  return upstream
}

describe('certificates', () => {
  it('refuses one that is not trusted, and names its issuer and what helps', async () => {
    const { origin } = await secureHttp1()
    await expect(transport().request({ method: 'GET', origin, path: '/', headers: {} })).rejects.toMatchObject({
      reason: 'network-tls',
      message: expect.stringMatching(/does not trust .*Issuer: Corp Proxy CA/),
      fix: expect.stringContaining('network.ca'),
    })
  })

  it('trusts those of a file', async () => {
    const { origin } = await secureHttp1()
    const answer = await transport({ ca }).request({ method: 'GET', origin, path: '/', headers: {} })
    expect(answer.body.toString()).toBe('hello')
  })

  it('says which file cannot be read', async () => {
    const { origin } = await secureHttp1()
    const way = transport({ ca: join(ca, '..', 'missing.pem') })
    await expect(way.request({ method: 'GET', origin, path: '/', headers: {} })).rejects.toMatchObject({
      reason: 'config-ca',
      message: expect.stringContaining('missing.pem'),
    })
  })

  it('says that plain text was spoken to a secure port', async () => {
    const { port } = await secureHttp1()
    const call = { method: 'GET', origin: `http://127.0.0.1:${port}`, path: '/', headers: {} } as const
    await expect(transport().request(call)).rejects.toMatchObject({ code: 'upstream' })
  })
})

describe('HTTP/2', () => {
  it('carries 1,000 streams at once', async () => {
    let count = 0
    let resolveAll = (): void => undefined
    const all = new Promise<void>((resolve) => (resolveAll = resolve))
    const { origin } = await secureHttp2((stream) => {
      stream.on('error', () => undefined)
      stream.respond({ ':status': 200 })
      stream.write('begun ')
      if (++count === 1000) resolveAll()
      void all.then(() => stream.end('ended'))
    })
    const way = transport({ ca })
    const sinks = Array.from({ length: 1000 }, () => {
      const sink = createRecorder()
      way.send({ method: 'POST', origin, path: '/', headers: { 'x-a': 'b' }, body: '{}' }, sink)
      return sink
    })
    const errors = await Promise.all(sinks.map((sink) => sink.done))
    expect(errors.filter((error) => error !== undefined)).toEqual([])
    expect(sinks.every((sink) => sink.body === 'begun ended')).toBe(true)
  })

  it('resets only the stream of a cancelled call', async () => {
    const closed = Promise.withResolvers<void>()
    const { origin, sockets } = await secureHttp2((stream) => {
      stream.on('error', () => undefined)
      stream.respond({ ':status': 200 })
      stream.write('begun')
      stream.on('close', () => closed.resolve())
    })
    const way = transport({ ca })
    const cancelled = createRecorder()
    const flight = way.send({ method: 'GET', origin, path: '/', headers: {} }, cancelled)
    await cancelled.bytes(5)
    const kept = createRecorder()
    way.send({ method: 'GET', origin, path: '/', headers: {} }, kept)
    await kept.bytes(5)
    flight.cancel()
    expect((await cancelled.done)?.code).toBe('cancelled')
    // The server never ends it.
    await closed.promise
    expect(kept.calls.at(-1)).toBe('data')
    expect(sockets.size).toBe(1)
  })

  it('repeats on a fresh connection what a session that went away had not answered', async () => {
    const sessions = new Set<unknown>()
    const { origin } = await secureHttp2((stream) => {
      stream.on('error', () => undefined)
      sessions.add(stream.session)
      if (sessions.size === 1 && stream.id !== 1) {
        stream.session?.destroy()
        return
      }
      stream.respond({ ':status': 200 })
      stream.end('answered')
    })
    const way = transport({ ca })
    const call = { method: 'POST', origin, path: '/', headers: {}, body: '{}' } as const
    expect((await way.request(call)).body.toString()).toBe('answered')
    expect((await way.request(call)).body.toString()).toBe('answered')
    expect(sessions.size).toBe(2)
  })

  it('can be turned off', async () => {
    const server = http2.createSecureServer({ ...identity, allowHTTP1: true })
    server.on('request', (request, response) => response.end(request.httpVersion))
    const upstream = await listen(server, 'https')
    open.push(upstream)
    const call = { method: 'GET', origin: upstream.origin, path: '/', headers: {} } as const
    expect((await transport({ ca, http2: false }).request(call)).body.toString()).toBe('1.1')
  })
})
