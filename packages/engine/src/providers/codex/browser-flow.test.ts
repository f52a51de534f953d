import { createHash } from 'node:crypto'
import http from 'node:http'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import { createTransport } from '../../transport/http.ts'
import { listenHttp } from '../../transport/upstream.test-support.ts'
import { signInToCodexByBrowser, type BrowserFlowOptions, type BrowserState } from './browser-flow.ts'
import { createCodexHosts } from './hosts.ts'
import { accessToken, startIssuer } from './issuer.test-support.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function freePort(): Promise<number> {
  const server = await listenHttp(() => {})
  await server.close()
  return server.port
}

/** Begins a sign-in; `page` is what the person is shown. */
async function begin(more: Partial<BrowserFlowOptions> = {}) {
  const issuer = await startIssuer()
  const transport = createTransport()
  open.push(issuer.upstream, transport)
  const { origin } = issuer.upstream
  const shown = Promise.withResolvers<BrowserState>()
  const clock = createFakeClock(Date.now())
  const outcome = signInToCodexByBrowser({
    transport,
    clock,
    hosts: createCodexHosts({ authUrl: `${origin}`, apiUrl: origin }),
    version: '1',
    key: { provider: 'codex', host: new URL(origin).host },
    onState: shown.resolve,
    ports: [await freePort()],
    ...more,
  }).catch((error: unknown) => error)
  const page = await Promise.race([shown.promise, outcome.then(() => undefined)])
  return { issuer, clock, outcome, page, url: new URL(page?.url ?? 'http://none') }
}

/** A visit of the browser. */
async function visit(url: string | URL, method = 'GET') {
  const request = http.request(url, { method, agent: false }).end()
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, body, headers: response.headers }
}

function wayBack(url: URL, answer: Record<string, string>): URL {
  const back = new URL(url.searchParams.get('redirect_uri') ?? '')
  back.hostname = '127.0.0.1'
  back.search = String(new URLSearchParams(answer))
  return back
}

const state = (url: URL) => url.searchParams.get('state') ?? ''

