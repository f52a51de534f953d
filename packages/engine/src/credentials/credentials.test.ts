import { mkdir, mkdtemp, readdir, readFile, stat, utimes, writeFile, chmod } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../ports.ts'
import { loadGitHubCliToken } from './github-cli.ts'
import { expandHome, loadForeignCredentials } from './import.ts'
import { isUsableKind, kindOfToken, unusableKind } from './kinds.ts'
import { withLock } from './lock.ts'
import { createSignInSource } from './source.ts'
import { createCredentialStore, sessionName } from './store.ts'
import type { Credential } from './store.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'crossfeed-home-'))
})

const credential: Credential = {
  app: 'copilot',
  host: 'github.com',
  kind: 'app-user',
  token: 'ghu_one',
  login: 'octo',
  createdAt: '2026-11-20T00:00:00.000Z',
}

async function put(path: string, content: string | object): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
}

describe('kinds of tokens', () => {
  it.each([
    ['gho_x', 'oauth', true],
    ['ghu_x', 'app-user', true],
    ['github_pat_x', 'fine-grained', true],
    ['ghs_x', 'installation', false],
    ['ghp_x', 'classic', false],
    ['0123456789abcdef0123456789abcdef01234567', 'unknown', true],
  ] as const)('%s is %s', (token, kind, storable) => {
    expect(kindOfToken(token)).toBe(kind)
    expect(isUsableKind(kind, false)).toBe(storable)
  })

  it('takes installation tokens by environment only', () => {
    expect(isUsableKind('installation', true)).toBe(true)
  })

  it('names the kind and the accepted kinds', () => {
    const error = unusableKind('classic')
    expect(error.message).toBe(
      'This kind of token cannot use Copilot: classic (ghp_)\nAccepted: fine-grained with "Copilot requests", or a device sign-in.',
    )
    expect(error.fix).toBe('crossfeed auth login')
    // A sign-in would not be used while the variable is set.
    expect(unusableKind('classic', 'GH_TOKEN').fix).toBe(
      'Leave GH_TOKEN away, or give it another token. To sign in: crossfeed auth login',
    )
  })
})

describe('the store', () => {
  it('gives back what was saved, in files that only the owner can read', async () => {
    const store = createCredentialStore(home)
    expect(await store.load(credential)).toBeUndefined()
    expect(await store.list()).toEqual([])
    await store.save(credential)
    expect(await store.load({ app: 'copilot', host: 'github.com' })).toEqual(credential)
    expect((await stat(join(home, 'credentials'))).mode & 0o777).toBe(0o700)
    const files = await readdir(join(home, 'credentials'))
    expect(files).toHaveLength(1)
    expect((await stat(join(home, 'credentials', files[0] ?? ''))).mode & 0o777).toBe(0o600)
  })

  it('keeps apps, hosts and accounts apart, and names cannot leave the folder', async () => {
    const store = createCredentialStore(home)
    const all: Credential[] = [
      credential,
      { ...credential, app: 'opencode', token: 'gho_two', kind: 'oauth' },
      { ...credential, host: 'company.ghe.com', token: 'ghu_three' },
      { ...credential, account: 'work', token: 'ghu_four' },
      { ...credential, app: '../../escape', token: 'ghu_five' },
    ]
    for (const one of all) await store.save(one)
    for (const one of all) expect(await store.load(one)).toEqual(one)
    expect(await store.list()).toHaveLength(5)
    expect(await readdir(home)).toEqual(['credentials'])
    expect(await store.remove(all[1] ?? credential)).toBe(true)
    expect(await store.remove(all[1] ?? credential)).toBe(false)
    expect(await store.list()).toHaveLength(4)
  })

  it('takes a broken file for a missing one', async () => {
    const store = createCredentialStore(home)
    await put(join(home, 'credentials', 'copilot@github%2Ecom.json'), '{"token":')
    expect(await store.load(credential)).toBeUndefined()
    expect(await store.list()).toEqual([])
    await put(join(home, 'credentials', 'sessions', 'a.json'), 'nonsense')
    expect(await store.loadSession('a')).toBeUndefined()
  })

  it('names sessions after token and host without showing them', () => {
    expect(sessionName('github.com', 'ghu_canary')).not.toContain('canary')
    expect(sessionName('github.com', 'a')).not.toBe(sessionName('github.com', 'b'))
    expect(sessionName('x.ghe.com', 'a')).not.toBe(sessionName('github.com', 'a'))
  })
})

describe('the lock', () => {
  const path = () => join(home, 'x.lock')

  it('lets one in at a time', async () => {
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inside--
    }
    await Promise.all(Array.from({ length: 5 }, () => withLock(path(), systemClock, work)))
    expect(most).toBe(1)
    expect(await readdir(home)).toEqual([])
  })

  it('is let go of when the work fails', async () => {
    const failing = withLock(path(), systemClock, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await readdir(home)).toEqual([])
  })

  it('is taken from a process that is gone', async () => {
    await put(path(), { pid: 2 ** 22 + 1, host: hostname(), id: 'x' })
    expect(await withLock(path(), systemClock, async () => 'done', 200)).toBe('done')
    expect(await readdir(home)).toEqual([])
  })

  it('is taken from another machine when it is older than a minute, not before', async () => {
    await put(path(), { pid: 1, host: 'elsewhere', id: 'x' })
    await withLock(path(), systemClock, async () => undefined, 100)
    expect(await readdir(home)).toEqual(['x.lock'])
    const old = new Date(Date.now() - 61_000)
    await utimes(path(), old, old)
    await withLock(path(), systemClock, async () => undefined, 100)
    expect(await readdir(home)).toEqual([])
  })
})

