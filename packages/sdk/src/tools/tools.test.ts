import { statSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import {
  approveAll,
  convertMcpCallToolResult,
  defineTool,
  ToolSet,
  type PermissionRequestResult,
  type SessionConfig,
  type SessionEvent,
} from '../index.ts'
import { calls, model, ofType, startTrial, watch, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial?.close())

/** Runs one tool call of the model in a session, and gives what the model read of it. */
async function runOne(
  config: SessionConfig,
  args: object = { id: 7 },
): Promise<{ read: string; events: SessionEvent[] }> {
  trial = await startTrial({ scenario: [calls('lookup', args), { text: 'Done.' }] })
  const session = await trial.client.createSession({ model, ...config })
  const events = watch(session)
  await session.sendAndWait('Look it up.')
  const input = trial.bodies()[1]?.['input'] as { type: string; output: unknown }[]
  const output = input.find(({ type }) => type === 'function_call_output')?.output
  return { read: typeof output === 'string' ? output : JSON.stringify(output), events }
}

const lookup = defineTool('lookup', {
  description: 'Looks an issue up',
  parameters: z.object({ id: z.number() }),
  handler: ({ id }) => ({ id, title: `Issue ${id + 1}` }),
})

test('a tool of the program is offered with its schema, called with typed arguments, and its object is told as JSON', async () => {
  const { read, events } = await runOne({ tools: [lookup], onPermissionRequest: approveAll })
  expect(read).toBe('{"id":7,"title":"Issue 8"}')
  expect(trial.bodies()[0]?.['tools']).toMatchObject([
    { type: 'function', name: 'lookup', parameters: { properties: { id: { type: 'number' } }, required: ['id'] } },
  ])
  expect(ofType(events, 'tool.execution_start')[0]?.data).toMatchObject({ toolName: 'lookup', arguments: { id: 7 } })
  expect(ofType(events, 'tool.execution_complete')[0]?.data).toMatchObject({ success: true })
  expect(ofType(events, 'assistant.message')[0]?.data.toolRequests).toMatchObject([{ name: 'lookup' }])
})

test('without a handler for permissions no tool runs, and the model reads why', async () => {
  let ran = 0
  const { read, events } = await runOne({ tools: [{ name: 'lookup', handler: () => ran++ }] })
  expect(ran).toBe(0)
  expect(read).toContain('Denied')
  expect(ofType(events, 'permission.completed')[0]?.data.result.kind).toContain('denied')
})

test.each<[PermissionRequestResult, boolean, string]>([
  [{ kind: 'approve-once' }, true, 'ran'],
  [{ kind: 'approve-for-session' }, true, 'ran'],
  [{ kind: 'reject', feedback: 'not today' }, false, 'not today'],
  [{ kind: 'user-not-available' }, false, 'no user'],
])('the decision %j is kept to', async (decision, runs, says) => {
  let ran = false
  const handler = (): string => {
    ran = true
    return 'ran'
  }
  const { read } = await runOne({ tools: [{ name: 'lookup', handler }], onPermissionRequest: () => decision })
  expect(ran).toBe(runs)
  expect(read).toContain(says)
})

test('a handler for permissions that throws is a no', async () => {
  const { read, events } = await runOne({
    tools: [lookup],
    onPermissionRequest() {
      throw new Error('dialog broke')
    },
  })
  expect(read).toContain('Denied')
  expect(ofType(events, 'session.warning')[0]?.data.message).toContain('dialog broke')
})

test('approval for the session is asked for once, approval once each time', async () => {
  const kinds = ['approve-once', 'approve-for-session', 'approve-once'] as const
  let asked = 0
  trial = await startTrial({
    scenario: [
      calls('lookup', { id: 1 }, 'a'),
      calls('lookup', { id: 2 }, 'b'),
      calls('lookup', { id: 3 }, 'c'),
      { text: 'ok' },
    ],
  })
  const onPermissionRequest = (): PermissionRequestResult => ({ kind: kinds[asked++] ?? 'reject' })
  const session = await trial.client.createSession({ model, tools: [lookup], onPermissionRequest })
  const events = watch(session)
  await session.sendAndWait('Go.')
  expect(asked).toBe(2)
  expect(ofType(events, 'tool.execution_complete').every(({ data }) => data.success)).toBe(true)
})

test('skipPermission asks nobody', async () => {
  const { read } = await runOne({ tools: [{ ...lookup, skipPermission: true }] })
  expect(read).toContain('Issue 8')
})

test('a request that its handler left open waits for its answer', async () => {
  trial = await startTrial({ scenario: [calls('lookup', { id: 7 }), { text: 'Done.' }] })
  const onPermissionRequest = (): PermissionRequestResult => ({ kind: 'no-result' })
  const session = await trial.client.createSession({ model, tools: [lookup], onPermissionRequest })
  const events = watch(session)
  session.on('permission.requested', ({ data }) => {
    // After the handler has left it open.
    setTimeout(() => {
      const result = { kind: 'approve-once' as const }
      void session.rpc.permissions.handlePendingPermissionRequest({ requestId: data.requestId, result })
    }, 10)
  })
  await session.sendAndWait('Go.')
  expect(ofType(events, 'tool.execution_complete')[0]?.data.success).toBe(true)
})

test.each([
  [
    'what a handler throws',
    {},
    { name: 'lookup', handler: () => Promise.reject(new Error('tracker is down')) },
    'tracker is down',
  ],
  ['arguments that the schema refuses', { id: 'x' }, lookup, 'number'],
  ['a failed result', {}, { name: 'lookup', handler: () => ({ textResultForLlm: 'no', resultType: 'failure' }) }, 'no'],
])('%s is a failed call that the model reads', async (_name, args, tool, says) => {
  const { read, events } = await runOne({ tools: [tool], onPermissionRequest: approveAll }, args)
  expect(read).toContain(says)
  expect(ofType(events, 'tool.execution_complete')[0]?.data.success).toBe(false)
})

test('a call of a tool that does not exist is told to the model', async () => {
  const { read } = await runOne({ onPermissionRequest: approveAll })
  expect(read).toContain('no tool named lookup')
})

test('a tool that is only declared waits for the program', async () => {
  trial = await startTrial({ scenario: [calls('lookup', { id: 7 }), { text: 'Done.' }] })
  const session = await trial.client.createSession({
    model,
    tools: [{ name: 'lookup', description: 'x' }],
    onPermissionRequest: approveAll,
  })
  session.on('external_tool.requested', ({ data }) => {
    void session.rpc.tools.handlePendingToolCall({ requestId: data.requestId, result: 'from outside' })
  })
  await session.sendAndWait('Go.')
  expect(JSON.stringify(trial.bodies()[1])).toContain('from outside')
  expect(await session.rpc.tools.handlePendingToolCall({ requestId: 'unknown' })).toEqual({ success: false })
})

test('a terminal tool that succeeds ends the run without another call to the model', async () => {
  trial = await startTrial({ scenario: [calls('finish', {})] })
  const session = await trial.client.createSession({
    model,
    onPermissionRequest: approveAll,
    tools: [{ name: 'finish', isTerminal: true, handler: () => 'bye' }],
  })
  await session.sendAndWait('Go.')
  expect(trial.bodies()).toHaveLength(1)
})

test('abort ends a run whose tool heeds no signal', async () => {
  trial = await startTrial({ scenario: [calls('hang', {}), { text: 'Still here.' }] })
  let signal: AbortSignal | undefined
  const session = await trial.client.createSession({
    model,
    onPermissionRequest: approveAll,
    tools: [
      {
        name: 'hang',
        handler(_args, invocation) {
          signal = invocation.signal
          return new Promise(() => {})
        },
      },
    ],
  })
  const sent = session.sendAndWait('Go.')
  await vi.waitFor(() => expect(signal?.aborted).toBe(false))
  await session.abort()
  expect(await sent).toMatchObject({ data: { toolRequests: [{ name: 'hang' }] } })
  expect(signal?.aborted).toBe(true)
  expect((await session.sendAndWait('Are you there?'))?.data.content).toBe('Still here.')
})

test('availableTools and excludedTools narrow what the model is offered', async () => {
  trial = await startTrial()
  const tools = ['a', 'b', 'c'].map((name) => ({ name, handler: () => name }))
  const availableTools = new ToolSet().addCustom('a').addCustom('b')
  const session = await trial.client.createSession({ model, tools, availableTools, excludedTools: ['b'] })
  await session.sendAndWait('Go.')
  expect(trial.bodies()[0]?.['tools']).toMatchObject([{ name: 'a' }])
})

test.each([
  ['a bare star', { availableTools: ['*'] }, 'names no source'],
  ['two tools of one name', { tools: [lookup, lookup] }, 'two tools are named lookup'],
  ['the name of a built-in tool', { tools: [{ name: 'ask_user', handler: () => '' }] }, 'built-in'],
])('%s is refused', async (_name, config, says) => {
  trial = await startTrial()
  await expect(trial.client.createSession({ model, ...config })).rejects.toThrow(says)
})

test('ask_user brings the answer of the program, or its own tool of that name does', async () => {
  const asked: unknown[] = []
  trial = await startTrial({
    scenario: [calls('ask_user', { question: 'Blue?', choices: ['yes', 'no'] }), { text: 'ok' }],
  })
  const session = await trial.client.createSession({
    model,
    onUserInputRequest(request) {
      asked.push(request)
      return { answer: 'yes', wasFreeform: false }
    },
  })
  await session.sendAndWait('Ask.')
  expect(asked).toEqual([{ question: 'Blue?', choices: ['yes', 'no'], allowFreeform: true }])
  expect(JSON.stringify(trial.bodies()[1])).toContain('"output":"yes"')

  const own = { name: 'ask_user', overridesBuiltInTool: true, handler: () => 'own' }
  const other = await trial.client.createSession({
    model,
    tools: [own],
    onUserInputRequest: () => ({ answer: '', wasFreeform: true }),
  })
  await other.sendAndWait('Hi.')
  expect(trial.bodies().at(-1)?.['tools']).toHaveLength(1)
})

test('forms are shown by the program: to the model, and to the program itself', async () => {
  const requestedSchema = { type: 'object', properties: { region: { type: 'string', enum: ['us', 'eu'] } } }
  trial = await startTrial({ scenario: [calls('ask_user', { message: 'Where?', requestedSchema }), { text: 'ok' }] })
  const session = await trial.client.createSession({
    model,
    askUserVariant: 'elicitation',
    onElicitationRequest: ({ elicitationSource, requestedSchema: form }) =>
      elicitationSource === 'ask_user'
        ? { action: 'accept', content: { region: 'eu' } }
        : { action: 'accept', content: { value: form?.properties['value']?.type === 'boolean' ? true : 'staging' } },
  })
  await session.sendAndWait('Ask.')
  expect(JSON.stringify(trial.bodies()[1])).toContain('eu')
  expect(session.capabilities.ui?.elicitation).toBe(true)
  expect(await session.ui.confirm('Deploy?')).toBe(true)
  expect(await session.ui.select('Where?', ['production', 'staging'])).toBe('staging')
  expect(await session.ui.input('Name?', { minLength: 1 })).toBe('staging')

  const plain = await trial.client.createSession({ model })
  await expect(plain.ui.confirm('Deploy?')).rejects.toMatchObject({ reason: 'no-elicitation' })
})

test('a large result goes to a file of its owner, and the model gets its beginning and the path', async () => {
  const { read } = await runOne({
    tools: [{ name: 'lookup', handler: () => 'x'.repeat(9000) }],
    onPermissionRequest: approveAll,
    largeOutput: { maxSizeBytes: 5000 },
  })
  const path = /all of it is in (\S+\.txt)/.exec(read)?.[1] ?? ''
  expect(statSync(path)).toMatchObject({ size: 9000 })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(read.length).toBeLessThan(5000)
})

test('a large result that cannot be kept is cut, and the run goes on', async () => {
  const { read } = await runOne({
    tools: [{ name: 'lookup', handler: () => 'x'.repeat(9000) }],
    onPermissionRequest: approveAll,
    largeOutput: { maxSizeBytes: 5000, outputDirectory: '/dev/null/nowhere' },
  })
  expect(read).toContain('could not be kept')
})

test('an MCP result becomes text, with images and blobs beside it', () => {
  const result = convertMcpCallToolResult({
    content: [
      { type: 'text', text: 'one' },
      { type: 'image', data: 'AA==', mimeType: 'image/png' },
      { type: 'resource', resource: { uri: 'file:///x', blob: 'AA==' } },
    ],
    isError: true,
  })
  expect(result).toMatchObject({ textResultForLlm: 'one', resultType: 'failure' })
  expect(result.binaryResultsForLlm).toMatchObject([
    { type: 'image' },
    { type: 'resource', mimeType: 'application/octet-stream', description: 'file:///x' },
  ])
})
