import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { OAuthSignIn, OAuthStore } from '../../credentials/oauth-store.ts'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import type { Log } from '../../ports.ts'
import { createTransport } from '../../transport/http.ts'
import { createCodexAuth } from './auth.ts'
import { createCodexHosts } from './hosts.ts'
import { accessToken, createHome, startIssuer } from './issuer.test-support.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const hour = 3600_000
const valid = { obtainedAt: Date.now() - hour, expiresAt: Date.now() + 10 * 24 * hour }

async function start(more: Partial<OAuthSignIn> = {}, otherStore: Partial<OAuthStore> = {}) {
  const issuer = await startIssuer()
  const { origin } = issuer.upstream
  const made = await createHome(origin, more)
  const lines: string[] = []
  const write = (line: string | (() => string)) => void lines.push(typeof line === 'string' ? line : line())
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const clock = createFakeClock(Date.now())
  const transport = createTransport()
  open.push(issuer.upstream, transport)
  const hosts = createCodexHosts({ authUrl: origin, apiUrl: origin })
  const auth = createCodexAuth({
    transport,
    clock,
    log,
    hosts,
    store: { ...made.store, ...otherStore },
    key: made.key,
    version: '1',
  })
  return { ...made, issuer, auth, clock, lines }
}

describe('a sign-in that holds', () => {
  it('is used as it is', async () => {
    const { auth, issuer, signIn } = await start(valid)
    expect(auth.current()).toBeUndefined()
    expect(await auth.token()).toEqual(signIn)
    expect(auth.current()).toBe(await auth.token())
    expect(issuer.calls).toEqual([])
  })

  it('is renewed in the background within minutes of its end, while requests go on', async () => {
    const { auth, issuer, clock, store, key } = await start(valid)
    const first = await auth.token()
    clock.sleep(first.expiresAt - clock.now() - 60_000)
    expect(auth.current()).toBe(first)
    await expect.poll(() => auth.current()?.refreshToken).toBe('refresh-1')
    expect(issuer.grants()).toBe(1)
    expect((await store.load(key))?.refreshToken).toBe('refresh-1')
  })

  it('is renewed when it is eight days old, however long it lives', async () => {
    const { auth, issuer } = await start({ obtainedAt: Date.now() - 8 * 24 * hour, expiresAt: Date.now() + 99 * hour })
    await auth.token()
    expect(issuer.grants()).toBe(1)
  })

  it('still serves when it cannot be renewed, and the log says why', async () => {
    const { auth, issuer, lines } = await start({
      obtainedAt: Date.now() - 8 * 24 * hour,
      expiresAt: Date.now() + 99 * hour,
    })
    issuer.instead['/oauth/token'] = { status: 503, body: 'busy' }
    expect((await auth.token()).refreshToken).toBe('refresh-0')
    expect(lines.join()).toMatch(/still holds.*could not answer \(503\)/)
  })

  it('is replaced by one that somebody made meanwhile, and forgotten when they signed out', async () => {
    const { auth, clock, store, signIn, key } = await start(valid)
    await auth.token()
    await store.save({ ...signIn, accessToken: accessToken(7), obtainedAt: clock.now() })
    clock.sleep(2 * 60_000)
    auth.current()
    await expect.poll(() => auth.current()?.accessToken).toBe(accessToken(7))
    await store.remove(key)
    clock.sleep(2 * 60_000)
    auth.current()
    await expect.poll(() => auth.current()).toBeUndefined()
    await expect(auth.token()).rejects.toMatchObject({
      reason: 'no-sign-in',
      fix: 'crossfeed auth login --provider codex',
    })
  })
})

