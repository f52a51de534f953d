import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { createOAuthStore, type OAuthSignIn } from './oauth-store.ts'
import { createCredentialStore } from './store.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'crossfeed-home-'))
})

const signIn: OAuthSignIn = {
  provider: 'codex',
  host: 'auth.openai.com',
  accessToken: 'access',
  refreshToken: 'refresh',
  idToken: 'id',
  accountId: 'acct-1',
  obtainedAt: 1,
  expiresAt: 2,
}

it('gives back what was saved, in files that only the owner can read', async () => {
  const store = createOAuthStore(home)
  expect(await store.load(signIn)).toBeUndefined()
  expect(await store.list()).toEqual([])
  await store.save(signIn)
  expect(await store.load({ provider: 'codex', host: 'auth.openai.com' })).toEqual(signIn)
  const folder = join(home, 'credentials', 'oauth')
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  const files = await readdir(folder)
  expect(files).toHaveLength(1)
  expect((await stat(join(folder, files[0] ?? ''))).mode & 0o777).toBe(0o600)
})

it('keeps providers and hosts apart, and names cannot leave the folder', async () => {
  const store = createOAuthStore(home)
  const all = [
    signIn,
    { ...signIn, provider: 'work', refreshToken: 'two' },
    { ...signIn, host: '127.0.0.1:4141', refreshToken: 'three' },
    { ...signIn, provider: '../../escape', refreshToken: 'four' },
  ]
  for (const one of all) await store.save(one)
  for (const one of all) expect(await store.load(one)).toEqual(one)
  expect(await store.list()).toHaveLength(4)
  expect(await readdir(home)).toEqual(['credentials'])
  expect(await store.remove(signIn)).toBe(true)
  expect(await store.remove(signIn)).toBe(false)
  expect(await store.list()).toHaveLength(3)
})

it('stays out of the list of GitHub tokens', async () => {
  await createOAuthStore(home).save(signIn)
  expect(await createCredentialStore(home).list()).toEqual([])
})

it('takes a broken file, and one without a refresh token, for a missing one', async () => {
  const store = createOAuthStore(home)
  await store.save({ ...signIn, refreshToken: '' })
  expect(await store.load(signIn)).toBeUndefined()
  const folder = join(home, 'credentials', 'oauth')
  await writeFile(join(folder, (await readdir(folder))[0] ?? ''), '{"provider":')
  expect(await store.list()).toEqual([])
})

it('lets nobody save or remove what somebody is renewing', async () => {
  const store = createOAuthStore(home)
  await store.save(signIn)
  const order: string[] = []
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const renewing = store.withLock(signIn, async (save) => {
    begun.resolve()
    await goOn.promise
    await save({ ...signIn, refreshToken: 'renewed' })
    order.push('renewed')
  })
  await begun.promise
  const removing = store.remove(signIn).then(() => order.push('removed'))
  goOn.resolve()
  await Promise.all([renewing, removing])
  expect(order).toEqual(['renewed', 'removed'])
  expect(await store.load(signIn)).toBeUndefined()
})
