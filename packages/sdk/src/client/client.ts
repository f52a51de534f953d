import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { asGatewayError, GatewayError } from '@crossfeed/protocols'
import { readProviders, soleProvider, type SessionProviders } from '../byok/settings.ts'
import { checkKeys } from '../check-keys.ts'
import { openSupply, type CopilotAccess, type Supply } from '../engine/supplies.ts'
import { invalidConfig } from '../invalid-config.ts'
import type { ResumeSessionConfig, SessionConfig } from '../session/config.ts'
import type { SessionCore } from '../session/core.ts'
import { openSession, type OpenOptions } from '../session/open.ts'
import { checkNewSession, checkResumedSession } from '../session/session-keys.ts'
import { CopilotSession } from '../session/session.ts'
import {
  checkSessionId,
  createFileStore,
  createMemoryStore,
  type SessionHead,
  type SessionStore,
} from '../session/store.ts'
import { version } from '../version.ts'
import { createLifecycle, type SessionLifecycleEventType, type SessionLifecycleHandler } from './lifecycle.ts'
import { createLog } from './log.ts'
import { completeModel, toModelInfo, type ModelInfo } from './model-info.ts'
import { createModelList } from './model-list.ts'
import { createOpenings } from './openings.ts'
import { clientKeys, type CopilotClientOptions } from './options.ts'
import { toMetadata, type SessionListFilter, type SessionMetadata } from './session-metadata.ts'

/** Whether Copilot can be used. */
export interface GetAuthStatusResponse {
  isAuthenticated: boolean
  login?: string
  /** Why not, and what to do. */
  statusMessage?: string
}

/**
 * Opens sessions, on Copilot or on one's own providers, in this process. Nothing is started and nothing is asked of anybody
 * before the first need, so a client without use costs nothing.
 */
export class CopilotClient {
  readonly #options: CopilotClientOptions
  readonly #access: CopilotAccess
  readonly #store: SessionStore
  readonly #sessions = new Map<string, SessionCore>()
  readonly #opening = createOpenings()
  readonly #lifecycle = createLifecycle()
  readonly #models = createModelList(() => this.#listModels())
  #supply: Supply | undefined

