import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { approveAll, query, type SessionLifecycleEvent } from '../index.ts'
import { calls, model, ofType, startTrial, watch, type Trial } from '../trial.test-support.ts'

let trial: Trial
let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'crossfeed-sdk-'))))
afterEach(async () => {
  await trial.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a saved session is taken up by another client, with its history, model and events', async () => {
  trial = await startTrial({ scenario: [calls('note', {}), { text: 'Noted.' }, { text: 'Blue.' }] })
  const first = trial.newClient({ baseDirectory: folder })
  const session = await first.createSession({
    model,
    reasoningEffort: 'low',
    tools: [{ name: 'note', handler: () => 'the colour is blue' }],
    onPermissionRequest: approveAll,
  })
  await query('Note the colour.', { session })
  const before = await session.getEvents()
  await first.stop()

  const second = trial.newClient({ baseDirectory: folder })
  const resumed = await second.resumeSession(session.sessionId, {})
  expect(await query('Which colour?', { session: resumed })).toBe('Blue.')
  const body = trial.bodies()[2]
  expect(body).toMatchObject({ model, reasoning: { effort: 'low' } })
  expect(JSON.stringify(body)).toContain('the colour is blue')
  const events = await resumed.getEvents()
  expect(events.slice(0, before.length)).toEqual(before)
  expect(ofType(events, 'session.resume')).toHaveLength(1)
})

test('files are for their owner only and hold neither key nor token', async () => {
  trial = await startTrial({ scenario: [{ text: 'Hi.' }] })
  const client = trial.newClient({ baseDirectory: folder })
  const session = await client.createSession({ sessionId: 'mine', model, gitHubToken: 'gho_secret' })
  await query('Hi.', { session })
  expect(session.workspacePath).toBe(join(folder, 'session-state', 'mine'))
  const file = join(folder, 'session-state', 'mine', 'session.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder, 'session-state', 'mine')).mode & 0o777).toBe(0o700)
  expect(readFileSync(file, 'utf8')).not.toContain('gho_secret')
  await client.deleteSession('mine')
  expect(readdirSync(join(folder, 'session-state'))).toEqual([])
})

test('without a folder nothing is written, and a session lasts as long as its client', async () => {
  trial = await startTrial({ scenario: [{ text: 'a' }, { text: 'b' }] })
  const session = await trial.client.createSession({ model })
  expect(session.workspacePath).toBeUndefined()
  await query('first', { session })
  await session.disconnect()
  const resumed = await trial.client.resumeSession(session.sessionId)
  await query('second', { session: resumed })
  expect(JSON.stringify(trial.bodies()[1])).toContain('first')
  const other = trial.newClient()
  await expect(other.resumeSession(session.sessionId)).rejects.toMatchObject({ reason: 'session-not-found' })
})

test('sessions are listed, told of and deleted', async () => {
  trial = await startTrial()
  const client = trial.newClient({ baseDirectory: folder })
  const told: SessionLifecycleEvent[] = []
  client.onLifecycle((event) => told.push(event))
  const session = await client.createSession({ sessionId: 'a', model, workingDirectory: folder })
  await query('What is this about?', { session })
  await client.createSession({ sessionId: 'b', model })
  expect((await client.listSessions()).map(({ sessionId }) => sessionId).toSorted()).toEqual(['a', 'b'])
  expect(await client.listSessions({ workingDirectory: folder })).toMatchObject([
    { sessionId: 'a', summary: 'What is this about?', isRemote: false, context: { workingDirectory: folder } },
  ])
  expect(await client.getLastSessionId()).toBeDefined()
  expect((await client.getSessionMetadata('a'))?.startTime).toBeInstanceOf(Date)
  await client.deleteSession('a')
  expect(await client.getSessionMetadata('a')).toBeUndefined()
  await expect(client.deleteSession('a')).rejects.toMatchObject({ reason: 'session-not-found' })
  expect(told.map(({ type, sessionId }) => `${type} ${sessionId}`)).toEqual([
    'session.created a',
    'session.updated a',
    'session.created b',
    'session.deleted a',
  ])
})

test.each(['../evil', '', 'a/b', '.hidden'])('the session id %j is refused', async (sessionId) => {
  trial = await startTrial()
  const client = trial.newClient({ baseDirectory: folder })
  await expect(client.createSession({ sessionId, model })).rejects.toMatchObject({ reason: 'session-config' })
  await expect(client.resumeSession(sessionId)).rejects.toMatchObject({ reason: 'session-config' })
})

test('an id that is taken is refused, and a session that is open is taken over by its resumption', async () => {
  trial = await startTrial({ scenario: [{ text: 'a' }] })
  const open = await trial.client.createSession({ sessionId: 'a', model })
  await expect(trial.client.createSession({ sessionId: 'a', model })).rejects.toThrow('exists')
  const resumed = await trial.client.resumeSession('a', { suppressResumeEvent: true })
  const events = watch(resumed)
  expect(await query('x', { session: resumed })).toBe('a')
  expect(ofType(events, 'session.resume')).toEqual([])
  await expect(open.send('y')).rejects.toMatchObject({ reason: 'session-disconnected' })
})

test('the hook at the end of a session may name it', async () => {
  trial = await startTrial()
  const client = trial.newClient({ baseDirectory: folder })
  const onSessionEnd = (): { sessionSummary: string } => ({ sessionSummary: 'All about tests' })
  const session = await client.createSession({ model, hooks: { onSessionEnd } })
  await session.disconnect()
  await session.disconnect()
  expect((await client.getSessionMetadata(session.sessionId))?.summary).toBe('All about tests')
})

test('of several resumptions at once the last one has the session, and the others are disconnected', async () => {
  trial = await startTrial({ scenario: [{ text: 'a' }] })
  const { client } = trial
  const { sessionId } = await client.createSession({ model })
  let open = 0
  let most = 0
  const hooks = {
    onSessionStart: () => void (most = Math.max(most, ++open)),
    onSessionEnd: () => void open--,
  }
  const resumed = await Promise.all([1, 2, 3].map(() => client.resumeSession(sessionId, { hooks })))
  const [first, second, third] = resumed
  await expect(first!.send('x')).rejects.toMatchObject({ reason: 'session-disconnected' })
  await expect(second!.send('x')).rejects.toMatchObject({ reason: 'session-disconnected' })
  expect(await query('x', { session: third! })).toBe('a')
  expect(most).toBe(1)
})

test('two new sessions at once cannot have one id', async () => {
  trial = await startTrial()
  const open = () => trial.client.createSession({ sessionId: 'twin', model })
  const ended = await Promise.allSettled([open(), open()])
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(await trial.client.listSessions()).toHaveLength(1)
})
