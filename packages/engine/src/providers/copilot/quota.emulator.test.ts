import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmulator, type EmulatorOptions } from '@crossfeed/emulator'
import { chat, messages, responses, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { createSignInSource } from '../../credentials/source.ts'
import { createCredentialStore } from '../../credentials/store.ts'
import { createEngine } from '../../engine.ts'
import { silentLog, systemClock, type Clock } from '../../ports.ts'
import { createTransport } from '../../transport/http.ts'
import { createProvider } from '../create.ts'
import { createHosts } from './hosts.ts'
import { createCopilot } from './index.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

const protocols = { chat, messages, responses }

/** A Copilot account, and OpenAI behind it for two names. */
async function start(quirks: EmulatorOptions['quirks']) {
  let skipped = 0
  const now = (): number => Date.now() + skipped
  const emulator = createEmulator({ now, quirks: { ...quirks } })
  const { url } = await emulator.start()
  const clock: Clock = { ...systemClock, now }
  const shared = { transport: createTransport(), clock, log: silentLog, version: '1' }
  const hosts = createHosts({ githubUrl: url, githubApiUrl: url, copilotUrl: url })
  const store = createCredentialStore(await mkdtemp(join(tmpdir(), 'crossfeed-quota-')))
  const loadSignIn = createSignInSource({ env: { COPILOT_GITHUB_TOKEN: 'gho_x' }, store, host: hosts.host })
  const copilot = createCopilot({ ...shared, hosts, store, loadSignIn })
  const baseUrl = `${emulator.urls.openai}/v1`
  const openai = createProvider({ name: 'openai', type: 'openai', baseUrl, apiKey: 'sk-x' }, shared)
  const spare = (name: string) => ({
    name,
    targets: [
      { provider: 'copilot', model: name, order: 0 },
      { provider: 'openai', model: 'gpt-5-mini', order: 1 },
    ],
  })
  const aliases = [spare('gpt-5-mini'), spare('claude-sonnet-4.6')]
  const engine = createEngine({ ...shared, copilot, providers: [openai], aliases })
  open.push(
    () => emulator.stop(),
    () => engine.close(),
  )
  /** Who served, and the changes that were named. */
  const ask = (from: ProtocolId, model: string, stream: boolean) =>
    new Promise<{ status: number; by: unknown; changes: unknown; text: string }>((resolve) => {
      const user = { role: 'user', content: 'hi' }
      const turns = from === 'responses' ? { input: [user] } : { messages: [user] }
      const body: JsonObject = { model, stream, ...turns, ...(from === 'messages' && { max_tokens: 99 }) }
      const got = { status: 0, by: undefined as unknown, changes: undefined as unknown, text: '' }
      const raw = Buffer.from(JSON.stringify(body))
      engine.run(
        { protocol: protocols[from], body, raw, headers: {}, path: '/x', requestId: 'r' },
        {
          begin: (status, headers) =>
            Object.assign(got, {
              status,
              by: headers['x-crossfeed-provider'],
              changes: headers['x-crossfeed-changes'],
            }),
          write: (bytes) => ((got.text += bytes.toString()), true),
          end: (bytes = '') => resolve(Object.assign(got, { text: got.text + bytes.toString() })),
        },
      )
    })
  return {
    emulator,
    ask,
    skip: (ms: number) => (skipped += ms),
    /** Calls for models that Copilot got since `clear`. */
    copilotCalls: () =>
      emulator.requests().filter(({ method, path }) => method === 'POST' && !path.startsWith('/openai/')).length,
  }
}

const clients: readonly (readonly [ProtocolId, boolean])[] = [
  ['chat', true],
  ['chat', false],
  ['messages', true],
  ['messages', false],
  ['responses', true],
  ['responses', false],
]

describe.each([
  ['out of quota', 'quota-exceeded', 3600],
  ['over the limits of its plan', 'rate-limited-plan', 3600],
  ['over a limit until a date', 'rate-limited-date', 60],
] as const)('a Copilot account that is %s', (_why, quirk, seconds) => {
  it.each(clients)('leaves its turn to another supply and takes it back: %s, stream %s', async (from, stream) => {
    const trial = await start({ [quirk]: true })
    const first = await trial.ask(from, 'gpt-5-mini', stream)
    expect(first).toMatchObject({ status: 200, by: 'openai' })
    expect(first.changes).toContain('failed-over:copilot/gpt-5-mini>openai/gpt-5-mini')
    expect(first.text).not.toContain('"error":{')
    trial.emulator.setQuirks({ [quirk]: false })
    trial.emulator.clear()
    expect(await trial.ask(from, 'gpt-5-mini', stream)).toMatchObject({ status: 200, by: 'openai' })
    expect(trial.copilotCalls(), 'while it rests').toBe(0)
    trial.skip((seconds - 5) * 1000)
    expect(await trial.ask(from, 'gpt-5-mini', stream)).toMatchObject({ by: 'openai' })
    trial.skip(10_000)
    expect(await trial.ask(from, 'gpt-5-mini', stream)).toMatchObject({ status: 200, by: 'copilot' })
  })
})

it.each(['quota-exceeded', 'rate-limited-plan'] as const)('%s holds for all models of the account', async (quirk) => {
  const trial = await start({ [quirk]: true })
  await trial.ask('chat', 'gpt-5-mini', false)
  trial.emulator.clear()
  expect(await trial.ask('messages', 'claude-sonnet-4.6', false)).toMatchObject({ status: 200, by: 'openai' })
  expect(trial.copilotCalls()).toBe(0)
})

it('a limit of one model leaves the others alone', async () => {
  const trial = await start({})
  const error = { message: 'Slow down.', code: 'user_model_rate_limited' }
  trial.emulator.play([{ when: { face: 'copilot' }, status: 429, error, headers: { 'retry-after': '600' } }])
  expect(await trial.ask('chat', 'gpt-5-mini', false)).toMatchObject({ by: 'openai' })
  expect(await trial.ask('chat', 'gpt-5-mini', false)).toMatchObject({ by: 'openai' })
  expect(await trial.ask('messages', 'claude-sonnet-4.6', false)).toMatchObject({ by: 'copilot' })
})