describe('the sign-in by browser', () => {
  it('exchanges the code that comes back, and tells the person that the page may be closed', async () => {
    const { issuer, outcome, page, url } = await begin()
    expect(url.pathname).toBe('/oauth/authorize')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'app_EMoamEEZ73f0CkXaXp7hrann',
      redirect_uri: `http://localhost:${page?.port}/auth/callback`,
      scope: 'openid profile email offline_access',
      code_challenge_method: 'S256',
      originator: 'crossfeed',
    })
    const back = await visit(wayBack(url, { code: 'the-code', state: state(url) }))
    expect(back).toMatchObject({ status: 200, body: expect.stringMatching(/You may close this page/) })
    expect(await outcome).toMatchObject({
      provider: 'codex',
      accessToken: accessToken(0),
      refreshToken: 'refresh-0',
      accountId: 'acct-1',
      email: 'octo@example.test',
      plan: 'plus',
    })
    const [exchange] = issuer.calls
    expect(exchange?.fields).toMatchObject({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: url.searchParams.get('redirect_uri'),
    })
    const challenge = createHash('sha256')
      .update(exchange?.fields['code_verifier'] ?? '')
      .digest('base64url')
    expect(challenge).toBe(url.searchParams.get('code_challenge'))
  })

  it('turns away whoever does not know the state, and goes on waiting', async () => {
    const { issuer, outcome, url } = await begin()
    expect((await visit(wayBack(url, { code: 'forged', state: 'wrong' }))).status).toBe(400)
    expect((await visit(wayBack(url, { error: 'access_denied' }))).status).toBe(400)
    expect((await visit(new URL('/other', wayBack(url, {})))).status).toBe(404)
    expect((await visit(wayBack(url, { code: 'c', state: state(url) }), 'POST')).status).toBe(404)
    expect(issuer.calls).toEqual([])
    await visit(wayBack(url, { code: 'the-code', state: state(url) }))
    expect(await outcome).toMatchObject({ refreshToken: 'refresh-0' })
  })

  it('closes its port when it is over', async () => {
    const { outcome, url } = await begin()
    await visit(wayBack(url, { code: 'the-code', state: state(url) }))
    await outcome
    await expect(visit(wayBack(url, {}))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('says that the person denied it', async () => {
    const { outcome, url } = await begin()
    const back = await visit(wayBack(url, { error: 'access_denied', state: state(url) }))
    expect(back.body).toContain('The sign-in was denied on the page. You may close this page.')
    expect(await outcome).toMatchObject({ reason: 'sign-in-denied' })
  })

  it('shows nothing of what others wrote as markup', async () => {
    const { outcome, url } = await begin()
    const back = await visit(wayBack(url, { error: '<script>', state: state(url) }))
    expect(back.body).not.toContain('<script>')
    expect(back.headers['content-security-policy']).toContain("default-src 'none'")
    expect(await outcome).toMatchObject({ reason: 'sign-in-refused' })
  })

  it('tells the page and the caller when the issuer does not take the code', async () => {
    const { issuer, outcome, url } = await begin()
    issuer.instead['/oauth/token'] = { status: 400, body: { error: 'invalid_grant' } }
    expect((await visit(wayBack(url, { code: 'old', state: state(url) }))).body).toContain('Not signed in')
    expect(await outcome).toMatchObject({ reason: 'sign-in-refused', message: expect.stringMatching(/invalid_grant/) })
  })

  it('gives up after a quarter of an hour, and when it is cancelled', async () => {
    const { clock, outcome } = await begin()
    await clock.advance(15 * 60_000)
    expect(await outcome).toMatchObject({ reason: 'sign-in-expired' })
    const stop = new AbortController()
    const second = await begin({ signal: stop.signal })
    stop.abort()
    expect(await second.outcome).toMatchObject({ reason: 'sign-in-cancelled' })
    expect(second.clock.pending()).toBe(0)
  })
})

describe('ports that are taken', () => {
  it('are passed over for the next', async () => {
    const other = await listenHttp(() => {})
    open.push(other)
    const free = await freePort()
    const { page, outcome, url } = await begin({ ports: [other.port, free] })
    expect(page?.port).toBe(free)
    await visit(wayBack(url, { code: 'the-code', state: state(url) }))
    expect(await outcome).toMatchObject({ refreshToken: 'refresh-0' })
  })

  it('leave the device code where nobody can paste either', async () => {
    const other = await listenHttp(() => {})
    open.push(other)
    const { outcome } = await begin({ ports: [other.port] })
    expect(await outcome).toMatchObject({
      reason: 'port-taken',
      fix: 'crossfeed auth login --provider codex --device',
    })
  })

  it.each([
    ['the whole address', (url: URL) => wayBack(url, { code: 'pasted-code', state: state(url) }).href],
    ['its query', (url: URL) => `code=pasted-code&state=${state(url)}`],
    ['code and state', (url: URL) => `pasted-code#${state(url)}`],
    ['the code alone', () => ' pasted-code\n'],
  ])('leave the paste: %s', async (_name, paste) => {
    const other = await listenHttp(() => {})
    open.push(other)
    const { promise, resolve } = Promise.withResolvers<string>()
    const { issuer, outcome, page, url } = await begin({ ports: [other.port], readPasted: () => promise })
    expect(page?.port).toBeUndefined()
    resolve(paste(url))
    expect(await outcome).toMatchObject({ refreshToken: 'refresh-0' })
    expect(issuer.calls[0]?.fields['code']).toBe('pasted-code')
  })
})

describe('the paste', () => {
  it('is asked for again with what was wrong with it', async () => {
    const pastes = ['', 'http://localhost:1455/auth/callback?code=abcdefgh&state=other', 'good-code']
    const problems: (string | undefined)[] = []
    const { outcome } = await begin({
      readPasted: async (_signal, problem) => {
        problems.push(problem)
        return pastes.shift() ?? ''
      },
    })
    expect(await outcome).toMatchObject({ refreshToken: 'refresh-0' })
    expect(problems).toEqual([undefined, 'There is no code in that.', 'That address belongs to another sign-in.'])
  })

  it('is no longer waited for when the browser comes back', async () => {
    const ended = Promise.withResolvers<void>()
    const { outcome, url } = await begin({
      readPasted: (signal) => {
        signal.addEventListener('abort', () => ended.resolve())
        return new Promise(() => {})
      },
    })
    await visit(wayBack(url, { code: 'the-code', state: state(url) }))
    expect(await outcome).toMatchObject({ refreshToken: 'refresh-0' })
    await ended.promise
  })
})
