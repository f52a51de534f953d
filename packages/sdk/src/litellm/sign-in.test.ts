import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  createCodexHosts,
  createOAuthStore,
  createTransport,
  signInToCodexByDevice,
  systemClock,
} from '@crossfeed/engine'
import { afterEach, expect, it } from 'vitest'
import { AuthenticationError, type DeviceCode } from '../index.ts'
import { startLite, type LiteTrial } from './trial.test-support.ts'

let trial: LiteTrial
afterEach(() => trial.close())

const request = { model: 'github_copilot/gpt-4.1', messages: [{ role: 'user' as const, content: 'Hello there' }] }
const exchanges = (): number =>
  trial.emulator.requests().filter(({ path }) => path.endsWith('/copilot_internal/v2/token')).length

it('signs in by device with the first call, and keeps the sign-in as LiteLLM does', async () => {
  trial = await startLite({ signedOut: true, deviceInterval: 0 })
  const shown: DeviceCode[] = []
  const lite = trial.newLite({ onDeviceCode: (code) => shown.push(code) })
  const [reply] = await Promise.all([lite.completion(request), lite.completion(request)])
  expect(reply.choices[0]?.message.content).toContain('Hello there')
  expect(shown).toEqual([
    {
      userCode: expect.stringMatching(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/),
      verificationUri: expect.stringContaining('/login/device'),
      expiresIn: expect.any(Number),
    },
  ])
  expect((await readdir(trial.folder)).toSorted()).toEqual(['access-token', 'api-key.json'])
  expect(await readFile(join(trial.folder, 'access-token'), 'utf8')).toMatch(/^gh[ou]_\w+$/)
  const answer = JSON.parse(await readFile(join(trial.folder, 'api-key.json'), 'utf8'))
  expect(answer).toMatchObject({ token: expect.any(String), expires_at: expect.any(Number) })
  expect(answer.expires_at * 1000).toBeGreaterThan(Date.now())
  for (const name of ['access-token', 'api-key.json'])
    expect((await stat(join(trial.folder, name))).mode & 0o777).toBe(0o600)
})

it('uses what it kept the next time, without another sign-in or exchange', async () => {
  trial = await startLite({ signedOut: true, deviceInterval: 0 })
  await trial.newLite({ onDeviceCode: () => {} }).completion(request)
  const before = exchanges()
  const again = trial.newLite({ onDeviceCode: () => expect.unreachable() })
  await again.completion(request)
  expect(exchanges()).toBe(before)
  expect(before).toBe(1)
})

it('reads the files of LiteLLM, by the names that the environment gives them', async () => {
  trial = await startLite({ signedOut: true })
  await writeFile(join(trial.folder, 'my-token'), 'gho_of_litellm\n')
  const env = {
    ...trial.env,
    GITHUB_COPILOT_ACCESS_TOKEN_FILE: 'my-token',
    GITHUB_COPILOT_API_KEY_FILE: 'my-answer.json',
  }
  await trial.newLite({ env, onDeviceCode: () => expect.unreachable() }).completion(request)
  // The app of those files is an editor's, whose headers the service wants (SDKL-05).
  const call = trial.emulator.requests().find(({ path }) => path === '/chat/completions')
  expect(call?.headers).toMatchObject({
    'editor-version': expect.stringContaining('vscode/'),
    'editor-plugin-version': expect.any(String),
    'copilot-integration-id': 'vscode-chat',
    'x-initiator': 'user',
  })
  expect((await readdir(trial.folder)).toSorted()).toEqual(['my-answer.json', 'my-token'])
})

it('lets an expired answer go, and exchanges the token anew', async () => {
  trial = await startLite({ signedOut: true })
  await writeFile(join(trial.folder, 'access-token'), 'gho_of_litellm')
  await writeFile(join(trial.folder, 'api-key.json'), JSON.stringify({ token: 'tid=old', expires_at: 1_700_000_000 }))
  await trial.lite.completion(request)
  expect(exchanges()).toBe(1)
  expect(await readFile(join(trial.folder, 'api-key.json'), 'utf8')).not.toContain('tid=old')
})