describe('the renewal', () => {
  it('happens once for fifty callers in each of two processes', async () => {
    const issuer = await startIssuer()
    open.push(issuer.upstream)
    const { home } = await createHome(issuer.upstream.origin)
    const script = fileURLToPath(new URL('./auth-process.test-support.ts', import.meta.url))
    const run = async () => {
      const child = spawn(process.execPath, [script, home, issuer.upstream.origin])
      let out = ''
      child.stdout.on('data', (chunk) => (out += chunk))
      child.stderr.on('data', (chunk) => (out += chunk))
      await once(child, 'close')
      return out
    }
    expect(await Promise.all([run(), run()])).toEqual(['["refresh-1"]', '["refresh-1"]'])
    expect(issuer.grants()).toBe(1)
    expect(await readdir(join(home, 'credentials', 'oauth'))).toHaveLength(1)
  })

  it('keeps the new tokens, and what the answer left out', async () => {
    const { auth, issuer, store, key } = await start()
    issuer.instead['/oauth/token'] = { status: 200, body: { access_token: accessToken(9) } }
    const signIn = await auth.token()
    expect(signIn).toMatchObject({ accessToken: accessToken(9), refreshToken: 'refresh-0', accountId: 'acct-1' })
    expect(await store.load(key)).toEqual(signIn)
  })

  it('sends the refresh token and the client id as a form, as Crossfeed', async () => {
    const { auth, issuer } = await start()
    await auth.token()
    expect(issuer.calls).toEqual([
      {
        path: '/oauth/token',
        fields: { grant_type: 'refresh_token', refresh_token: 'refresh-0', client_id: 'app_EMoamEEZ73f0CkXaXp7hrann' },
      },
    ])
  })

  it('follows a refusal once; a refused new token is not replaced again at once', async () => {
    const { auth, issuer } = await start(valid)
    const first = await auth.token()
    expect(auth.invalidate(first.accessToken)).toBe(true)
    expect(auth.current()).toBeUndefined()
    const second = await auth.token()
    expect(second.refreshToken).toBe('refresh-1')
    expect(auth.invalidate(first.accessToken)).toBe(true)
    expect(auth.invalidate(second.accessToken)).toBe(false)
    expect(issuer.grants()).toBe(1)
  })

  it('after a refusal takes what another process made meanwhile', async () => {
    const { auth, issuer, store, signIn } = await start(valid)
    const first = await auth.token()
    await store.save({ ...signIn, accessToken: accessToken(5), refreshToken: 'refresh-5', obtainedAt: Date.now() })
    auth.invalidate(first.accessToken)
    expect((await auth.token()).refreshToken).toBe('refresh-5')
    expect(issuer.calls).toEqual([])
  })

  it('goes by the age of a token where the clocks differ', async () => {
    const { auth, clock, issuer } = await start()
    clock.sleep(365 * 24 * hour)
    await auth.token()
    expect(auth.current()).toBeDefined()
    expect(issuer.grants()).toBe(1)
  })

  it('waits as long as the issuer wants', async () => {
    const { auth, issuer, clock } = await start()
    issuer.instead['/oauth/token'] = { status: 429, body: '', headers: { 'retry-after': '20' } }
    await expect(auth.token()).rejects.toMatchObject({ code: 'rate-limited', retryAfter: 20 })
    await expect(auth.token()).rejects.toMatchObject({ code: 'rate-limited' })
    expect(issuer.calls).toHaveLength(1)
    delete issuer.instead['/oauth/token']
    clock.sleep(21_000)
    expect((await auth.token()).refreshToken).toBe('refresh-1')
  })

  it('is not tried where its result could not be kept', async () => {
    const readOnly = { withLock: () => Promise.reject(Object.assign(new Error('no'), { code: 'EROFS' })) }
    const { auth, issuer } = await start({}, readOnly)
    await expect(auth.token()).rejects.toMatchObject({
      reason: 'home-unwritable',
      message: expect.stringMatching(/EROFS/),
    })
    expect(issuer.calls).toEqual([])
  })

  it('whose result cannot be kept after all serves from memory, and is kept as soon as that works', async () => {
    let full = true
    const home = await start(valid)
    const { auth, clock, store, key, lines } = await start(
      {},
      {
        withLock: (_key, work) =>
          work((next) =>
            full ? Promise.reject(Object.assign(new Error('no'), { code: 'ENOSPC' })) : home.store.save(next),
          ),
      },
    )
    expect((await auth.token()).refreshToken).toBe('refresh-1')
    expect(lines.join()).toMatch(/kept in memory only: ENOSPC/)
    expect((await store.load(key))?.refreshToken).toBe('refresh-0')
    full = false
    clock.sleep(2 * 60_000)
    expect(auth.current()?.refreshToken).toBe('refresh-1')
    await expect.poll(() => home.store.load(key)).toMatchObject({ refreshToken: 'refresh-1' })
  })
})

describe('a refresh token that is void', () => {
  it.each([
    [401, { error: { code: 'refresh_token_reused' } }, /used before/],
    [400, { error: 'refresh_token_expired' }, /expired/],
    [403, { code: 'refresh_token_invalidated' }, /taken back/],
    [400, { error: 'invalid_grant', error_description: 'x' }, /no longer accepted/],
    [401, 'nonsense', /refused/],
  ])('gives one clear instruction (%i %j)', async (status, body, why) => {
    const { auth, issuer, lines } = await start()
    issuer.instead['/oauth/token'] = { status, body }
    const failure = await auth.token().catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'unauthorized',
      status: 401,
      reason: 'sign-in-ended',
      message: expect.stringMatching(why),
      fix: 'crossfeed auth login --provider codex',
    })
    await expect(auth.token()).rejects.toBe(failure)
    expect(issuer.calls).toHaveLength(1)
    expect(lines.join()).not.toContain('refresh-0')
  })

  it('is told of as reused when a copy was used first', async () => {
    const { auth, issuer } = await start()
    issuer.live = 'refresh-of-the-thief'
    await expect(auth.token()).rejects.toMatchObject({
      reason: 'sign-in-ended',
      message: expect.stringMatching(/used before/),
    })
  })

  it('is forgotten as soon as somebody signs in anew', async () => {
    const { auth, issuer, store, signIn } = await start()
    issuer.instead['/oauth/token'] = { status: 401, body: { error: { code: 'refresh_token_reused' } } }
    await expect(auth.token()).rejects.toMatchObject({ reason: 'sign-in-ended' })
    await store.save({
      ...signIn,
      ...valid,
      accessToken: accessToken(3),
      refreshToken: 'refresh-3',
      obtainedAt: Date.now(),
    })
    expect((await auth.token()).refreshToken).toBe('refresh-3')
  })
})

describe('a passing failure', () => {
  it('is told with its cause, and the next request tries again', async () => {
    const { auth, issuer } = await start()
    issuer.instead['/oauth/token'] = { status: 502, body: '<html>' }
    await expect(auth.token()).rejects.toMatchObject({ code: 'upstream', reason: 'sign-in-unavailable' })
    delete issuer.instead['/oauth/token']
    expect((await auth.token()).refreshToken).toBe('refresh-1')
  })
})
