import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createTransport } from './http.ts'
import type { Transport, TransportOptions } from './http.ts'
import { createProxyChoice } from './proxy.ts'
import { createSelfSigned } from './self-signed.test-support.ts'
import { listen, listenHttp } from './upstream.test-support.ts'
import type { Upstream } from './upstream.test-support.ts'

describe('createProxyChoice', () => {
  const choose = createProxyChoice({
    HTTPS_PROXY: 'http://one:3128',
    http_proxy: 'two:8080',
    HTTP_PROXY: 'http://ignored:1',
    NO_PROXY: 'internal.test, .suffix.test *.stars.test,port.test:8443,[fd00::1]:443',
  })

  it.each([
    ['https://api.github.com', 'one:3128'],
    ['http://plain.test', 'two:8080'],
    ['https://internal.test', undefined],
    ['https://deep.internal.test', undefined],
    ['https://notinternal.test', 'one:3128'],
    ['https://suffix.test', undefined],
    ['https://a.stars.test', undefined],
    ['https://stars.test', 'one:3128'],
    ['https://port.test:8443', undefined],
    ['https://port.test', 'one:3128'],
    ['https://[fd00::1]', undefined],
    ['http://localhost:4141', undefined],
    ['http://127.0.0.2:1', undefined],
    ['http://[::1]:1', undefined],
    ['http://x.localhost', undefined],
  ])('%s -> %s', (origin, host) => {
    expect(choose(origin)?.host).toBe(host)
  })

  it('goes direct everywhere for *', () => {
    expect(createProxyChoice({ HTTPS_PROXY: 'http://one:1', NO_PROXY: '*' })('https://a.test')).toBeUndefined()
  })

  it('does not repeat an address that it cannot read', () => {
    expect(() => createProxyChoice({ HTTPS_PROXY: 'http://user:canary@[broken' })).toThrow(
      expect.objectContaining({ reason: 'config-proxy', message: expect.not.stringContaining('canary') }),
    )
  })
})

describe('calls through a proxy', () => {
  const open: { close(): Promise<void> }[] = []

  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })

  function transport(options: TransportOptions): Transport {
    const made = createTransport(options)
    open.unshift(made)
    return made
  }

  /** A proxy that takes every name to one port, and asks for `user:canary` when told to. */
  async function listenProxy(to: Upstream, options: { auth?: boolean } = {}) {
    const seen: string[] = []
    const expected = `Basic ${Buffer.from('user:canary').toString('base64')}`
    const server = http.createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      if (options.auth === true && request.headers['proxy-authorization'] !== expected) {
        response.writeHead(407).end('who are you?')
        return
      }
      http.get(`${to.origin}${new URL(request.url ?? '').pathname}`, (answer) => answer.pipe(response))
    })
    server.on('connect', (request, client) => {
      client.on('error', () => undefined)
      seen.push(`CONNECT ${request.url}`)
      if (options.auth === true && request.headers['proxy-authorization'] !== expected) {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
        return
      }
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      const upstream = net.connect(to.port, '127.0.0.1')
      upstream.on('error', () => client.destroy())
      client.on('close', () => upstream.destroy())
      client.pipe(upstream).pipe(client)
    })
    const proxy = await listen(server)
    open.push(proxy)
    return { proxy, seen }
  }

  async function secureUpstream() {
    const identity = createSelfSigned('Test', 'api.test')
    const upstream = await listen(
      https.createServer(identity, (request, response) => {
        response.end(request.headers['proxy-authorization'] === undefined ? 'secure' : 'leaked')
      }),
      'https',
    )
    open.push(upstream)
    const ca = join(await mkdtemp(join(tmpdir(), 'crossfeed-ca-')), 'ca.pem')
    await writeFile(ca, identity.cert)
    return { upstream, ca }
  }

  it('tunnels to secure hosts and shows user and password to the proxy only', async () => {
    const { upstream, ca } = await secureUpstream()
    const { proxy, seen } = await listenProxy(upstream, { auth: true })
    const env = { HTTPS_PROXY: `http://user:canary@127.0.0.1:${proxy.port}` }
    const way = transport({ proxyFromEnv: true, env, ca })
    const call = { method: 'GET', origin: 'https://api.test', path: '/', headers: {} } as const
    expect((await way.request(call)).body.toString()).toBe('secure')
    expect(seen).toEqual(['CONNECT api.test:443'])
  })

  it('says that the proxy wants a password, and does not repeat the one it was given', async () => {
    const { upstream } = await secureUpstream()
    const { proxy } = await listenProxy(upstream, { auth: true })
    const env = { https_proxy: `http://user:wrong-canary@127.0.0.1:${proxy.port}` }
    const call = { method: 'GET', origin: 'https://api.test', path: '/', headers: {} } as const
    const way = transport({ proxyFromEnv: true, env: { ...env, http_proxy: env.https_proxy } })
    const error: unknown = await way.request(call).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ reason: 'proxy-auth' })
    await expect(way.request({ ...call, origin: 'http://api.test' })).rejects.toMatchObject({ reason: 'proxy-auth' })
    expect(JSON.stringify(error) + String(error)).not.toContain('canary')
    expect(String(error)).toContain(`127.0.0.1:${proxy.port}`)
  })

  it('forwards plain calls, and only when it was asked to use the environment', async () => {
    const upstream = await listenHttp((request, response) => response.end(`got ${request.url}`))
    open.push(upstream)
    const { proxy, seen } = await listenProxy(upstream)
    const env = { HTTP_PROXY: proxy.origin }
    const call = { method: 'GET', origin: 'http://plain.invalid', path: '/x', headers: {} } as const
    const answer = await transport({ proxyFromEnv: true, env }).request(call)
    expect(answer.body.toString()).toBe('got /x')
    expect(seen).toEqual(['GET http://plain.invalid/x'])
    await expect(transport({ env }).request(call)).rejects.toMatchObject({ reason: 'network-dns' })
    const local = { ...call, origin: upstream.origin }
    expect((await transport({ proxyFromEnv: true, env }).request(local)).body.toString()).toBe('got /x')
    expect(seen).toHaveLength(1)
  })

  it('names a proxy that is not there', async () => {
    const gone = await listenHttp((_request, response) => response.end())
    await gone.close()
    const env = { HTTPS_PROXY: `http://user:canary@127.0.0.1:${gone.port}` }
    const call = { method: 'GET', origin: 'https://api.test', path: '/', headers: {} } as const
    const error: unknown = await transport({ proxyFromEnv: true, env })
      .request(call)
      .catch((cause: unknown) => cause)
    expect(error).toMatchObject({
      reason: 'network-refused',
      message: expect.stringContaining(`127.0.0.1:${gone.port}`),
    })
    expect(String(error)).not.toContain('canary')
  })
})
