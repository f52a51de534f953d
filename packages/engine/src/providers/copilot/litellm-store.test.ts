import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CredentialStore } from '../../credentials/store.ts'
import { systemClock } from '../../ports.ts'
import { copilotSessionName } from './shared-session.ts'
import { createHosts } from './hosts.ts'
import { createLiteLlmStore } from './litellm-store.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'crossfeed-litellm-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const hosts = createHosts()
const open = (env: Record<string, string> = {}): CredentialStore =>
  createLiteLlmStore({ env: { HOME: home, USERPROFILE: home, ...env }, hosts, clock: systemClock })
const credential = { app: 'copilot', host: 'github.com', kind: 'oauth', token: 'gho_one', createdAt: '' } as const
const name = copilotSessionName(hosts, 'gho_one')
const session = (token: string) => ({
  way: 'exchanged',
  token,
  endpoint: 'https://api.business.githubcopilot.com',
  obtainedAt: Date.now(),
  refreshAt: Date.now() + 1_400_000,
  expiresAt: Date.now() + 1_560_000,
})
const file = (...words: string[]): string => join(home, '.config', 'litellm', 'github_copilot', ...words)

it('keeps a sign-in as text and the token answer as JSON, where LiteLLM looks for them', async () => {
  const store = open()
  expect(await store.list()).toEqual([])
  await store.save(credential)
  await store.saveSession(name, session('tid=1'))
  expect(await readFile(file('access-token'), 'utf8')).toBe('gho_one')
  expect(JSON.parse(await readFile(file('api-key.json'), 'utf8'))).toEqual({
    token: 'tid=1',
    expires_at: expect.any(Number),
    refresh_in: expect.any(Number),
    endpoints: { api: 'https://api.business.githubcopilot.com' },
  })
  expect((await stat(file('access-token'))).mode & 0o777).toBe(0o600)
  expect(await open().loadSession(name)).toMatchObject({ token: 'tid=1', way: 'exchanged' })
  expect(await open().list()).toMatchObject([{ token: 'gho_one', host: 'github.com', app: 'copilot' }])
})

it('gives an answer that it did not write the age of its file, so that it is renewed in time', async () => {
  await open().save(credential)
  await writeFile(file('api-key.json'), JSON.stringify({ token: 'tid=1', expires_at: Date.now() / 1000 + 900 }))
  const written = new Date(Date.now() - 600_000)
  await utimes(file('api-key.json'), written, written)
  const store = open()
  for (let look = 0; look < 2; look++)
    expect((await store.loadSession(name))?.['obtainedAt']).toBeCloseTo(written.getTime(), -1)
})

it('keeps what comes of other tokens out of the files, and drops the answer with a new sign-in', async () => {
  const store = open()
  await store.save(credential)
  const other = copilotSessionName(hosts, 'gho_of_the_environment')
  await store.saveSession(other, session('tid=other'))
  await expect(readFile(file('api-key.json'))).rejects.toThrow('ENOENT')
  expect(await store.loadSession(other)).toMatchObject({ token: 'tid=other' })
  expect(await store.loadSession(name)).toBeUndefined()
  await store.saveSession(name, session('tid=1'))
  await store.save({ ...credential, token: 'gho_two' })
  expect(await store.loadSession(copilotSessionName(hosts, 'gho_two'))).toBeUndefined()
})

it('removes both files at a sign-out', async () => {
  const store = open()
  await store.save(credential)
  await store.saveSession(name, session('tid=1'))
  expect(await store.remove(credential)).toBe(true)
  expect(await store.remove(credential)).toBe(false)
  expect(await store.loadSession(name)).toBeUndefined()
})

it('keeps the token of another host apart from that of github.com', async () => {
  await open().save(credential)
  const elsewhere = createHosts({ githubUrl: 'https://ghe.example' })
  const env = { HOME: home, USERPROFILE: home }
  const store = createLiteLlmStore({ env, hosts: elsewhere, clock: systemClock })
  expect(await store.list()).toEqual([])
  await store.save({ ...credential, host: 'ghe.example', token: 'gho_elsewhere' })
  expect(await readFile(file('access-token'), 'utf8')).toBe('gho_one')
})
