import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { createCredentialStore } from '../../credentials/store.ts'
import { saveImportedAnswer } from './shared-session.ts'
import { createHosts } from './hosts.ts'
import { closeAll, startAuth, startGitHub, tokenAnswer } from './auth.test-support.ts'

afterEach(closeAll)

describe('the exchange', () => {
  it('gives the token, the address of the answer, and who it is', async () => {
    const github = await startGitHub()
    github.replies.token = { body: tokenAnswer('T', { endpoints: { api: `${github.upstream.origin}/copilot` } }) }
    const { auth } = await startAuth(github.upstream.origin)
    expect(auth.current()).toBeUndefined()
    const login = await auth.token()
    expect(login).toMatchObject({
      bearer: 'T',
      base: `${github.upstream.origin}/copilot`,
      way: 'exchanged',
      sku: 'plus',
      login: 'octo',
      app: 'copilot',
    })
    expect(auth.current()).toBe(login)
    expect(await auth.token()).toBe(login)
    expect(github.calls.find((call) => call.path.endsWith('token'))?.authorization).toBe('token gho_canary')
  })

  it('happens once for many callers', async () => {
    const github = await startGitHub()
    const { auth } = await startAuth(github.upstream.origin)
    const logins = await Promise.all(Array.from({ length: 50 }, () => auth.token()))
    expect(new Set(logins).size).toBe(1)
    expect(github.exchanges()).toBe(1)
  })

  it('happens once for fifty callers in each of two processes', async () => {
    const github = await startGitHub()
    const home = await mkdtemp(join(tmpdir(), 'crossfeed-auth-'))
    const script = fileURLToPath(new URL('./auth-process.test-support.ts', import.meta.url))
    const run = async () => {
      const child = spawn(process.execPath, [script, home, github.upstream.origin])
      let out = ''
      child.stdout.on('data', (chunk) => (out += chunk))
      child.stderr.on('data', (chunk) => (out += chunk))
      await once(child, 'close')
      return out
    }
    expect(await Promise.all([run(), run()])).toEqual(['["canary-token-1"]', '["canary-token-1"]'])
    expect(github.exchanges()).toBe(1)
  })

  it('is spared by what another process kept, which only the owner can read', async () => {
    const github = await startGitHub()
    const first = await startAuth(github.upstream.origin)
    await first.auth.token()
    const second = await startAuth(github.upstream.origin, { home: first.home, clock: first.clock })
    expect((await second.auth.token()).bearer).toBe('canary-token-1')
    const other = await startAuth(github.upstream.origin, { ...first, signIn: { token: 'gho_other' } })
    expect((await other.auth.token()).bearer).toBe('canary-token-2')
  })

  it('is spared by the token answer of another program, as long as that holds', async () => {
    const github = await startGitHub()
    const given = await startAuth(github.upstream.origin)
    const parts = {
      store: createCredentialStore(given.home),
      hosts: createHosts({ githubUrl: github.upstream.origin }),
      clock: given.clock,
    }
    const seconds = Math.floor(given.clock.now() / 1000)
    await saveImportedAnswer(parts, 'gho_canary', { token: 'old', expires_at: seconds - 5 })
    await saveImportedAnswer(parts, 'gho_canary', { token: 'kept', refresh_in: 1500, expires_at: seconds + 600 })
    expect((await given.auth.token()).bearer).toBe('kept')
    given.clock.sleep(600_000)
    expect((await given.auth.token()).bearer).toBe('canary-token-1')
    expect(github.exchanges()).toBe(1)
  })

  it('goes without the store when it cannot be written', async () => {
    const github = await startGitHub()
    const home = join(await mkdtemp(join(tmpdir(), 'crossfeed-auth-')), 'file')
    await writeFile(home, 'not a folder')
    await chmod(home, 0o400)
    const { auth, lines } = await startAuth(github.upstream.origin, { home })
    expect((await auth.token()).bearer).toBe('canary-token-1')
    auth.invalidate('canary-token-1', 401)
    expect((await auth.token()).bearer).toBe('canary-token-2')
    // Once for the process, in words, with what to do.
    expect(lines.filter((line) => line.includes('kept'))).toEqual([
      expect.stringMatching(
        /is not kept .*crossfeed-auth-.*: the folder cannot be made.*--home <dir>, or CROSSFEED_HOME/,
      ),
    ])
    expect(lines.join('\n')).not.toMatch(/\bE[A-Z]{4,}\b/)
    expect(lines.join('\n')).not.toContain('canary')
  })

  it.each([
    ['only a token', { token: 'T' }],
    ['nulls', { token: 'T', refresh_in: null, expires_at: null, endpoints: null, sku: null }],
    ['text for numbers', { token: 'T', refresh_in: '1500', expires_at: '0', endpoints: {} }],
    ['a clock that is hours off', { token: 'T', refresh_in: 1500, expires_at: 12 }],
  ])('takes an answer with %s', async (_name, body) => {
    const github = await startGitHub({ token: { body } })
    const { auth, clock } = await startAuth(github.upstream.origin)
    const login = await auth.token()
    expect(login.expiresAt - clock.now()).toBe(1560_000)
    expect(login.base).toBe(github.upstream.origin)
  })

  it('refuses an address that the owner did not name, and sends nothing there', async () => {
    const github = await startGitHub({ token: { body: tokenAnswer('T', { endpoints: { api: 'https://evil.test' } }) } })
    const { auth } = await startAuth(github.upstream.origin)
    await expect(auth.token()).rejects.toMatchObject({
      reason: 'copilot-host-refused',
      message: expect.stringContaining('evil.test'),
    })
  })
})

