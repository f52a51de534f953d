import type { Model } from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import type { SessionProviders } from '../byok/settings.ts'
import type { ModelPort } from '../engine/model-port.ts'
import { createHookRunner } from '../hooks/run-hooks.ts'
import { connectServers } from '../mcp/servers.ts'
import { createPermissionGate } from '../permissions/gate.ts'
import { createAskUser } from '../tools/ask-user.ts'
import { createOutputLimiter } from '../tools/large-output.ts'
import { createToolbox } from '../tools/toolbox.ts'
import type { ToolResultObject } from '../tools/tool.ts'
import { version } from '../version.ts'
import type { ResumeSessionConfig, SessionConfig } from './config.ts'
import { createConversation } from './conversation.ts'
import { createCore, type SessionCore } from './core.ts'
import { createEventLog } from './event-log.ts'
import { proposedModel, readModelSettings, type ModelSettings } from './model-settings.ts'
import type { SessionParts } from './parts.ts'
import { createPending } from './pending.ts'
import type { SavedSession, SessionStore } from './store.ts'
import { writeSystemMessage } from './system-message.ts'
import { untilAborted } from './until-aborted.ts'
import { createElicit, createUi } from './user.ts'

/** What a session is opened with. */
export interface OpenOptions {
  readonly sessionId: string
  readonly config: SessionConfig & ResumeSessionConfig
  /** As it was saved, for a session that is taken up again. */
  readonly saved: SavedSession | undefined
  readonly providers: SessionProviders
  readonly port: ModelPort
  /** Whether `port` is the session's own and ends with it. */
  readonly ownsPort: boolean
  readonly store: SessionStore
  readonly workingDirectory: string
  /** Aborted when the session ends, or before that to give up its opening. */
  readonly closing: AbortController
  /** Called once, when the session is disconnected. */
  onClosed(): void
}

/** Makes a session of its parts. Rejects with GatewayError when its configuration cannot work, and when `closing` is aborted. */
export async function openSession(options: OpenOptions): Promise<SessionCore> {
  const { sessionId, config, saved, port, workingDirectory, closing } = options
  const log = createEventLog(saved?.events)
  if (config.onEvent) log.on(undefined, config.onEvent)
  const hooks = createHookRunner(config.hooks, { sessionId, workingDirectory, log, closing: closing.signal })
  const elicit = createElicit(config.onElicitationRequest, sessionId, log)
  const formsOrNone = config.onElicitationRequest && elicit
  const settings = restore(readModelSettings(config), saved)
  tellStart(options, log, settings)
  const started = await hooks.run('onSessionStart', { source: saved ? 'resume' : 'new' })
  closing.signal.throwIfAborted()
  const connecting = connectServers({
    servers: config.mcpServers ?? {},
    disabled: config.disabledMcpServers ?? [],
    sessionId,
    workingDirectory,
    log,
    elicit: formsOrNone,
    onAuth: config.onMcpAuthRequest,
  })
  // A server may wait for a person: who gives up does not, and it is closed once it is there.
  const servers = await untilAborted(connecting, closing.signal).catch((error: unknown) => {
    connecting.then((late) => late.close()).catch(() => {})
    throw error
  })
  const limiter = createOutputLimiter(config.largeOutput)
  try {
    const tools = createToolbox({
      builtIn: createAskUser({
        variant: config.askUserVariant,
        onUserInput: config.onUserInputRequest,
        elicit: formsOrNone,
        sessionId,
        log,
      }),
      custom: config.tools ?? [],
      mcp: servers.tools,
      available: config.availableTools,
      excluded: config.excludedTools,
    })
    const systemMessage = await writeSystemMessage(config.systemMessage, {
      workingDirectory,
      hasTools: tools.size > 0,
      instructions: config.organizationCustomInstructions,
      added: started?.additionalContext,
    })
    closing.signal.throwIfAborted()
    const gate = createPermissionGate(config.onPermissionRequest, { sessionId, log })
    const pending = createPending<ToolResultObject>()
    const runner = { sessionId, tools, log, hooks, gate, pending, limitOutput: limiter.limit }
    const parts: SessionParts = {
      sessionId,
      workingDirectory,
      log,
      hooks,
      port,
      runner,
      conversation: createConversation(saved?.turns),
      settings,
      systemMessage,
      streaming: config.streaming === true,
      isByok: (model) => !options.providers.withCopilot || options.providers.models.has(model),
      maxOutput: config.provider?.maxOutputTokens,
      maxCredits: config.sessionLimits?.maxAiCredits,
      model: createModelLookup(options, settings),
    }
    return createCore({
      parts,
      config,
      store: options.store,
      startTime: saved?.startTime ?? new Date().toISOString(),
      summary: saved?.summary,
      ui: createUi(elicit),
      showsForms: formsOrNone !== undefined,
      closing,
      async close() {
        await servers.close()
        await limiter.close()
        if (options.ownsPort) await port.close()
        options.onClosed()
      },
    })
  } catch (error) {
    await servers.close()
    throw error
  }
}

function tellStart(
  { sessionId, saved, config, workingDirectory }: OpenOptions,
  log: ReturnType<typeof createEventLog>,
  settings: ModelSettings,
): void {
  const selected = settings.model === undefined ? {} : { selectedModel: settings.model }
  const now = new Date().toISOString()
  if (saved) {
    if (config.suppressResumeEvent !== true)
      log.emit('session.resume', { eventCount: saved.events.length, resumeTime: now, ...selected })
    return
  }
  log.emit('session.start', {
    sessionId,
    startTime: now,
    producer: `crossfeed-sdk/${version}`,
    version: 1,
    context: { cwd: workingDirectory },
    ...selected,
    ...(settings.effort === undefined ? {} : { reasoningEffort: settings.effort }),
  })
}

/** The settings, with what was saved where the configuration says nothing. */
function restore(settings: ModelSettings, saved: SavedSession | undefined): ModelSettings {
  settings.model ??= saved?.model
  // Written by us, from a setting of this type.
  settings.effort ??= saved?.effort as ModelSettings['effort']
  return settings
}

/** Looks up the session's model: once for each name, and the supply's proposal where none is named. */
function createModelLookup({ port }: OpenOptions, settings: ModelSettings): SessionParts['model'] {
  const known = new Map<string, Model | undefined>()
  return async () => {
    const name = settings.model ?? (await propose(port))
    settings.model = name
    if (!known.has(name)) {
      // The name decides nothing but limits and prices here: the call itself says what is wrong with it.
      const info = await port.findModel(name).catch(() => undefined)
      known.set(name, info)
    }
    return { name, info: known.get(name) }
  }
}

async function propose(port: ModelPort): Promise<string> {
  const proposed = proposedModel(await port.models())
  if (proposed) return proposed.id
  throw new GatewayError('not-found', 404, 'No model can be used: the supply lists none that answers.', {
    reason: 'model-not-found',
    fix: 'Name one with model when the session is created.',
  })
}
