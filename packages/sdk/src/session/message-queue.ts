import { GatewayError } from '@crossfeed/protocols'
import type { Message } from './deliver.ts'
import type { RunOutcome } from './run.ts'

/** Runs a session's messages one after the other. */
export interface MessageQueue {
  /**
   * The run that answers it: its own, or with `immediate` the one under way, unless that ends before it could be told. Resolves
   * when that run has ended.
   */
  add(message: Message, mode: 'enqueue' | 'immediate'): Promise<RunOutcome>
  /** Stops the run under way; whether there was one. Messages that wait have their turn afterwards. */
  abort(): boolean
  /** Stops everything; what waits is rejected. */
  close(): Promise<void>
  /** Whether nothing runs. */
  isIdle(): boolean
}

/** What the queue calls. */
export interface QueueOptions {
  run(message: Message, delivery: 'idle' | 'queued', steering: Message[], signal: AbortSignal): Promise<RunOutcome>
  /** Called when nothing is left to do, with how the last run ended. */
  idle(outcome: RunOutcome): Promise<void>
  /** Called when the list of waiting messages has changed. */
  changed(): void
}

interface Waiting {
  readonly message: Message
  readonly delivery: 'idle' | 'queued'
  readonly done: PromiseWithResolvers<RunOutcome>
}

/** Creates a queue without messages. */
export function createMessageQueue(options: QueueOptions): MessageQueue {
  const waiting: Waiting[] = []
  let current: { readonly abort: AbortController; readonly steering: Message[] } | undefined
  /** Who waits for messages that were sent into the run under way. */
  const steered = new Map<Message, PromiseWithResolvers<RunOutcome>>()
  let working: Promise<void> | undefined
  let closed = false

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { message, delivery, done } = next
      if (delivery === 'queued') options.changed()
      const abort = new AbortController()
      const steering: Message[] = []
      current = { abort, steering }
      const outcome = await options.run(message, delivery, steering, abort.signal)
      current = undefined
      const told = takeTold(steering)
      if (waiting.length === 0 && !closed) await options.idle(outcome)
      for (const one of [done, ...told]) one.resolve(outcome)
    }
  }

  /** Those who wait for what a run was told. What it ended too early for, `late`, gets runs of its own, in its order. */
  function takeTold(late: readonly Message[]): readonly PromiseWithResolvers<RunOutcome>[] {
    const next = late.map((message): Waiting => {
      const done = steered.get(message) ?? unheard()
      steered.delete(message)
      return { message, delivery: 'queued', done }
    })
    if (closed) for (const { done } of next) done.reject(disconnected())
    else waiting.unshift(...next)
    const told = [...steered.values()]
    steered.clear()
    return told
  }

  const start = (): void => {
    working ??= work().finally(() => {
      working = undefined
      if (waiting.length > 0 && !closed) start()
    })
  }
  return {
    add(message, mode) {
      if (closed) return Promise.reject(disconnected())
      if (mode === 'immediate' && current) {
        const done = Promise.withResolvers<RunOutcome>()
        steered.set(message, done)
        current.steering.push(message)
        return done.promise
      }
      const done = Promise.withResolvers<RunOutcome>()
      const delivery = working === undefined ? 'idle' : 'queued'
      waiting.push({ message, delivery, done })
      if (delivery === 'queued') options.changed()
      start()
      return done.promise
    },
    abort() {
      if (current === undefined) return false
      current.steering.length = 0
      current.abort.abort(stopped())
      return true
    },
    async close() {
      closed = true
      for (const { done } of waiting.splice(0)) done.reject(disconnected())
      current?.abort.abort(stopped())
      await working
    },
    isIdle: () => working === undefined,
  }
}

/** A result that nobody waits for. */
function unheard(): PromiseWithResolvers<RunOutcome> {
  const done = Promise.withResolvers<RunOutcome>()
  done.promise.catch(() => {})
  return done
}

function stopped(): GatewayError {
  return new GatewayError('cancelled', 499, 'The run was stopped.', { reason: 'cancelled' })
}

/** The error of a session that is used after `disconnect`. */
export function disconnected(): GatewayError {
  return new GatewayError('invalid-request', 400, 'This session is disconnected.', {
    reason: 'session-disconnected',
    fix: 'Take it up again with client.resumeSession(session.sessionId, …).',
  })
}