describe('a token that is not exchanged', () => {
  it('is used as it is after a 404, at the address of the account, and GitHub is not asked again', async () => {
    const github = await startGitHub({ token: { status: 404, body: { message: 'Not Found' } } })
    github.replies.account = {
      body: { login: 'dev', access_type_sku: 's', endpoints: { api: github.upstream.origin } },
    }
    const first = await startAuth(github.upstream.origin)
    expect(await first.auth.token()).toMatchObject({ bearer: 'gho_canary', way: 'direct', sku: 's', login: 'dev' })
    const second = await startAuth(github.upstream.origin, first)
    expect((await second.auth.token()).way).toBe('direct')
    expect(github.exchanges()).toBe(1)
    const [file = ''] = await readdir(join(first.home, 'credentials', 'sessions'))
    expect(await readFile(join(first.home, 'credentials', 'sessions', file), 'utf8')).not.toContain('gho_canary')
  })

  it('may not know its account', async () => {
    const github = await startGitHub({
      token: { status: 404, body: 'x' },
      account: { status: 403, body: { message: 'no' } },
    })
    const { auth } = await startAuth(github.upstream.origin)
    expect(await auth.token()).toMatchObject({ way: 'direct', base: github.upstream.origin })
  })

  it('of the opencode app is never exchanged', async () => {
    const github = await startGitHub()
    const { auth } = await startAuth(github.upstream.origin, { signIn: { app: 'opencode' } })
    expect((await auth.token()).way).toBe('direct')
    expect(github.exchanges()).toBe(0)
  })

  it('of the fine-grained kind is used as it is when the exchange may not be asked', async () => {
    const body = { message: 'Resource not accessible by personal access token' }
    const github = await startGitHub({ token: { status: 403, body } })
    const { auth } = await startAuth(github.upstream.origin, { signIn: { token: 'github_pat_x', app: undefined } })
    expect(await auth.token()).toMatchObject({ way: 'direct', bearer: 'github_pat_x' })
  })
})

describe('renewal', () => {
  it('happens a minute before refresh_in is over, in the background', async () => {
    const github = await startGitHub()
    const { auth, clock } = await startAuth(github.upstream.origin)
    await auth.token()
    await clock.advance(1439_000)
    expect(github.exchanges()).toBe(1)
    await clock.advance(2000)
    await expect.poll(() => auth.current()?.bearer).toBe('canary-token-2')
    await clock.advance(1440_000)
    await expect.poll(() => auth.current()?.bearer).toBe('canary-token-3')
  })

  it('keeps the old token when it fails, and tries again in 15 s', async () => {
    const github = await startGitHub()
    const { auth, clock, lines } = await startAuth(github.upstream.origin)
    await auth.token()
    github.replies.token = { status: 500, body: 'gho_canary went wrong' }
    await clock.advance(1440_000)
    await expect.poll(() => lines.length).toBe(1)
    expect(lines[0]).toMatch(/15 s/)
    expect(lines[0]).not.toContain('canary')
    expect((await auth.token()).bearer).toBe('canary-token-1')
    delete github.replies.token
    await clock.advance(14_000)
    expect(auth.current()?.bearer).toBe('canary-token-1')
    await clock.advance(1000)
    await expect.poll(() => auth.current()?.bearer).toBe('canary-token-2')
  })

  it('happens after a sleep of the machine, before anything old is given out', async () => {
    const github = await startGitHub()
    const { auth, clock } = await startAuth(github.upstream.origin)
    await auth.token()
    clock.sleep(8 * 3600_000)
    expect(auth.current()).toBeUndefined()
    expect((await auth.token()).bearer).toBe('canary-token-2')
    expect(github.exchanges()).toBe(2)
  })

  it('follows a refusal by the API, once for many, and not for a bearer that was replaced already', async () => {
    const github = await startGitHub()
    const { auth } = await startAuth(github.upstream.origin)
    const { bearer } = await auth.token()
    auth.invalidate('another', 401)
    expect(auth.current()?.bearer).toBe(bearer)
    auth.invalidate(bearer, 401)
    const again = await Promise.all([auth.token(), auth.token()])
    expect(again.map((login) => login.bearer)).toEqual(['canary-token-2', 'canary-token-2'])
    auth.invalidate(bearer, 401)
    expect(auth.current()?.bearer).toBe('canary-token-2')
    expect(github.exchanges()).toBe(2)
  })

  it('takes the newer token of another process instead of asking', async () => {
    const github = await startGitHub()
    const one = await startAuth(github.upstream.origin)
    await one.auth.token()
    const two = await startAuth(github.upstream.origin, { home: one.home, clock: one.clock })
    await two.auth.token()
    one.auth.invalidate('canary-token-1', 401)
    await one.auth.token()
    two.auth.invalidate('canary-token-1', 401)
    expect((await two.auth.token()).bearer).toBe('canary-token-2')
    expect(github.exchanges()).toBe(2)
  })

  it('stops when closed', async () => {
    const github = await startGitHub()
    const { auth, clock } = await startAuth(github.upstream.origin)
    await auth.token()
    auth.close()
    expect(clock.pending()).toBe(0)
  })
})
