import type { PermissionRequestResult } from '../permissions/permission.ts'
import { failedResult, toToolResult } from '../tools/result.ts'
import type { ToolResultObject } from '../tools/tool.ts'
import type { MessageOptions, ReasoningEffort, ReasoningSummary } from './config.ts'
import type {
  AssistantMessageEvent,
  SessionEvent,
  SessionEventHandler,
  SessionEventType,
  TypedSessionEventHandler,
} from './events.ts'
import type { SessionCore } from './core.ts'
import type { SessionUiApi } from './user.ts'

/** Milliseconds that `sendAndWait` and `query` wait by default. */
export const defaultWait = 60_000

/** What a session can show. */
export interface SessionCapabilities {
  ui?: { elicitation?: boolean }
}

/** Answers to what a session waits for, by the `requestId` of its event. */
export interface SessionRpc {
  readonly tools: {
    /** Gives the result of a tool without a handler (`external_tool.requested`). */
    handlePendingToolCall(answer: {
      requestId: string
      result?: string | ToolResultObject | undefined
      error?: string | undefined
    }): Promise<{ success: boolean }>
  }
  readonly permissions: {
    /** Decides a request that its handler left open with `no-result` (`permission.requested`). */
    handlePendingPermissionRequest(answer: {
      requestId: string
      result: PermissionRequestResult
    }): Promise<{ success: boolean }>
  }
}

/** A conversation with a model: its history, its tools and its events. Made by `client.createSession`. */
export class CopilotSession {
  readonly sessionId: string
  /** Dialogs, shown by `onElicitationRequest`. */
  readonly ui: SessionUiApi
  /** Answers to what is pending. */
  readonly rpc: SessionRpc
  /** What this session can show; check it before `ui` is used. */
  readonly capabilities: SessionCapabilities
  readonly #core: SessionCore

  /** Sessions are made by a client. */
  constructor(core: SessionCore) {
    this.#core = core
    this.sessionId = core.parts.sessionId
    this.ui = core.ui
    this.capabilities = core.showsForms ? { ui: { elicitation: true } } : {}
    this.rpc = {
      tools: {
        handlePendingToolCall: async ({ requestId, result, error }) => {
          const given = error === undefined ? toToolResult(result ?? '') : failedResult(error)
          return { success: core.parts.runner.pending.settle(requestId, given) }
        },
      },
      permissions: {
        handlePendingPermissionRequest: async ({ requestId, result }) => ({
          success: core.parts.runner.gate.answer(requestId, result),
        }),
      },
    }
  }

  /** The session's folder on disk; undefined when sessions are not saved (the client has no `baseDirectory`). */
  get workspacePath(): string | undefined {
    return this.#core.workspacePath
  }

  /**
   * Sends a message and returns at once; `on` tells what comes of it.
   *
   * @param message The prompt, alone or with attachments, mode and source.
   * @returns The message's id.
   * @throws GatewayError `attachment` when one cannot be read, `session-disconnected` after `disconnect`.
   */
  async send(message: MessageOptions | string): Promise<string> {
    const { id } = await this.#core.send(message)
    return id
  }

  /**
   * Sends a message and waits until its run has ended.
   *
   * @param message The prompt, alone or with attachments, mode and source.
   * @param timeout Milliseconds to wait, 60 000 by default. The run goes on when they are over.
   * @returns The last answer; undefined when there was none (the run was aborted, or a command ran instead).
   * @throws GatewayError The failure of the run; reason `wait-timeout` when the time is over.
   */
  async sendAndWait(
    message: MessageOptions | string,
    timeout: number = defaultWait,
  ): Promise<AssistantMessageEvent | undefined> {
    return this.#core.sendAndWait(message, timeout)
  }

  /**
   * Calls `handler` for every event, or for those of one type. What it throws is ignored.
   *
   * @returns A function that ends the subscription.
   */
  on<T extends SessionEventType>(type: T, handler: TypedSessionEventHandler<T>): () => void
  on(handler: SessionEventHandler): () => void
  on(typeOrHandler: SessionEventType | SessionEventHandler, handler?: (event: never) => void): () => void {
    const { log } = this.#core.parts
    if (typeof typeOrHandler !== 'string') return log.on(undefined, typeOrHandler)
    // The log calls it for events of this type only, which is what the overload promises.
    return log.on(typeOrHandler, handler as SessionEventHandler)
  }

  /** What has happened so far, oldest first: messages, answers, tool calls. Deltas and other passing events are not kept. */
  async getEvents(): Promise<SessionEvent[]> {
    return this.#core.parts.log.kept()
  }

  /** The same as `getEvents`, by its older name. */
  async getMessages(): Promise<SessionEvent[]> {
    return this.getEvents()
  }

  /** Stops the run under way: its model call is cancelled, its tools are told. The session stays usable. */
  async abort(): Promise<void> {
    this.#core.abort()
  }

  /**
   * Changes the model, from the next call on; the history stays.
   *
   * @param model Any name that the session's supply serves.
   * @param options Effort and summary of the new model; what is not given stays.
   */
  async setModel(
    model: string,
    options: {
      reasoningEffort?: ReasoningEffort | undefined
      reasoningSummary?: ReasoningSummary | undefined
      contextTier?: 'default' | 'long_context' | undefined
    } = {},
  ): Promise<void> {
    const { settings, log } = this.#core.parts
    const previous = settings.model
    settings.model = model
    settings.effort = options.reasoningEffort ?? settings.effort
    settings.summary = options.reasoningSummary ?? settings.summary
    settings.tier = options.contextTier ?? settings.tier
    log.emit('session.model_change', {
      newModel: model,
      ...(previous === undefined ? {} : { previousModel: previous }),
      ...(settings.effort === undefined ? {} : { reasoningEffort: settings.effort }),
    })
  }

  /** Puts a line of the program's own into the events: as `session.info`, `session.warning` or `session.error`. */
  async log(
    message: string,
    options: { level?: 'info' | 'warning' | 'error' | undefined; ephemeral?: boolean | undefined } = {},
  ): Promise<void> {
    const { log } = this.#core.parts
    const { level = 'info', ephemeral = false } = options
    if (level === 'info') log.emit('session.info', { infoType: 'log', message }, ephemeral)
    else if (level === 'warning') log.emit('session.warning', { warningType: 'log', message }, ephemeral)
    else log.emit('session.error', { errorType: 'log', message }, ephemeral)
  }

  /** Stops what runs, ends MCP servers and lets go of everything. A saved session can be resumed. Harmless when repeated. */
  async disconnect(): Promise<void> {
    await this.#core.disconnect()
  }

  /** The same as `disconnect`, by its older name. */
  async destroy(): Promise<void> {
    await this.disconnect()
  }

  /** `await using session = …` disconnects at the end of its block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect()
  }
}