  /**
   * @param options Where sign-ins and saved sessions are, and what models there are. All optional.
   * @throws GatewayError `client-config` for an option that does not exist or cannot be honoured.
   */
  constructor(options: CopilotClientOptions = {}) {
    checkKeys('client', options, clientKeys)
    this.#options = options
    this.#access = {
      env: options.env ?? process.env,
      log: createLog(options.logLevel),
      gitHubToken: options.gitHubToken,
      useLoggedInUser: options.useLoggedInUser ?? options.gitHubToken === undefined,
    }
    const { baseDirectory } = options
    this.#store = baseDirectory === undefined ? createMemoryStore() : createFileStore(resolve(baseDirectory))
  }

  /** Nothing has to be started in process; here so that code for a client with a server runs as it is. */
  async start(): Promise<void> {}

  /**
   * Disconnects all sessions, gives up those that are still being opened, ends all calls and forgets the list of models. The client can be used again.
   *
   * @returns What went wrong meanwhile; empty when nothing did.
   */
  async stop(): Promise<Error[]> {
    const errors: Error[] = []
    await this.#opening.stop()
    for (const core of this.#sessions.values()) {
      await core.disconnect().catch((error: unknown) => errors.push(asGatewayError(error)))
    }
    const supply = this.#supply
    this.#supply = undefined
    this.#models.clear()
    await supply?.port.close().catch((error: unknown) => errors.push(asGatewayError(error)))
    return errors
  }

  /** The same as `stop`; whatever went wrong is not told. */
  async forceStop(): Promise<void> {
    await this.stop()
  }

  /** `await using client = …` stops it at the end of its block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /**
   * Opens a new session. The configuration is checked before anything is asked of anybody.
   *
   * @param config Model, provider, tools, handlers; all optional, but `model` is required with `provider`.
   * @throws GatewayError `session-config` and `provider-config` for a configuration that cannot work, `session-disconnected`
   * when the client is stopped meanwhile.
   */
  async createSession(config: SessionConfig = {}): Promise<CopilotSession> {
    checkNewSession(config)
    const sessionId = config.sessionId ?? randomUUID()
    checkSessionId(sessionId)
    const providers = readProviders(readOptions(config, config.model), sessionId)
    if (this.#sessions.has(sessionId) || this.#opening.has(sessionId)) throw taken()
    return this.#opening.run(sessionId, async (closing) => {
      if (await this.#store.load(sessionId)) throw taken()
      const session = await this.#open(sessionId, config, { providers, saved: undefined, closing })
      this.#tell('session.created', sessionId)
      return session
    })
  }

  /**
   * Takes up a session that was saved or disconnected, with its history. Provider, tools and handlers are not saved: give them
   * again. Whoever had it is disconnected; of several that ask at once the last one has it.
   *
   * @param sessionId As `session.sessionId` said it.
   * @param config As for a new session; the model is the saved one where none is given.
   * @throws GatewayError `session-not-found`, `session-config`, `provider-config`, and `session-disconnected` as above.
   */
  async resumeSession(sessionId: string, config: ResumeSessionConfig = {}): Promise<CopilotSession> {
    checkResumedSession(config)
    checkSessionId(sessionId)
    return this.#opening.run(sessionId, async (closing) => {
      await this.#sessions.get(sessionId)?.disconnect()
      const saved = await this.#store.load(sessionId)
      if (!saved) throw notFound(sessionId)
      const providers = readProviders(readOptions(config, config.model ?? saved.model), sessionId)
      return this.#open(sessionId, config, { providers, saved, closing })
    })
  }

  /**
   * The models that sessions may ask for: those of `onListModels`, without any call or sign-in, else Copilot's. Asked for once;
   * the list is a copy of one's own.
   *
   * @throws GatewayError When nobody is signed in or the list cannot be had, and whatever `onListModels` throws.
   */
  async listModels(): Promise<ModelInfo[]> {
    return this.#models.load()
  }

  /** Sessions that can be resumed, the newest first. */
  async listSessions(filter: SessionListFilter = {}): Promise<SessionMetadata[]> {
    const { workingDirectory } = filter
    const wanted = (session: SessionHead): boolean =>
      workingDirectory === undefined || session.workingDirectory === resolve(workingDirectory)
    const open = [...this.#sessions.values()].map((core) => core.head())
    const closed = (await this.#store.list()).filter(({ sessionId }) => !this.#sessions.has(sessionId))
    return [...open, ...closed]
      .filter(wanted)
      .toSorted((a, b) => b.modifiedTime.localeCompare(a.modifiedTime))
      .map(toMetadata)
  }

  /** What is known of one session; undefined when there is none. */
  async getSessionMetadata(sessionId: string): Promise<SessionMetadata | undefined> {
    const saved: SessionHead | undefined = this.#sessions.get(sessionId)?.head() ?? (await this.#store.load(sessionId))
    return saved && toMetadata(saved)
  }

  /** The session that was changed last; undefined when there is none. */
  async getLastSessionId(): Promise<string | undefined> {
    return (await this.listSessions())[0]?.sessionId
  }

  /**
   * Deletes a session and what was saved of it, for good.
   *
   * @throws GatewayError `session-not-found`.
   */
  async deleteSession(sessionId: string): Promise<void> {
    checkSessionId(sessionId)
    const open = this.#sessions.get(sessionId)
    await open?.disconnect()
    if (!(await this.#store.remove(sessionId)) && !open) throw notFound(sessionId)
    this.#lifecycle.emit({ type: 'session.deleted', sessionId })
  }

  /** Answers by itself: there is no server that could be away. */
  async ping(message = ''): Promise<{ message: string; timestamp: string }> {
    return { message, timestamp: new Date().toISOString() }
  }

  /** The version of this library. */
  async getStatus(): Promise<{ version: string; protocolVersion: number }> {
    return { version, protocolVersion: 1 }
  }

  /** Whether somebody is signed in to Copilot; asks GitHub. */
  async getAuthStatus(): Promise<GetAuthStatusResponse> {
    try {
      const login = await this.#shared().copilot?.login()
      return { isAuthenticated: true, ...(login?.login === undefined ? {} : { login: login.login }) }
    } catch (thrown) {
      const { message, fix } = asGatewayError(thrown)
      return { isAuthenticated: false, statusMessage: fix === undefined ? message : `${message} ${fix}` }
    }
  }

  /**
   * Calls `handler` when a session is created, changed or deleted; with a type, only for that.
   *
   * @returns A function that ends the subscription.
   */
  onLifecycle(type: SessionLifecycleEventType, handler: SessionLifecycleHandler): () => void
  onLifecycle(handler: SessionLifecycleHandler): () => void
  onLifecycle(
    typeOrHandler: SessionLifecycleEventType | SessionLifecycleHandler,
    handler: SessionLifecycleHandler = () => {},
  ): () => void {
    return typeof typeOrHandler === 'function'
      ? this.#lifecycle.on(undefined, typeOrHandler)
      : this.#lifecycle.on(typeOrHandler, handler)
  }

  async #open(
    sessionId: string,
    config: SessionConfig & ResumeSessionConfig,
    parts: Pick<OpenOptions, 'providers' | 'saved' | 'closing'>,
  ): Promise<CopilotSession> {
    const { providers, saved } = parts
    if (this.#options.mode === 'empty' && config.availableTools === undefined)
      throw invalidConfig("mode 'empty' asks every session for availableTools.", 'Give [] for no tools.')
    const { gitHubToken, clientName } = config
    const isShared = providers.settings.length === 0 && gitHubToken === undefined && clientName === undefined
    const own = isShared ? undefined : this.#openOwn(config, providers)
    const core = await openSession({
      sessionId,
      config,
      ...parts,
      port: (own ?? this.#shared()).port,
      ownsPort: own !== undefined,
      store: this.#store,
      workingDirectory: resolve(
        config.workingDirectory ?? saved?.workingDirectory ?? this.#options.workingDirectory ?? '.',
      ),
      onClosed: () => this.#sessions.delete(sessionId),
    }).catch(async (error: unknown) => {
      await own?.port.close()
      throw error
    })
    this.#sessions.set(sessionId, core)
    core.parts.log.on('session.idle', () => this.#tell('session.updated', sessionId))
    return new CopilotSession(core)
  }

  #openOwn(config: SessionConfig, providers: SessionProviders): Supply {
    const { gitHubToken } = config
    return openSupply({
      ...this.#access,
      ...(gitHubToken === undefined ? {} : { gitHubToken, useLoggedInUser: false }),
      withCopilot: providers.withCopilot,
      providers: providers.settings,
      only: providers.withCopilot ? undefined : soleProvider,
      clientName: config.clientName,
    })
  }

  #shared(): Supply {
    return (this.#supply ??= openSupply({ ...this.#access, withCopilot: true, providers: [] }))
  }

  async #listModels(): Promise<ModelInfo[]> {
    const { onListModels } = this.#options
    if (onListModels) return (await onListModels()).map(completeModel)
    return (await this.#shared().port.models()).map(toModelInfo)
  }

  #tell(type: 'session.created' | 'session.updated', sessionId: string): void {
    const saved = this.#sessions.get(sessionId)?.head()
    if (!saved) return
    const { startTime, modifiedTime, summary } = toMetadata(saved)
    const metadata = { startTime, modifiedTime, ...(summary === undefined ? {} : { summary }) }
    this.#lifecycle.emit({ type, sessionId, metadata })
  }
}

/**
 * Creates a client; the same as `new CopilotClient(options)`.
 *
 * @param options Where sign-ins and saved sessions are, and what models there are. All optional.
 */
export function createClient(options: CopilotClientOptions = {}): CopilotClient {
  return new CopilotClient(options)
}

function readOptions(config: SessionConfig, model: string | undefined): Parameters<typeof readProviders>[0] {
  return { model, provider: config.provider, providers: config.providers, models: config.models }
}

function taken(): GatewayError {
  return invalidConfig('a session with this sessionId exists.', 'Use resumeSession, or another id.')
}

function notFound(sessionId: string): GatewayError {
  return new GatewayError('not-found', 404, `There is no session ${sessionId}.`, {
    reason: 'session-not-found',
    fix: 'Without baseDirectory sessions last as long as their client; client.listSessions() names those there are.',
  })
}
