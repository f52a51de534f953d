import { GatewayError } from '@crossfeed/protocols'

/** Sessions on their way, whose ids are taken. */
export interface Openings {
  has(sessionId: string): boolean
  /**
   * Opens a session, after those of the same id that were asked for before. `closing` is the session's own; it is aborted with
   * `session-disconnected` when the opening is given up.
   */
  run<T>(sessionId: string, open: (closing: AbortController) => Promise<T>): Promise<T>
  /** Gives up all that are on their way, and waits for their end. */
  stop(): Promise<void>
}

/** Creates the openings of one client. */
export function createOpenings(): Openings {
  /** The last one of each id, which ends after all others of it. */
  const last = new Map<string, Promise<unknown>>()
  const closings = new Set<AbortController>()
  return {
    has: (sessionId) => last.has(sessionId),
    async run(sessionId, open) {
      const closing = new AbortController()
      closings.add(closing)
      const before = last.get(sessionId) ?? Promise.resolve()
      const opened = before
        .catch(() => {})
        .then(() => {
          closing.signal.throwIfAborted()
          return open(closing)
        })
      last.set(sessionId, opened)
      try {
        return await opened
      } finally {
        closings.delete(closing)
        if (last.get(sessionId) === opened) last.delete(sessionId)
      }
    },
    async stop() {
      const ends = [...last.values()]
      for (const closing of closings) closing.abort(givenUp())
      await Promise.allSettled(ends)
    },
  }
}

function givenUp(): GatewayError {
  return new GatewayError('cancelled', 499, 'The client was stopped while the session was being opened.', {
    reason: 'session-disconnected',
    fix: 'Open it again.',
  })
}
