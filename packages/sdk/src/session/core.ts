import { randomUUID } from 'node:crypto'
import { GatewayError, type GatewayError as Failure } from '@crossfeed/protocols'
import { invalidConfig } from '../invalid-config.ts'
import { readAttachments } from './attachments.ts'
import { findCommand, runCommand } from './commands.ts'
import { createCompactor } from './compaction.ts'
import type { MessageOptions, SessionConfigBase } from './config.ts'
import type { Message } from './deliver.ts'
import type { AssistantMessageEvent } from './events.ts'
import { createMessageQueue, disconnected } from './message-queue.ts'
import type { SessionParts } from './parts.ts'
import { run, type RunOutcome } from './run.ts'
import type { SavedSession, SessionHead, SessionStore } from './store.ts'
import type { SessionUiApi } from './user.ts'

/** A session at work, behind its public face. */
export interface SessionCore {
  readonly parts: SessionParts
  readonly ui: SessionUiApi
  readonly showsForms: boolean
  readonly workspacePath: string | undefined
  /** The message's id, and its run. */
  send(message: MessageOptions | string): Promise<{ readonly id: string; readonly ended: Promise<RunOutcome> }>
  sendAndWait(message: MessageOptions | string, timeout: number): Promise<AssistantMessageEvent | undefined>
  abort(): void
  disconnect(): Promise<void>
  /** What is known of it now. */
  head(): SessionHead
}

/** What a core is made of. */
export interface CoreOptions {
  readonly parts: SessionParts
  readonly config: SessionConfigBase
  readonly store: SessionStore
  readonly startTime: string
  readonly summary: string | undefined
  readonly ui: SessionUiApi
  readonly showsForms: boolean
  /** Aborted when the session disconnects. */
  readonly closing: AbortController
  /** Lets go of what the session holds. */
  close(): Promise<void>
}

const messageKeys: readonly string[] = ['prompt', 'attachments', 'mode', 'source']

/** Sets a session going. */
export function createCore(options: CoreOptions): SessionCore {
  const { parts, store, config } = options
  const { log, sessionId } = parts
  const compactor = createCompactor(parts, config.infiniteSessions)
  const credits = { used: 0, warned: false }
  let summary = options.summary
  let modifiedTime = new Date().toISOString()
  let last: RunOutcome | undefined
  let closed: Promise<void> | undefined
  let order: Promise<void> = Promise.resolve()

  const head = (): SessionHead => ({
    sessionId,
    startTime: options.startTime,
    modifiedTime,
    workingDirectory: parts.workingDirectory,
    ...(summary === undefined ? {} : { summary }),
  })
  const saved = (): SavedSession => ({
    version: 1,
    ...head(),
    turns: parts.conversation.turns,
    events: log.kept(),
    ...(parts.settings.model === undefined ? {} : { model: parts.settings.model }),
    ...(parts.settings.effort === undefined ? {} : { effort: parts.settings.effort }),
  })
  const save = async (): Promise<void> => {
    modifiedTime = new Date().toISOString()
    try {
      await store.save(saved())
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      log.emit('session.warning', { warningType: 'save', message: `The session could not be saved: ${why}` })
    }
  }
  const queue = createMessageQueue({
    async run(message, delivery, steering, signal) {
      summary ??= message.prompt.slice(0, 100)
      const command = findCommand(config.commands ?? [], message.prompt)
      last = command
        ? await runCommand(command, sessionId, log)
        : await run(message, delivery, { parts, compactor, signal, steering, credits })
      if (last.aborted) log.emit('abort', { reason: 'user_initiated' })
      if (last.error) log.emit('session.error', describeError(last.error))
      return last
    },
    async idle(outcome) {
      await save()
      log.emit('session.idle', outcome.aborted ? { aborted: true } : {})
    },
    changed: () => log.emit('pending_messages.modified', {}),
  })

  async function send(given: MessageOptions | string): Promise<{ id: string; ended: Promise<RunOutcome> }> {
    if (closed) throw disconnected()
    const message = typeof given === 'string' ? { prompt: given } : given
    const reading = readMessage(message, parts.workingDirectory)
    // Messages are queued in the order in which they were sent, however long their attachments take.
    const turn = order.then(() => reading)
    order = turn.then(
      () => {},
      () => {},
    )
    const read = await turn
    const ended = queue.add(read, message.mode ?? 'enqueue')
    // Who only sends learns of failures by events.
    ended.catch(() => {})
    return { id: read.id, ended }
  }
  return {
    parts,
    ui: options.ui,
    showsForms: options.showsForms,
    workspacePath: store.folderOf(sessionId),
    send,
    async sendAndWait(message, timeout) {
      const { ended } = await send(message)
      const outcome = await within(ended, timeout)
      if (outcome.error) throw outcome.error
      return outcome.last
    },
    abort: () => queue.abort(),
    disconnect() {
      // Whoever asks again waits for no hook any more: it may be the hook that asks.
      if (closed) options.closing.abort()
      return (closed ??= Promise.resolve().then(disconnect))
    },
    head,
  }

  async function disconnect(): Promise<void> {
    const wasIdle = queue.isIdle()
    const error = last?.error
    const ended = wasIdle ? 'complete' : 'abort'
    const why = error ? 'error' : ended
    const finalMessage = last?.last?.data.content
    const said = await parts.hooks.run('onSessionEnd', {
      reason: why,
      ...(finalMessage === undefined ? {} : { finalMessage }),
      ...(error ? { error: error.message } : {}),
    })
    summary = said?.sessionSummary ?? summary
    options.closing.abort()
    compactor.close()
    await queue.close()
    log.emit('session.shutdown', {
      shutdownType: why === 'error' ? 'error' : 'routine',
      sessionStartTime: Date.parse(options.startTime),
      ...(error ? { errorReason: error.message } : {}),
    })
    await save()
    log.close()
    await options.close()
  }
}

async function readMessage(message: MessageOptions, folder: string): Promise<Message> {
  const unknown = Object.entries(message).find(([name, value]) => value !== undefined && !messageKeys.includes(name))
  if (unknown) throw invalidConfig(`a message has no option ${unknown[0]}.`, `Known here: ${messageKeys.join(', ')}.`)
  if (typeof message.prompt !== 'string') throw invalidConfig('a message needs a prompt, which is a text.')
  const attachments = message.attachments ?? []
  const parts = await readAttachments(attachments, folder)
  return { id: randomUUID(), prompt: message.prompt, source: message.source, parts, attachments }
}

function describeError(error: Failure): {
  errorType: string
  message: string
  statusCode: number
  errorCode?: string
  remediation?: { message: string }
  stack?: string
} {
  return {
    errorType: error.code,
    message: error.message,
    statusCode: error.status,
    ...(error.reason === undefined ? {} : { errorCode: error.reason }),
    ...(error.fix === undefined ? {} : { remediation: { message: error.fix } }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  }
}

/** The work's outcome; rejects when the time is over. The work goes on. */
function within<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new GatewayError('timeout', 504, `Timeout after ${ms}ms waiting for session.idle.`, {
          reason: 'wait-timeout',
          fix: 'The run goes on: wait longer, or stop it with session.abort().',
        }),
      )
    }, ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
