import { afterEach, expect, test, vi } from 'vitest'
import { approveAll, query, withClientSession } from '../index.ts'
import { calls, model, next, ofType, startTrial, watch, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

test('a message is answered, and the events tell how', async () => {
  trial = await startTrial({ scenario: [{ text: 'Four.' }] })
  const session = await trial.client.createSession({ model })
  const events = watch(session)
  const answer = await session.sendAndWait({ prompt: 'What is 2+2?' })
  expect(answer?.data.content).toBe('Four.')
  expect(events.map(({ type }) => type)).toEqual([
    'user.message',
    'assistant.turn_start',
    'session.usage_info',
    'assistant.message',
    'assistant.usage',
    'session.usage_info',
    'assistant.turn_end',
    'session.idle',
  ])
  expect((await session.getEvents()).map(({ type }) => type)).toEqual([
    'session.start',
    'user.message',
    'assistant.turn_start',
    'assistant.message',
    'assistant.turn_end',
  ])
})

test('a second message is sent with the history of the first', async () => {
  trial = await startTrial({ scenario: [{ text: 'Hello Ada.' }, { text: 'Ada.' }] })
  const session = await trial.client.createSession({ model })
  await query('I am Ada.', { session })
  expect(await query('Who am I?', { session })).toBe('Ada.')
  const body = JSON.stringify(trial.bodies()[1])
  expect(body).toContain('I am Ada.')
  expect(body).toContain('Hello Ada.')
})

test('deltas are told while streaming only, and the last message repeats the whole text', async () => {
  const step = { text: ['Once ', 'upon ', 'a time.'], reasoning: { text: 'A story.' } }
  trial = await startTrial({ scenario: [step, step] })
  const streaming = await trial.client.createSession({ model, streaming: true, reasoningSummary: 'detailed' })
  const told = watch(streaming)
  await streaming.sendAndWait('Tell a story.')
  const deltas = ofType(told, 'assistant.message_delta')
  expect(deltas.map(({ data }) => data.deltaContent).join('')).toBe('Once upon a time.')
  expect(deltas.length).toBeGreaterThan(1)
  const [message] = ofType(told, 'assistant.message')
  expect(message?.data).toMatchObject({ content: 'Once upon a time.', messageId: deltas[0]!.data.messageId })
  expect(ofType(told, 'assistant.reasoning')[0]?.data.content).toContain('A story.')

  const whole = await trial.client.createSession({ model })
  const quiet = watch(whole)
  await whole.sendAndWait('Tell a story.')
  expect(ofType(quiet, 'assistant.message_delta')).toEqual([])
  expect(ofType(quiet, 'assistant.message')[0]?.data.content).toBe('Once upon a time.')
})

test.each(['gpt-5.4', 'claude-opus-4.7', 'claude-sonnet-4.6', 'gemini-3.1-pro-preview'])(
  'a conversation with %s keeps its sealed reasoning through tools, turns and a resumption',
  async (name) => {
    trial = await startTrial()
    const config = {
      model: name,
      reasoningEffort: 'high' as const,
      tools: [{ name: 'look', handler: () => 'found' }],
      onPermissionRequest: approveAll,
    }
    const session = await trial.client.createSession(config)
    const question = 'call tool look with {"path":"x"}'
    expect(await query(question, { session })).toBe('The tool look answered: found')
    const { sessionId } = session
    await session.disconnect()
    const resumed = await trial.client.resumeSession(sessionId, config)
    const events = watch(resumed)
    expect(await query(question, { session: resumed })).toBe('The tool look answered: found')
    expect(await query('And now?', { session: resumed })).toContain('And now?')
    expect(ofType(events, 'session.warning')).toEqual([])
    const asked = trial.emulator.requests().filter(({ method, path }) => method === 'POST' && path !== '/__state')
    expect(asked.every(({ status }) => status === 200)).toBe(true)
  },
)

test('the model may change in the middle, whatever protocol the next one speaks', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({
    model: 'gpt-5.4',
    reasoningEffort: 'high',
    tools: [{ name: 'look', handler: () => 'found' }],
    onPermissionRequest: approveAll,
  })
  for (const name of [
    'gpt-5.4',
    'claude-opus-4.7',
    'gpt-5.2',
    'gemini-3.1-pro-preview',
    'claude-sonnet-4.6',
    'gpt-5.4',
  ]) {
    await session.setModel(name)
    expect(await query('call tool look with {"path":"x"}', { session }), name).toBe('The tool look answered: found')
  }
})

