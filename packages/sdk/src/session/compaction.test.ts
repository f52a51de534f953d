import { afterEach, expect, test, vi } from 'vitest'
import { query } from '../index.ts'
import { model, ofType, startTrial, watch, type Trial } from '../trial.test-support.ts'
import { CopilotClient } from '../index.ts'
import { startUpstream, type Upstream } from '../byok/upstream.test-support.ts'

let trial: Trial | undefined
let upstream: Upstream | undefined
afterEach(async () => {
  await trial?.close()
  await upstream?.close()
  trial = undefined
  upstream = undefined
})

/** A client on a server of one's own whose model takes few tokens. */
async function tiny(maxPromptTokens: number): Promise<{ client: CopilotClient; config: object; posts(): string[] }> {
  const server = await startUpstream()
  upstream = server
  const client = new CopilotClient({ useLoggedInUser: false, env: {} })
  return {
    client,
    config: { model: 'm', provider: { baseUrl: `${server.url}/v1`, maxPromptTokens } },
    posts: () => server.asked.filter(({ method }) => method === 'POST').map(({ body }) => JSON.stringify(body)),
  }
}

test('a conversation that fills its context is summarised, and goes on from the summary', async () => {
  const { client, config, posts } = await tiny(300)
  const session = await client.createSession({ ...config, systemMessage: { mode: 'replace', content: 'x' } })
  const events = watch(session)
  await query(`First: ${'long '.repeat(220)}`, { session })
  await query(`Second: ${'long '.repeat(220)}`, { session })
  await vi.waitFor(() => expect(ofType(events, 'session.compaction_complete')).not.toEqual([]))
  await query('Third.', { session })
  await client.stop()
  const [started] = ofType(events, 'session.compaction_start')
  expect(started?.data).toMatchObject({ trigger: 'threshold', tokenLimit: 300 })
  const [done] = ofType(events, 'session.compaction_complete')
  expect(done?.data).toMatchObject({
    success: true,
    summaryContent: 'Hello!',
    compactionTokensUsed: { inputTokens: 10 },
  })
  expect(done?.data.messagesRemoved).toBeGreaterThan(1)
  const summarised = posts().findIndex((body) => body.includes('Summarise the conversation'))
  expect(posts()[summarised]).toContain('First: ')
  expect(posts().at(-1)).toContain('summary of the conversation so far')
  expect(posts().at(-1)).not.toContain('First: ')
})

test('with infinite sessions off nothing is summarised', async () => {
  const { client, config, posts } = await tiny(300)
  const session = await client.createSession({ ...config, infiniteSessions: { enabled: false } })
  for (const word of ['a', 'b', 'c']) await query(`${word} ${'long '.repeat(220)}`, { session })
  await client.stop()
  expect(posts().filter((body) => body.includes('Summarise the conversation'))).toEqual([])
})

test('a prompt that the model refuses as too long is shortened and sent once more', async () => {
  const refusal = { status: 400, error: { message: 'prompt is too long', code: 'model_max_prompt_tokens_exceeded' } }
  trial = await startTrial({
    scenario: [{ text: 'a' }, { text: 'b' }, refusal, { text: 'What was said.' }, { text: 'Fine.' }],
  })
  const session = await trial.client.createSession({ model })
  const events = watch(session)
  await query('one', { session })
  await query('two', { session })
  expect(await query('three', { session })).toBe('Fine.')
  expect(ofType(events, 'session.compaction_complete')[0]?.data).toMatchObject({
    success: true,
    trigger: 'context_limit_retry',
  })
  expect(ofType(events, 'session.error')).toEqual([])
  expect(JSON.stringify(trial.bodies().at(-1))).toContain('What was said.')
})

test('a summary that fails is told and stops nothing', async () => {
  const { client, config } = await tiny(300)
  const session = await client.createSession(config)
  const events = watch(session)
  await query(`First: ${'long '.repeat(100)}`, { session })
  upstream?.fail(500, 'down')
  await session.sendAndWait(`Second: ${'long '.repeat(220)}`).catch(() => {})
  await vi.waitFor(() => expect(ofType(events, 'session.compaction_complete')).not.toEqual([]))
  await client.stop()
  expect(ofType(events, 'session.compaction_complete')[0]?.data).toMatchObject({ success: false })
  expect(ofType(events, 'session.idle')).not.toEqual([])
})

test('a session keeps to its credits', async () => {
  trial = await startTrial({ scenario: [{ text: 'a', usage: { input: 500_000, output: 1 } }] })
  const session = await trial.client.createSession({ model: 'gpt-5.2', sessionLimits: { maxAiCredits: 50 } })
  const events = watch(session)
  await query('one', { session })
  // 500 000 tokens at 175 credits a million, and one of output at 1400.
  expect(ofType(events, 'assistant.usage')[0]?.data.cost).toBeCloseTo(87.5014)
  await expect(query('two', { session })).rejects.toMatchObject({ reason: 'session-limit' })
  expect(ofType(events, 'session_limits_exhausted.requested')[0]?.data).toMatchObject({ maxAiCredits: 50 })
  expect(trial.bodies()).toHaveLength(1)
})

test('a limit on credits that cannot be kept is told once', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({ model, sessionLimits: { maxAiCredits: 1 } })
  const events = watch(session)
  await query('one', { session })
  await query('two', { session })
  expect(ofType(events, 'session.warning').map(({ data }) => data.warningType)).toEqual(['session-limit'])
})

test('without the long tier a conversation is kept where the usual prices hold', async () => {
  trial = await startTrial()
  const limitOf = async (contextTier: 'default' | 'long_context'): Promise<number | undefined> => {
    const session = await trial!.client.createSession({ model: 'gpt-5.4', contextTier })
    const events = watch(session)
    await query('one', { session })
    return ofType(events, 'session.usage_info')[0]?.data.tokenLimit
  }
  expect(await limitOf('default')).toBe(272_000)
  expect(await limitOf('long_context')).toBe(922_000)
})
