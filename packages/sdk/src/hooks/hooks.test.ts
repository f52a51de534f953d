import { afterEach, expect, test } from 'vitest'
import { approveAll, type CopilotSession, type SessionConfig, type SessionHooks } from '../index.ts'
import { calls, model, ofType, startTrial, watch, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial?.close())

const echo = { name: 'echo', handler: (args: unknown) => JSON.stringify(args) }
const broken = {
  name: 'echo',
  handler() {
    throw new Error('broke')
  },
}

/** What the model read of one call of `echo`, with these hooks. */
async function readThrough(hooks: SessionHooks, config: SessionConfig = {}): Promise<string> {
  trial = await startTrial({ scenario: [calls('echo', { a: 1 }), { text: 'Done.' }] })
  const session = await trial.client.createSession({
    model,
    tools: [echo],
    onPermissionRequest: approveAll,
    hooks,
    ...config,
  })
  await session.sendAndWait('Go.')
  return JSON.stringify(trial.bodies()[1]?.['input'])
}

test('a hook before a tool may change its arguments and add context', async () => {
  const read = await readThrough({ onPreToolUse: () => ({ modifiedArgs: { a: 2 }, additionalContext: 'noted' }) })
  expect(read).toContain(String.raw`{\"a\":2}\n\nnoted`)
})

test('a hook before a tool may deny it, and the handler for permissions is not asked', async () => {
  let asked = 0
  const read = await readThrough(
    { onPreToolUse: () => ({ permissionDecision: 'deny', permissionDecisionReason: 'on holiday' }) },
    {
      onPermissionRequest() {
        asked++
        return { kind: 'approve-once' }
      },
    },
  )
  expect(read).toContain('on holiday')
  expect(asked).toBe(0)
})

test('a hook may allow a tool that nobody else would, and ask for one that needs no permission', async () => {
  const allowed = await readThrough(
    { onPreToolUse: () => ({ permissionDecision: 'allow' }) },
    { onPermissionRequest: undefined },
  )
  expect(allowed).toContain('\\"a\\":1')
  await trial.close()
  const asked = await readThrough(
    { onPreToolUse: () => ({ permissionDecision: 'ask' }) },
    { onPermissionRequest: () => ({ kind: 'reject' }), tools: [{ ...echo, skipPermission: true }] },
  )
  expect(asked).toContain('denied')
})

test('after success one hook may change the result; after a failure the other is told, and only that', async () => {
  const heard: string[] = []
  const hooks: SessionHooks = {
    onPostToolUse({ toolResult }) {
      heard.push(`ok ${toolResult.textResultForLlm}`)
      return { modifiedResult: { ...toolResult, textResultForLlm: 'changed' } }
    },
    onPostToolUseFailure({ error }) {
      heard.push(`failed ${error}`)
      return { additionalContext: 'try another' }
    },
  }
  expect(await readThrough(hooks)).toContain('changed')
  await trial.close()
  expect(await readThrough(hooks, { tools: [broken] })).toContain('try another')
  expect(heard).toEqual(['ok {"a":1}', 'failed broke'])
})

test('hooks may change the prompt, before and after it is put together, and add to the system message', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({
    model,
    hooks: {
      onSessionStart: ({ source }) => ({ additionalContext: `source ${source}` }),
      onUserPromptSubmitted: ({ prompt }) => ({ modifiedPrompt: prompt.toUpperCase(), additionalContext: 'context' }),
      onUserPromptTransformed: ({ transformedPrompt }) => ({ modifiedTransformedPrompt: `${transformedPrompt}!` }),
    },
  })
  await session.sendAndWait('hello')
  expect(trial.bodies()[0]?.['instructions']).toContain('source new')
  expect(JSON.stringify(trial.bodies()[0]?.['input'])).toContain('HELLO\\n\\ncontext!')
  expect(ofType(await session.getEvents(), 'user.message')[0]?.data).toMatchObject({ content: 'hello' })
})

test('a failure is tried again, or skipped, as the hook says', async () => {
  const failure = { status: 400, error: { message: 'odd', code: 'odd' } }
  trial = await startTrial({ scenario: [failure, failure, { text: 'Third.' }, failure] })
  let said: 'retry' | 'skip' = 'retry'
  const session = await trial.client.createSession({
    model,
    hooks: { onErrorOccurred: () => ({ errorHandling: said, retryCount: 2, userNotification: 'trouble' }) },
  })
  const events = watch(session)
  expect((await session.sendAndWait('Go.'))?.data.content).toBe('Third.')
  expect(ofType(events, 'session.info').map(({ data }) => data.message)).toEqual(['trouble', 'trouble'])
  said = 'skip'
  expect(await session.sendAndWait('Go.')).toBeUndefined()
  expect(ofType(events, 'session.error')).toEqual([])
})

test('a hook may keep the run going, but not without end', async () => {
  trial = await startTrial({ scenario: [{ text: 'a' }, { text: 'b', times: 0 }] })
  const active: unknown[] = []
  const session = await trial.client.createSession({
    model,
    hooks: {
      onAgentStop({ stopHookActive }) {
        active.push(stopHookActive)
        return { decision: 'block', reason: 'Check it again.' }
      },
    },
  })
  await session.sendAndWait('Go.')
  expect(active).toEqual([false, ...Array.from({ length: 8 }, () => true)])
  expect(trial.bodies()).toHaveLength(9)
  expect(JSON.stringify(trial.bodies()[1])).toContain('Check it again.')
})

test('what a hook throws is told as a warning and changes nothing', async () => {
  trial = await startTrial({ scenario: [{ text: 'Fine.' }] })
  const session = await trial.client.createSession({
    model,
    hooks: {
      onUserPromptSubmitted() {
        throw new Error('hook broke')
      },
    },
  })
  const events = watch(session)
  expect((await session.sendAndWait('Go.'))?.data.content).toBe('Fine.')
  expect(ofType(events, 'session.warning')[0]?.data.message).toContain('hook broke')
})

test('a hook that disconnects its own session does not wait for itself', async () => {
  trial = await startTrial()
  const session = await trial.client.createSession({
    model,
    hooks: { onAgentStop: async () => session.disconnect() },
  })
  await session.sendAndWait('Go.').catch(() => {})
  await expect(session.send('Again.')).rejects.toMatchObject({ reason: 'session-disconnected' })
})

test('not even the hook that is told of the end waits for itself', async () => {
  trial = await startTrial()
  let told = 0
  const session: CopilotSession = await trial.client.createSession({
    model,
    hooks: {
      onSessionEnd: async () => {
        told++
        await session.disconnect()
      },
    },
  })
  await session.disconnect()
  expect(told).toBe(1)
})
