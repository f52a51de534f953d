import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
// The one line that differs from a program for the official SDK (@github/copilot-sdk 1.0.14): where things come from.
import {
  approveAll,
  BuiltInTools,
  CopilotClient as CopilotClientOfPackage,
  defineTool,
  SYSTEM_MESSAGE_SECTIONS,
  ToolSet,
} from './index.ts'
import type {
  AssistantMessageEvent,
  CopilotClientOptions,
  ModelInfo,
  PermissionHandler,
  PermissionRequest,
  PermissionRequestResult,
  ProviderConfig,
  SectionOverride,
  SessionConfig,
  SessionEvent,
  SystemMessageSection,
  ToolInvocation,
  ToolResultObject,
} from './index.ts'
import { startUpstream, type Upstream } from './byok/upstream.test-support.ts'
import { calls, startTrial, type Trial } from './trial.test-support.ts'

// What the README of the official SDK shows, in programs of our own that compile with its types as they do with these: the
// type checker holds the names and shapes, the emulator what they do.

let trial: Trial
let upstream: Upstream
beforeEach(async () => {
  trial = await startTrial({
    scenario: [
      { ...calls('lookup_issue', { id: '12' }), when: { body: 'issue 12' } },
      { text: ['It is ', 'four.'], times: 0 },
    ],
  })
  upstream = await startUpstream()
})
afterEach(async () => {
  await trial.close()
  await upstream.close()
})

/** The class by its own name, on the emulated service. */
class CopilotClient extends CopilotClientOfPackage {
  constructor(options: CopilotClientOptions = {}) {
    const { url } = trial.emulator
    const env = { CROSSFEED_GITHUB_URL: url, CROSSFEED_GITHUB_API_URL: url, CROSSFEED_COPILOT_URL: url }
    super({ gitHubToken: 'gho_trial', env, ...options })
  }
}

test('quick start: events instead of a promise', async () => {
  const client = new CopilotClient()
  await client.start()
  const session = await client.createSession({ model: 'gpt-5-mini', onPermissionRequest: approveAll })
  let said = ''
  const done = new Promise<void>((resolve) => {
    session.on('assistant.message', (event) => {
      said = event.data.content
    })
    session.on('session.idle', () => {
      resolve()
    })
  })
  await session.send({ prompt: 'What is 2+2?' })
  await done
  expect(said).toBe('It is four.')
  await session.disconnect()
  expect(await client.stop()).toEqual([])
})

test('explicit resource management', async () => {
  await using client = new CopilotClient()
  await using session = await client.createSession({ model: 'gpt-5-mini', onPermissionRequest: approveAll })
  const response: AssistantMessageEvent | undefined = await session.sendAndWait({ prompt: 'Hello' }, 30_000)
  expect(response?.data.content).toBe('It is four.')
})

test('streaming, with every event and with typed ones', async () => {
  const client = new CopilotClient({ logLevel: 'error' })
  const session = await client.createSession({ model: 'gpt-5-mini', streaming: true })
  let streamed = ''
  const all: SessionEvent[] = []
  session.on('assistant.message_delta', (event) => {
    streamed += event.data.deltaContent
  })
  session.on('assistant.reasoning_delta', (event) => {
    expect(event.data.deltaContent).toBeTypeOf('string')
  })
  const unsubscribe = session.on((event) => {
    switch (event.type) {
      case 'assistant.message':
        expect(event.data.content).toBe(streamed)
        break
      case 'session.error':
        throw new Error(event.data.message)
      default:
        all.push(event)
    }
  })
  await session.sendAndWait('Tell me a short story')
  unsubscribe()
  expect(streamed).toBe('It is four.')
  expect(all.length).toBeGreaterThan(0)
  await client.forceStop()
})

test('tools with Zod schemas, JSON Schema and whole results', async () => {
  const issues: string[] = []
  const tools = [
    defineTool('lookup_issue', {
      description: 'Fetch issue details from our tracker',
      parameters: z.object({ id: z.string().describe('Issue identifier') }),
      defer: 'auto',
      handler: async ({ id }) => {
        issues.push(id.trim())
        return { id, title: 'Broken' }
      },
    }),
    defineTool('raw', {
      description: 'With JSON Schema',
      parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
      skipPermission: true,
      handler: async (args: { path: string }): Promise<ToolResultObject> => ({
        textResultForLlm: args.path,
        resultType: 'success',
      }),
    }),
    {
      name: 'inline',
      description: 'An object alone',
      handler: async (args: unknown, { toolCallId }: ToolInvocation) => `${toolCallId} ${String(args)}`,
    },
  ]
  const client = new CopilotClient()
  const session = await client.createSession({
    model: 'gpt-5-mini',
    tools,
    onPermissionRequest: approveAll,
    availableTools: new ToolSet().addBuiltIn(BuiltInTools.Isolated).addMcp('*').addCustom('*'),
  })
  await session.sendAndWait({ prompt: 'Look at issue 12.' })
  expect(issues).toEqual(['12'])
  await client.stop()
})

