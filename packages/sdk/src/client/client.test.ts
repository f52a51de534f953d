import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { createClient, CopilotClient, type CopilotClientOptions, type ModelInfo, type SessionConfig } from '../index.ts'
import { model, startTrial, type Trial } from '../trial.test-support.ts'
import { version } from '../version.ts'

let trial: Trial | undefined
afterEach(async () => {
  await trial?.close()
  trial = undefined
})

const mine: ModelInfo = {
  id: 'my-gpt-4o',
  name: 'My GPT-4o',
  vendor: 'openai',
  family: 'gpt-4o',
  version: '',
  maxInputTokens: 128_000,
  maxOutputTokens: 16_384,
  preview: false,
  defaultTemperature: 1,
  modelPickerPriority: 1,
  capabilities: { supports: { vision: false, reasoningEffort: false }, limits: { max_context_window_tokens: 128_000 } },
}

test('a list of models of the program is asked for once, and nobody else is asked', async () => {
  trial = await startTrial()
  let asked = 0
  const client = trial.newClient({
    async onListModels() {
      asked++
      return [mine]
    },
  })
  const [first, second] = await Promise.all([client.listModels(), client.listModels()])
  expect(first).toEqual([mine])
  first[0]!.name = 'changed'
  first.push(mine)
  expect(second).toEqual([mine])
  expect(await client.listModels()).toEqual([mine])
  expect(asked).toBe(1)
  expect(trial.emulator.requests()).toEqual([])
  await client.stop()
  await client.listModels()
  expect(asked).toBe(2)
})

test('a list that failed is asked for again', async () => {
  let asked = 0
  const client = createClient({
    onListModels() {
      if (asked++ === 0) throw new Error('not now')
      return [{ id: 'a', name: 'A' }]
    },
  })
  await expect(client.listModels()).rejects.toThrow('not now')
  expect(await client.listModels()).toEqual([
    {
      id: 'a',
      name: 'A',
      capabilities: { supports: { vision: false, reasoningEffort: false }, limits: { max_context_window_tokens: 0 } },
    },
  ])
})

test('without one Copilot is asked, once', async () => {
  trial = await startTrial()
  const models = await trial.client.listModels()
  await trial.client.listModels()
  expect(models.find(({ id }) => id === model)).toMatchObject({
    capabilities: { supports: { vision: true, reasoningEffort: true }, limits: { max_context_window_tokens: 264_000 } },
    vendor: expect.any(String),
    maxInputTokens: expect.any(Number),
  })
  expect(trial.emulator.requests().filter(({ path }) => path.endsWith('/models'))).toHaveLength(1)
})

test('who is signed in is told, and why nobody is', async () => {
  trial = await startTrial()
  expect(await trial.client.getAuthStatus()).toEqual({ isAuthenticated: true, login: 'octo-dev' })
  const nobody = trial.newClient({ gitHubToken: undefined, useLoggedInUser: false })
  const status = await nobody.getAuthStatus()
  expect(status).toMatchObject({ isAuthenticated: false })
  expect(status.statusMessage).toContain('signed in')
  await expect(nobody.listModels()).rejects.toMatchObject({ reason: 'no-sign-in' })
})

test.each<[string, object, string]>([
  ['one that does not exist', { onListModel: () => [] }, 'did you mean onListModels?'],
  ['one that needs a server', { connection: { kind: 'stdio' } }, 'sessions run in this process'],
  ['telemetry', { telemetry: { otlpEndpoint: 'http://x' } }, 'no telemetry'],
])('of the options of a client %s is refused', (_name, options, says) => {
  expect(() => new CopilotClient(options as CopilotClientOptions)).toThrow(says)
})

test.each<[string, object, string]>([
  ['one that does not exist', { onPermisionRequest: () => {} }, 'did you mean onPermissionRequest?'],
  ['one that cannot be honoured', { customAgents: [] }, 'customAgents is not supported'],
  [
    'a mistyped hook',
    { hooks: { onPreTooluse: () => {} } },
    'hooks.onPreTooluse is no known option (did you mean onPreToolUse?)',
  ],
  ['telemetry', { enableSessionTelemetry: true }, 'there is no telemetry'],
])('of the options of a session %s is refused', async (_name, config, says) => {
  const client = new CopilotClient()
  await expect(client.createSession(config as SessionConfig)).rejects.toThrow(says)
  await expect(client.resumeSession('a', config as SessionConfig)).rejects.toThrow(says)
})

test('in the empty mode every session says which tools it wants', async () => {
  const client = new CopilotClient({ mode: 'empty' })
  await expect(client.createSession({ model })).rejects.toThrow('availableTools')
  await (await client.createSession({ model, availableTools: [] })).disconnect()
})

test('sessions of one client may have identities of their own', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({ model, gitHubToken: 'gho_other' })
  await session.sendAndWait('Hi.')
  const exchange = trial.emulator.requests().find(({ path }) => path.endsWith('/token'))
  expect(exchange?.headers['authorization']).toMatch(/ther$/)
})

test('stop disconnects every session, and the client can be used again', async () => {
  trial = await startTrial({ scenario: [{ text: 'a' }, { text: 'b' }] })
  const session = await trial.client.createSession({ model })
  await session.sendAndWait('x')
  expect(await trial.client.stop()).toEqual([])
  await expect(session.send('y')).rejects.toMatchObject({ reason: 'session-disconnected' })
  const again = await trial.client.createSession({ model })
  expect((await again.sendAndWait('z'))?.data.content).toBe('b')
})

test('stop gives up a session that is still being opened, also from its own hook', async () => {
  trial = await startTrial()
  const { client } = trial
  const stopped: Promise<unknown>[] = []
  const onSessionStart = async (): Promise<void> => {
    const stopping = client.stop()
    stopped.push(stopping)
    await stopping
  }
  const opening = client.createSession({ sessionId: 'early', model, hooks: { onSessionStart } })
  await expect(opening).rejects.toMatchObject({ reason: 'session-disconnected' })
  expect(await Promise.all(stopped)).toEqual([[]])
  expect(await client.listSessions()).toEqual([])
  await (await client.createSession({ sessionId: 'early', model })).disconnect()
})

test('stop ends an opening that waits for its turn', async () => {
  trial = await startTrial()
  const { client } = trial
  const { sessionId } = await client.createSession({ model })
  const opening = Promise.allSettled([client.resumeSession(sessionId), client.resumeSession(sessionId)])
  await client.stop()
  expect((await opening).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

test('the version is that of the package', () => {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(manifest.version).toBe(version)
})