it('takes a token of the environment first, and writes nothing then', async () => {
  trial = await startLite()
  await writeFile(join(trial.folder, 'access-token'), 'gho_of_litellm')
  await trial.lite.completion(request)
  expect(await readdir(trial.folder)).toEqual(['access-token'])
  const asked = trial.emulator.requests().find(({ path }) => path.endsWith('/copilot_internal/v2/token'))
  expect(asked?.headers['authorization']).toContain('rial')
})

it('prints the code where nobody else shows it', async () => {
  trial = await startLite({ signedOut: true, deviceInterval: 0 })
  const written: string[] = []
  const write = process.stderr.write
  process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write
  try {
    await trial.lite.completion(request)
  } finally {
    process.stderr.write = write
  }
  expect(written.join('')).toMatch(/\/login\/device and enter [A-Z0-9]{4}-[A-Z0-9]{4} /)
})

it('says that the sign-in was denied, or that the token is no more', async () => {
  trial = await startLite({ signedOut: true, githubTokens: ['gho_other'] })
  await writeFile(join(trial.folder, 'access-token'), 'gho_revoked')
  await expect(trial.lite.completion(request)).rejects.toBeInstanceOf(AuthenticationError)
})

it('makes one exchange for several instances that start at once', async () => {
  trial = await startLite({ signedOut: true })
  await writeFile(join(trial.folder, 'access-token'), 'gho_of_litellm')
  await Promise.all([1, 2, 3].map(() => trial.newLite().completion(request)))
  expect(exchanges()).toBe(1)
  expect((await readdir(trial.folder)).toSorted()).toEqual(['access-token', 'api-key.json'])
})

it('asks ChatGPT with the sign-in that the command line keeps', async () => {
  trial = await startLite({ deviceInterval: 0 })
  const { urls } = trial.emulator
  const home = join(trial.folder, 'home')
  const addresses = { authUrl: urls.codexAuth, apiUrl: `${urls.codex}/backend-api/codex` }
  const hosts = createCodexHosts(addresses)
  const transport = createTransport()
  const key = { provider: 'codex', host: hosts.host }
  const approve = (): void => void trial.emulator.approve()
  const flow = { transport, hosts, version: '0', clock: systemClock, key, onState: approve }
  await createOAuthStore(home).save(await signInToCodexByDevice(flow))
  await transport.close()
  const env = {
    ...trial.env,
    CROSSFEED_HOME: home,
    CROSSFEED_CODEX_AUTH_URL: addresses.authUrl,
    CROSSFEED_CODEX_URL: addresses.apiUrl,
  }
  const reply = await trial.newLite({ env }).completion({ ...request, model: 'chatgpt/gpt-5.5' })
  expect(reply.choices[0]?.message.content).toContain('Hello there')
  expect(reply._hiddenParams.customLlmProvider).toBe('chatgpt')
  expect(trial.lastCall().face).toBe('codex')
  const nobody = trial.newLite({ env: { ...env, CROSSFEED_HOME: join(trial.folder, 'nobody') } })
  const failure: unknown = await nobody
    .completion({ ...request, model: 'chatgpt/gpt-5.5' })
    .catch((one: unknown) => one)
  expect(failure).toBeInstanceOf(AuthenticationError)
  expect(String(failure)).toContain('crossfeed auth login --provider codex')
})

it('ends a sign-in that waits when it is closed', async () => {
  trial = await startLite({ signedOut: true, approveAfter: 'manual' })
  const shown = Promise.withResolvers<void>()
  const lite = trial.newLite({ onDeviceCode: () => shown.resolve() })
  const call = lite.completion(request)
  const ended = expect(call).rejects.toThrow('cancelled')
  await shown.promise
  await lite.close()
  await ended
})