test('messages that are sent meanwhile have their turn, one after the other', async () => {
  trial = await startTrial({ scenario: [{ text: 'one' }, { text: 'two' }] })
  const session = await trial.client.createSession({ model })
  const [first, second] = await Promise.all([session.sendAndWait('1'), session.sendAndWait('2')])
  expect([first?.data.content, second?.data.content]).toEqual(['one', 'two'])
  const delivered = ofType(await session.getEvents(), 'user.message').map(({ data }) => data.delivery)
  expect(delivered).toEqual(['idle', 'queued'])
})

test('an immediate message is told to the model with its next call', async () => {
  trial = await startTrial({ scenario: [calls('wait_for_it', {}), { text: 'Understood.' }] })
  const session = await trial.client.createSession({
    model,
    onPermissionRequest: approveAll,
    tools: [
      {
        name: 'wait_for_it',
        async handler() {
          await session.send({ prompt: 'Make it short.', mode: 'immediate' })
          return 'waited'
        },
      },
    ],
  })
  expect((await session.sendAndWait('Go.'))?.data.content).toBe('Understood.')
  expect(JSON.stringify(trial.bodies()[1])).toContain('Make it short.')
  expect(trial.bodies()).toHaveLength(2)
})

test('abort cancels the call, and the session answers the next message', async () => {
  trial = await startTrial({ scenario: [{ text: 'never', delay: { headers: 60_000 } }, { text: 'Back.' }] })
  const session = await trial.client.createSession({ model })
  const events = watch(session)
  const idle = next(session, 'session.idle')
  const sent = session.sendAndWait('Wait.')
  await vi.waitFor(() => expect(trial.bodies()).toHaveLength(1))
  await session.abort()
  expect(await sent).toBeUndefined()
  expect(await idle).toMatchObject({ data: { aborted: true } })
  expect(ofType(events, 'session.error')).toEqual([])
  expect(await query('Again.', { session })).toBe('Back.')
})

test('waiting too long rejects, and the work goes on', async () => {
  trial = await startTrial({ scenario: [{ text: 'Late.', delay: { headers: 300 } }] })
  const session = await trial.client.createSession({ model })
  const answered = next(session, 'assistant.message')
  await expect(session.sendAndWait('Slow.', 20)).rejects.toMatchObject({ reason: 'wait-timeout' })
  expect(await answered).toMatchObject({ data: { content: 'Late.' } })
})

test('a failure of the model rejects, is told once, and leaves the session usable', async () => {
  trial = await startTrial({
    scenario: [{ status: 400, error: { message: 'That will not do.', code: 'bad' } }, { text: 'Fine.' }],
  })
  const session = await trial.client.createSession({ model })
  const events = watch(session)
  await expect(session.sendAndWait('Try.')).rejects.toThrow('That will not do.')
  expect(ofType(events, 'session.error')).toHaveLength(1)
  expect(ofType(events, 'session.error')[0]?.data).toMatchObject({ errorType: 'invalid-request', statusCode: 400 })
  expect(events.at(-1)?.type).toBe('session.idle')
  expect(await query('Again.', { session })).toBe('Fine.')
})

