import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { approveAll, type MCPServerConfig, type PermissionRequest, type SessionConfig } from '../index.ts'
import { calls, model, ofType, startTrial, type Trial } from '../trial.test-support.ts'
import { startHttpServer } from './server.test-support.ts'

let trial: Trial
let http: Awaited<ReturnType<typeof startHttpServer>> | undefined
afterEach(async () => {
  await trial.close()
  await http?.close()
  http = undefined
})

const local: MCPServerConfig = {
  type: 'local',
  command: process.execPath,
  args: [fileURLToPath(new URL('server.test-support.ts', import.meta.url))],
  tools: ['add'],
}

async function callAdd(config: SessionConfig, tool = 'math-add'): Promise<string> {
  trial = await startTrial({ scenario: [calls(tool, { a: 2, b: 3 }), { text: 'Five.' }] })
  const session = await trial.client.createSession({ model, onPermissionRequest: approveAll, ...config })
  await session.sendAndWait('Add.')
  await session.disconnect()
  return JSON.stringify(trial.bodies()[1]?.['input'])
}

test('a local server is started, its tools are offered under its name, and the session ends it', async () => {
  const folder = realpathSync(tmpdir())
  const requests: PermissionRequest[] = []
  const read = await callAdd({
    mcpServers: { math: { ...local, workingDirectory: folder } },
    onPermissionRequest(request) {
      requests.push(request)
      return { kind: 'approve-once' }
    },
    hooks: { onPreMcpToolCall: ({ serverName }) => ({ metaToUse: { from: serverName } }) },
  })
  expect(read).toContain(String.raw`5 meta {\"from\":\"math\"} cwd ${folder} pid`)
  const pid = Number(/ pid (\d+)/.exec(read)?.[1])
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'))
  expect(trial.bodies()[0]?.['tools']).toMatchObject([{ name: 'math-add', description: 'Adds two numbers' }])
  expect(requests).toMatchObject([
    { kind: 'mcp', serverName: 'math', toolName: 'add', readOnly: true, args: { a: 2, b: 3 } },
  ])
})

test('a remote server is reached with its headers', async () => {
  http = await startHttpServer()
  const headers = { 'x-team': 'blue' }
  // Two names that come to the same in the letters that tools may have: the first is offered.
  const mcpServers = {
    'my.math': { type: 'http' as const, url: http.url, headers },
    'my math': { type: 'http' as const, url: http.url },
  }
  expect(await callAdd({ mcpServers }, 'my_math-add')).toContain('5 meta')
  const offered = trial.bodies()[0]?.['tools'] as { name: string }[]
  expect(offered.map(({ name }) => name)).toEqual(['my_math-add', 'my_math-secret', 'my_math-ask'])
  expect(http.headers).toContain('blue')
})

test('a server that wants a token gets it from the program', async () => {
  http = await startHttpServer('t-1')
  const reasons: string[] = []
  const read = await callAdd({
    mcpServers: { math: { type: 'http', url: http.url } },
    onMcpAuthRequest({ reason }) {
      reasons.push(reason)
      return { kind: 'token', accessToken: 't-1' }
    },
  })
  expect(read).toContain('5 meta')
  expect(reasons).toEqual(['initial'])
})

test('a form of a server is shown by the program', async () => {
  const read = await callAdd(
    {
      mcpServers: { math: { ...local, tools: ['*'] } },
      onElicitationRequest: ({ message, elicitationSource, requestedSchema }) => ({
        action: 'accept',
        content: { region: `${message} ${elicitationSource} ${Object.keys(requestedSchema?.properties ?? {}).join()}` },
      }),
    },
    'math-ask',
  )
  expect(read).toContain('Where? math region')
})

test('a server that cannot be used is told, and the session goes on without it', async () => {
  trial = await startTrial({ scenario: [{ text: 'Fine.' }] })
  const events: unknown[] = []
  const session = await trial.client.createSession({
    model,
    mcpServers: { gone: { command: '/nonexistent/server' }, off: local },
    disabledMcpServers: ['off'],
    onEvent: (event) => {
      if (event.type === 'session.mcp_servers_loaded') events.push(...event.data.servers)
    },
  })
  expect(events).toMatchObject([
    { name: 'gone', status: 'failed' },
    { name: 'off', status: 'disabled' },
  ])
  expect((await session.sendAndWait('Hi.'))?.data.content).toBe('Fine.')
  expect(ofType(await session.getEvents(), 'session.warning')[0]?.data.message).toContain('gone')
})

test('a configuration that is neither a command nor an address is refused', async () => {
  trial = await startTrial()
  const mcpServers = { odd: { type: 'http', url: 'nowhere' } } as Record<string, MCPServerConfig>
  await expect(trial.client.createSession({ model, mcpServers })).rejects.toMatchObject({ reason: 'session-config' })
})
