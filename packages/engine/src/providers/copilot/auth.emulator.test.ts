import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmulator } from '@crossfeed/emulator'
import type { EmulatorOptions } from '@crossfeed/emulator'
import { afterEach, describe, expect, it } from 'vitest'
import { createSignInSource } from '../../credentials/source.ts'
import { createCredentialStore } from '../../credentials/store.ts'
import { silentLog, systemClock } from '../../ports.ts'
import type { Clock } from '../../ports.ts'
import { createTransport } from '../../transport/http.ts'
import { loadAccount } from './account.ts'
import { createCopilotAuth } from './auth.ts'
import { signInByDevice } from './device-flow.ts'
import { chooseProfile, createHeaders } from './headers.ts'
import { createHosts } from './hosts.ts'
import { createCatalogue } from './models.ts'
import { chooseOAuthApp } from './oauth-apps.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** Everything below the pipeline, against the stand-in. */
async function start(options: EmulatorOptions = {}, given: { app?: string; env?: Record<string, string> } = {}) {
  let skipped = 0
  const now = (): number => Date.now() + skipped
  const emulator = createEmulator({ now, ...options })
  const { url } = await emulator.start()
  const transport = createTransport()
  const store = createCredentialStore(await mkdtemp(join(tmpdir(), 'crossfeed-emulated-')))
  const hosts = createHosts({ githubUrl: url })
  const clock = systemClock
  const loadSignIn = createSignInSource({
    env: given.env ?? {},
    store,
    host: hosts.host,
    loadFromCli: async () => undefined,
  })
  const auth = createCopilotAuth({ transport, clock, hosts, store, log: silentLog, version: '1', loadSignIn })
  const writeHeaders = (login: { app: string | undefined; way: string }) =>
    createHeaders({ profile: chooseProfile(login.app), version: '1', exchanged: login.way === 'exchanged' })
  const newCatalogue = () => createCatalogue({ transport, clock, log: silentLog, auth, writeHeaders })
  const catalogue = newCatalogue()
  open.push(
    () => emulator.stop(),
    () => transport.close(),
    () => auth.close(),
  )

  // Waits are over at once, and both sides' clocks jump ahead by them.
  const hasty: Clock = {
    ...clock,
    now,
    setTimer(run, ms) {
      skipped += ms
      return setTimeout(run, 0)
    },
  }
  const app = chooseOAuthApp(given.app ?? 'copilot')
  async function signIn(): Promise<void> {
    const token = await signInByDevice({ transport, clock: hasty, hosts, app, onState() {} })
    const createdAt = new Date().toISOString()
    await store.save({ app: app.name, host: hosts.host, kind: 'unknown', token, createdAt })
  }
  const account = async () => {
    const login = await auth.token()
    return loadAccount({ transport, clock, hosts, writeHeaders: writeHeaders(login), token: login.githubToken })
  }
  return { emulator, auth, catalogue, newCatalogue, signIn, account, url }
}

describe('from nothing to a model list', () => {
  it.each([
    ['copilot', 'exchanged'],
    ['vscode', 'exchanged'],
    ['opencode', 'direct'],
    ['Ov23ownapp0000000000', 'direct'],
  ])('with the app %s, %s', async (app, way) => {
    const { signIn, auth, catalogue, emulator, account } = await start({ approveAfter: 2 }, { app })
    await expect(auth.token()).rejects.toMatchObject({ reason: 'no-sign-in' })
    await signIn()
    await catalogue.load()
    expect(auth.current()?.way).toBe(way)
    expect(catalogue.resolve('claude-opus-4-6')?.endpoints).toContain('messages')
    expect((await account()).snapshots.length).toBeGreaterThan(0)
    const refused = emulator.requests().filter((one) => one.status >= 400 && one.status !== 404)
    expect(refused).toEqual([])
  })

  it('with a token of the environment that is used as it is', async () => {
    const { auth, catalogue } = await start({}, { env: { COPILOT_GITHUB_TOKEN: 'github_pat_x' } })
    await catalogue.load()
    expect(auth.current()).toMatchObject({ way: 'direct', bearer: 'github_pat_x' })
  })
})

describe('the quirks of the service', () => {
  const env = { GH_TOKEN: 'gho_x' }

  it.each([
    'token-other-endpoint',
    'token-sparse',
    'models-odd-entries',
    'models-sparse',
    'models-picker-disabled',
    'editor-headers-required',
    'exchange-not-found',
  ] as const)('%s does not keep the list away', async (quirk) => {
    const { catalogue } = await start({ quirks: { [quirk]: true } }, { env })
    await catalogue.load()
    const ids = catalogue.models().map((model) => model.id)
    expect(ids.length).toBeGreaterThan(5)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each([
    ['exchange-forbidden', 'forbidden'],
    ['exchange-rate-limited', 'rate-limited'],
    ['exchange-unauthorized', 'unauthorized'],
  ] as const)('%s is %s', async (quirk, code) => {
    const { auth } = await start({ quirks: { [quirk]: true } }, { env })
    await expect(auth.token()).rejects.toMatchObject({ code })
  })

  it.each(['user-free', 'user-business', 'user-null-snapshots'] as const)('%s is an account', async (quirk) => {
    const { account } = await start({ quirks: { [quirk]: true } }, { env })
    expect((await account()).plan).toBeTypeOf('string')
  })

  it('an expired token is replaced while the list is asked for', async () => {
    const { catalogue, newCatalogue, emulator, auth } = await start({}, { env })
    await catalogue.load()
    const before = auth.current()?.bearer
    await new Promise((resolve) => setTimeout(resolve, 5))
    emulator.expireTokens()
    await newCatalogue().load()
    expect(auth.current()?.bearer).not.toBe(before)
  })

  it.each([
    ['device-denied', 'sign-in-denied'],
    ['device-expired', 'sign-in-expired'],
  ] as const)('%s is %s', async (quirk, reason) => {
    const { signIn } = await start({ quirks: { [quirk]: true, 'device-slow-down': false } })
    await expect(signIn()).rejects.toMatchObject({ reason })
  })
})