test('an answer that is cut off is a failure by its own name, and what came of it is not kept', async () => {
  trial = await startTrial({ scenario: [{ text: ['Half', ' of it'], cut: { afterEvents: 6 } }, { text: 'Whole.' }] })
  const session = await trial.client.createSession({ model })
  await expect(session.sendAndWait('Try.')).rejects.toMatchObject({ reason: expect.stringMatching(/-cut$/) })
  expect(await query('Again.', { session })).toBe('Whole.')
  expect(JSON.stringify(trial.bodies().at(-1))).not.toContain('Half')
})

test('nobody signed in is told with what to do', async () => {
  trial = await startTrial()
  const client = trial.newClient({ gitHubToken: undefined, useLoggedInUser: false })
  const session = await client.createSession({ model })
  const events = watch(session)
  await expect(session.sendAndWait('Hi.')).rejects.toMatchObject({
    reason: 'no-sign-in',
    fix: 'crossfeed auth login',
    message: expect.stringContaining('crossfeed auth login'),
  })
  expect(ofType(events, 'session.error')[0]?.data).toMatchObject({
    errorCode: 'no-sign-in',
    remediation: { message: 'crossfeed auth login' },
  })
})

test('a session ends with its client, also when the program throws', async () => {
  trial = await startTrial({ scenario: [{ text: 'Hi.' }] })
  const ended: string[] = []
  const config = {
    model,
    client: { gitHubToken: 'gho_trial', env: envOf(trial) },
    hooks: { onSessionEnd: ({ reason }: { reason: string }) => void ended.push(reason) },
  }
  const outer = withClientSession(config, async (session) => {
    expect(await query('Hi?', { session })).toBe('Hi.')
    throw new Error('of the program')
  })
  await expect(outer).rejects.toThrow('of the program')
  expect(ended).toEqual(['complete'])
})

test('a query on options makes a session of its own and closes it', async () => {
  trial = await startTrial({ scenario: [{ text: 'Four.' }] })
  const client = { gitHubToken: 'gho_trial', env: envOf(trial) }
  expect(await query('2+2?', { session: { model, client } })).toBe('Four.')
})

test('await using disconnects, and a disconnected session refuses messages', async () => {
  trial = await startTrial()
  let kept
  {
    await using session = await trial.client.createSession({ model })
    kept = session
  }
  await expect(kept.send('Hello?')).rejects.toMatchObject({ reason: 'session-disconnected' })
})

test('without a model the one that Copilot proposes is asked, from the next call on the one that is set', async () => {
  trial = await startTrial({ scenario: [{ text: 'a' }, { text: 'b' }] })
  const proposed =
    (await trial.client.listModels()).find(({ id }) => id === 'gpt-4.1') ?? (await trial.client.listModels())[0]
  const session = await trial.client.createSession({})
  await session.sendAndWait('x')
  await session.setModel(model, { reasoningEffort: 'low' })
  await session.sendAndWait('y')
  expect(trial.bodies()[0]?.['model']).toBe(proposed?.id)
  expect(trial.bodies()[1]).toMatchObject({ model, reasoning: { effort: 'low' } })
  expect(ofType(await session.getEvents(), 'session.model_change')[0]?.data.newModel).toBe(model)
})

test('a command runs instead of the model, and what it throws is the error of the run', async () => {
  trial = await startTrial()
  const args: string[] = []
  const session = await trial.client.createSession({
    model,
    commands: [
      { name: 'deploy', handler: (context) => void args.push(context.args) },
      {
        name: 'broken',
        handler() {
          throw new Error('no cluster')
        },
      },
    ],
  })
  expect(await session.sendAndWait('/deploy to staging')).toBeUndefined()
  expect(args).toEqual(['to staging'])
  await expect(session.sendAndWait('/broken')).rejects.toThrow('no cluster')
  expect(trial.bodies()).toEqual([])
})

function envOf({ emulator }: Trial): Record<string, string> {
  const { url } = emulator
  return { CROSSFEED_GITHUB_URL: url, CROSSFEED_GITHUB_API_URL: url, CROSSFEED_COPILOT_URL: url }
}