test('permissions, hooks, questions, commands and forms', async () => {
  const onPermissionRequest: PermissionHandler = (request: PermissionRequest, invocation): PermissionRequestResult => {
    expect(invocation.sessionId).toBeTypeOf('string')
    if ('managedApprovalRequired' in request && request.managedApprovalRequired === true) return { kind: 'no-result' }
    if (request.kind === 'shell') return { kind: 'reject', feedback: `Not allowed: ${request.fullCommandText}` }
    if (request.kind === 'mcp') return { kind: 'reject', feedback: 'No servers, please.' }
    return { kind: 'approve-once' }
  }
  const client = new CopilotClient()
  const session = await client.createSession({
    model: 'gpt-5-mini',
    onPermissionRequest,
    onUserInputRequest: async (request) => ({ answer: request.choices?.[0] ?? request.question, wasFreeform: true }),
    onElicitationRequest: async (context) => {
      expect(context.message).toBeTypeOf('string')
      return { action: 'accept', content: { region: 'us-east', dryRun: true } }
    },
    commands: [
      {
        name: 'deploy',
        description: 'Deploy the app to production',
        handler: async ({ commandName, args }) => {
          expect(`${commandName} ${args}`).toBe('deploy staging')
        },
      },
    ],
    hooks: {
      onPreToolUse: async (input) => ({
        permissionDecision: 'allow',
        modifiedArgs: input.toolArgs,
        additionalContext: 'Extra context for the model',
      }),
      onPostToolUse: async (input) => ({ additionalContext: `${input.toolName} is done` }),
      onPostToolUseFailure: async (input) => ({ additionalContext: input.error }),
      onUserPromptSubmitted: async (input) => ({ modifiedPrompt: input.prompt }),
      onSessionStart: async (input) => ({ additionalContext: input.source }),
      onSessionEnd: async (input) => {
        expect(input.reason).toBe('complete')
      },
      onErrorOccurred: async () => ({ errorHandling: 'retry' }),
      onAgentStop: async (input) => {
        if (!input.stopHookActive) return { decision: 'block', reason: 'Run the final validation.' }
      },
    },
  })
  await session.sendAndWait({ prompt: '/deploy staging' })
  await session.sendAndWait({ prompt: 'Hello' })
  if (session.capabilities.ui?.elicitation) {
    const result = await session.ui.elicitation({
      message: 'Configure deployment',
      requestedSchema: {
        type: 'object',
        properties: {
          region: { type: 'string', enum: ['us-east', 'eu-west'] },
          dryRun: { type: 'boolean', default: true },
        },
        required: ['region'],
      },
    })
    expect(result.content).toEqual({ region: 'us-east', dryRun: true })
  }
  await session.disconnect()
})

test('system messages, attachments, infinite sessions and custom ids', async () => {
  const tone: SectionOverride = { action: 'replace', content: 'Respond in a warm, professional tone.' }
  const section: SystemMessageSection = 'tone'
  expect(SYSTEM_MESSAGE_SECTIONS[section].description).toBeTypeOf('string')
  const folder = mkdtempSync(join(tmpdir(), 'crossfeed-ported-'))
  writeFileSync(join(folder, 'file.js'), 'export const answer = 42\n')
  const client = new CopilotClient({ baseDirectory: folder, workingDirectory: folder })
  const config: SessionConfig = {
    sessionId: 'my-custom-session-id',
    model: 'gpt-5-mini',
    reasoningEffort: 'high',
    systemMessage: {
      mode: 'customize',
      sections: { tone, code_change_rules: { action: 'remove' } },
      content: 'Focus.',
    },
    infiniteSessions: { enabled: true, backgroundCompactionThreshold: 0.8, bufferExhaustionThreshold: 0.95 },
  }
  const session = await client.createSession(config)
  await session.sendAndWait({
    prompt: 'Analyze this file',
    attachments: [
      { type: 'file', path: join(folder, 'file.js'), displayName: 'My File' },
      { type: 'blob', data: 'iVBORw0KGgo=', mimeType: 'image/png' },
    ],
    mode: 'enqueue',
  })
  expect(session.workspacePath).toContain('my-custom-session-id')
  const events = await session.getEvents()
  expect(events.some((event) => event.type === 'assistant.message')).toBe(true)
  await session.setModel('gpt-5.1', { reasoningEffort: 'low' })
  await session.log('Processing started', { level: 'info', ephemeral: true })
  await session.disconnect()
  const lastId = await client.getLastSessionId()
  const resumed = await client.resumeSession(lastId ?? '', { onPermissionRequest: approveAll })
  await resumed.abort()
  await client.deleteSession(resumed.sessionId)
  expect(await client.listSessions()).toEqual([])
  const unsubscribe = client.onLifecycle('session.created', (event) => expect(event.sessionId).toBeTypeOf('string'))
  unsubscribe()
  await client.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('own providers: Ollama, a compatible one, Azure, a list of models', async () => {
  const myModels: ModelInfo[] = [
    {
      id: 'my-gpt-4o',
      name: 'My GPT-4o',
      capabilities: {
        supports: { vision: true, reasoningEffort: false },
        limits: { max_context_window_tokens: 128_000 },
      },
    },
  ]
  const client = new CopilotClient({ onListModels: () => myModels })
  expect(await client.listModels()).toEqual(myModels)
  const ollama: ProviderConfig = { type: 'openai', baseUrl: `${upstream.url}/v1` }
  const compatible: ProviderConfig = {
    type: 'openai',
    baseUrl: `${upstream.url}/v1`,
    apiKey: process.env['NOT_SET'] ?? 'key',
  }
  const azure: ProviderConfig = {
    type: 'azure',
    baseUrl: upstream.url,
    apiKey: 'key',
    azure: { apiVersion: '2024-10-21' },
  }
  for (const provider of [ollama, compatible, azure]) {
    const session = await client.createSession({
      model: 'deepseek-coder-v2:16b',
      provider,
      onPermissionRequest: approveAll,
    })
    expect((await session.sendAndWait({ prompt: 'Hello!' }))?.data.content).toBe('Hello!')
  }
  await client.stop()
})