describe('the search for a sign-in', () => {
  const search = (env: Record<string, string>, more: { explicit?: string; cli?: string } = {}) => {
    const store = createCredentialStore(home)
    const source = createSignInSource({
      env,
      store,
      host: 'github.com',
      explicit: more.explicit,
      loadFromCli: async () => more.cli,
    })
    return source()
  }

  it('goes by the order, and empty is not set', async () => {
    const env = { COPILOT_GITHUB_TOKEN: 'gho_1', GH_TOKEN: 'gho_2', GITHUB_TOKEN: 'ghs_3' }
    await createCredentialStore(home).save(credential)
    expect(await search(env, { explicit: 'gho_0' })).toMatchObject({ token: 'gho_0', from: '--github-token' })
    expect((await search(env, { explicit: '' })).token).toBe('gho_1')
    expect((await search({ ...env, COPILOT_GITHUB_TOKEN: '' })).token).toBe('gho_2')
    expect((await search({ ...env, COPILOT_GITHUB_TOKEN: '', GH_TOKEN: ' ' })).token).toBe('ghs_3')
    expect(await search({}, { cli: 'gho_cli' })).toEqual({
      token: 'ghu_one',
      app: 'copilot',
      from: 'stored sign-in (copilot)',
      login: 'octo',
    })
    await createCredentialStore(home).remove(credential)
    expect(await search({}, { cli: 'gho_cli' })).toMatchObject({ token: 'gho_cli', from: 'gh' })
    await expect(search({})).rejects.toMatchObject({ reason: 'no-sign-in', status: 401 })
  })

  it('takes the newest stored sign-in of the host, and never one of another host', async () => {
    const store = createCredentialStore(home)
    await store.save({
      ...credential,
      host: 'company.ghe.com',
      token: 'ghu_tenant',
      createdAt: '2027-01-01T00:00:00.000Z',
    })
    await expect(search({})).rejects.toMatchObject({ reason: 'no-sign-in' })
    await store.save(credential)
    await store.save({ ...credential, app: 'opencode', token: 'gho_newer', createdAt: '2026-12-01T00:00:00.000Z' })
    expect((await search({})).token).toBe('gho_newer')
  })

  it('refuses a classic token where it was meant for Copilot, passes over one that was meant for others', async () => {
    const refused = { reason: 'token-kind' }
    await expect(search({}, { explicit: 'ghp_canary' })).rejects.toMatchObject(refused)
    await expect(search({ COPILOT_GITHUB_TOKEN: 'ghp_canary' })).rejects.toMatchObject(refused)
    const error: unknown = await search({ GITHUB_TOKEN: 'ghp_canary' }).catch((cause: unknown) => cause)
    expect(error).toMatchObject(refused)
    expect(String(error)).not.toContain('canary')
    expect((await search({ GH_TOKEN: 'ghp_x', GITHUB_TOKEN: 'gho_1' })).token).toBe('gho_1')
    await createCredentialStore(home).save(credential)
    expect((await search({ GITHUB_TOKEN: 'ghp_x' })).token).toBe('ghu_one')
  })
})

describe('the GitHub CLI', () => {
  it('is asked for the host, without the variables that were looked at before', async () => {
    const gh = join(home, 'gh')
    await writeFile(gh, '#!/bin/sh\necho "gho_$1_$2_$4_${GH_TOKEN:-none}"\n')
    await chmod(gh, 0o755)
    const env = { ...process.env, GH_TOKEN: 'canary' }
    expect(await loadGitHubCliToken('company.ghe.com', env, gh)).toBe('gho_auth_token_company.ghe.com_none')
  })

  it('may be missing or not signed in', async () => {
    expect(await loadGitHubCliToken('github.com', {}, join(home, 'no-such-program'))).toBeUndefined()
    const gh = join(home, 'gh')
    await writeFile(gh, '#!/bin/sh\necho "no oauth token found"\nexit 1\n')
    await chmod(gh, 0o755)
    expect(await loadGitHubCliToken('github.com', process.env, gh)).toBeUndefined()
  })
})

