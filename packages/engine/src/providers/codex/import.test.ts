import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadCodexCliSignIn } from './import.ts'
import { token } from './issuer.test-support.ts'

const key = { provider: 'codex', host: 'auth.openai.com' }
const now = Date.parse('2026-11-21T12:00:00Z')

async function put(file: object | string, folder = '.codex') {
  const home = await mkdtemp(join(tmpdir(), 'crossfeed-import-'))
  await mkdir(join(home, folder))
  const path = join(home, folder, 'auth.json')
  await writeFile(path, typeof file === 'string' ? file : JSON.stringify(file))
  return { home, path }
}

const signedIn = {
  auth_mode: 'chatgpt',
  OPENAI_API_KEY: null,
  tokens: {
    id_token: token({ email: 'octo@example.test' }),
    access_token: token({ exp: now / 1000 + 3600, iat: now / 1000 - 3600 }),
    refresh_token: 'refresh',
    account_id: 'acct-9',
  },
  last_refresh: '2026-11-20T12:00:00Z',
}

it('finds the sign-in of the Codex CLI and leaves it as it is', async () => {
  const { home, path } = await put(signedIn)
  const before = await readFile(path, 'utf8')
  expect(await loadCodexCliSignIn(key, { env: {}, now, home })).toMatchObject({
    path,
    signIn: {
      ...key,
      refreshToken: 'refresh',
      accountId: 'acct-9',
      email: 'octo@example.test',
      obtainedAt: now - 24 * 3600_000,
      expiresAt: now + 3600_000,
    },
  })
  expect(await readFile(path, 'utf8')).toBe(before)
})

it('goes by CODEX_HOME', async () => {
  const { home, path } = await put(signedIn, 'elsewhere')
  const found = await loadCodexCliSignIn(key, { env: { CODEX_HOME: '~/elsewhere' }, now, home })
  expect(found?.path).toBe(path)
})

it.each([
  ['an API key', { auth_mode: 'apikey', OPENAI_API_KEY: 'sk-canary', tokens: null }],
  ['a sign-in without a refresh token', { tokens: { access_token: 'a', refresh_token: '' } }],
  ['no JSON', '{"tokens":'],
])('takes %s for none', async (_name, file) => {
  const { home } = await put(file)
  expect(await loadCodexCliSignIn(key, { env: {}, now, home })).toBeUndefined()
})

it('finds nothing where there is no Codex CLI', async () => {
  const home = await mkdtemp(join(tmpdir(), 'crossfeed-import-'))
  expect(await loadCodexCliSignIn(key, { env: {}, now, home })).toBeUndefined()
})