describe('sign-ins of other programs', () => {
  const now = Date.UTC(2026, 10, 20)
  const load = async (env: Record<string, string> = {}, platform: NodeJS.Platform = 'linux') =>
    (await loadForeignCredentials({ env, now, home, platform })).map(({ from, credential: one, session }) => ({
      from,
      app: one.app,
      host: one.host,
      token: one.token,
      ...(one.login !== undefined && { login: one.login }),
      ...(session && { session }),
    }))

  it('finds none on a fresh machine', async () => {
    expect(await load()).toEqual([])
  })

  it("reads copilot-api's files, each with its app and host; an empty one is no sign-in", async () => {
    const folder = join(home, '.local/share/copilot-api')
    await put(join(folder, 'github_token'), 'ghu_a\n')
    await put(join(folder, 'opencode/github_token'), 'gho_b')
    await put(join(folder, 'ent_github_token'), 'ghu_c')
    await put(join(folder, 'opencode/ent_github_token'), '')
    expect(await load({ COPILOT_API_ENTERPRISE_URL: 'https://company.ghe.com/' })).toEqual([
      { from: 'copilot-api', app: 'copilot', host: 'github.com', token: 'ghu_a' },
      { from: 'copilot-api', app: 'copilot', host: 'company.ghe.com', token: 'ghu_c' },
      { from: 'copilot-api', app: 'opencode', host: 'github.com', token: 'gho_b' },
    ])
    expect(await load()).toHaveLength(2)
    await put(join(home, 'other/github_token'), 'ghu_d')
    expect(await load({ COPILOT_API_HOME: '~/other' })).toMatchObject([{ token: 'ghu_d' }])
  })

  it("reads LiteLLM's files and their three variables; an exchanged token only while it holds", async () => {
    const session = { token: 'tid=1', expires_at: now / 1000 + 60 }
    await put(join(home, 'dir/one'), 'ghu_l')
    await put(join(home, 'dir/two'), session)
    const env = {
      GITHUB_COPILOT_TOKEN_DIR: '~/dir',
      GITHUB_COPILOT_ACCESS_TOKEN_FILE: 'one',
      GITHUB_COPILOT_API_KEY_FILE: 'two',
    }
    const found = { from: 'litellm', app: 'copilot', host: 'github.com', token: 'ghu_l' }
    expect(await load(env)).toEqual([{ ...found, session }])
    await put(join(home, 'dir/two'), { ...session, expires_at: now / 1000 - 1 })
    expect(await load(env)).toEqual([found])
    await put(join(home, '.config/litellm/github_copilot/access-token'), 'ghu_m')
    expect(await load()).toMatchObject([{ token: 'ghu_m' }])
  })

  it('reads apps.json and hosts.json, on Windows too', async () => {
    const apps = {
      'github.com:Iv1.b507a08c87ecfe98': { user: 'octo', oauth_token: 'ghu_v' },
      'github.com:Ov2own': { oauth_token: 'gho_w' },
    }
    await put(join(home, '.config/github-copilot/apps.json'), apps)
    await put(join(home, '.config/github-copilot/hosts.json'), { 'github.com': { user: 'octo', oauth_token: 'ghu_v' } })
    expect(await load()).toEqual([
      { from: 'github-copilot', app: 'copilot', host: 'github.com', token: 'ghu_v', login: 'octo' },
      { from: 'github-copilot', app: 'Ov2own', host: 'github.com', token: 'gho_w' },
    ])
    await put(join(home, 'AppData/github-copilot/hosts.json'), { 'x.ghe.com': { oauth_token: 'ghu_win' } })
    expect(await load({ LOCALAPPDATA: join(home, 'AppData') }, 'win32')).toMatchObject([
      { host: 'x.ghe.com', token: 'ghu_win' },
    ])
  })

  it("reads opencode's file, with its tenant", async () => {
    await put(join(home, '.local/share/opencode/auth.json'), {
      anthropic: { type: 'api', key: 'canary' },
      'github-copilot': { type: 'oauth', refresh: 'gho_o', access: 'gho_o', expires: 0 },
      'github-copilot-enterprise': { type: 'oauth', refresh: 'gho_e', access: '', enterpriseUrl: 'company.ghe.com' },
    })
    expect(await load()).toEqual([
      { from: 'opencode', app: 'opencode', host: 'github.com', token: 'gho_o' },
      { from: 'opencode', app: 'opencode', host: 'company.ghe.com', token: 'gho_e' },
    ])
  })

  it('leaves out what cannot be used, and one broken file hides no other', async () => {
    await put(join(home, '.local/share/copilot-api/github_token'), 'ghp_classic')
    await put(join(home, '.config/github-copilot/apps.json'), '{broken')
    await mkdir(join(home, '.config/github-copilot/hosts.json'), { recursive: true })
    await put(join(home, '.local/share/opencode/auth.json'), { 'github-copilot': { type: 'oauth', refresh: 'gho_o' } })
    expect(await load()).toMatchObject([{ token: 'gho_o' }])
  })

  it('expands the home folder only at the start', () => {
    expect(expandHome('~/a', '/h')).toBe('/h/a')
    expect(expandHome('/x/~/a', '/h')).toBe('/x/~/a')
    expect(expandHome('~other/a', '/h')).toBe('~other/a')
  })
})

it('leaves no half-written file behind', async () => {
  const store = createCredentialStore(home)
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.save({ ...credential, token: `ghu_${index}` })))
  const files = await readdir(join(home, 'credentials'))
  expect(files).toHaveLength(1)
  expect(JSON.parse(await readFile(join(home, 'credentials', files[0] ?? ''), 'utf8')).token).toMatch(/^ghu_\d+$/)
})
