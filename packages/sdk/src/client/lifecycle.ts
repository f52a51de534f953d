/** What a client tells of its sessions. */
export type SessionLifecycleEventType = 'session.created' | 'session.deleted' | 'session.updated'

/** A session was created, changed (a run has ended) or deleted. */
export interface SessionLifecycleEvent {
  type: SessionLifecycleEventType
  sessionId: string
  /** Not with `session.deleted`. */
  metadata?: { startTime: Date; modifiedTime: Date; summary?: string }
}

/** Takes them. */
export type SessionLifecycleHandler = (event: SessionLifecycleEvent) => void

/** Who wants to know of a client's sessions. */
export interface Lifecycle {
  emit(event: SessionLifecycleEvent): void
  on(type: SessionLifecycleEventType | undefined, handler: SessionLifecycleHandler): () => void
}

/** Creates a list without listeners. A listener that throws disturbs nobody. */
export function createLifecycle(): Lifecycle {
  const handlers = new Set<SessionLifecycleHandler>()
  return {
    emit(event) {
      for (const handler of handlers) {
        try {
          handler(event)
        } catch {
          // The program's own mistake in a listener: the client and the other listeners go on.
        }
      }
    },
    on(type, handler) {
      const own: SessionLifecycleHandler = (event) => {
        if (type === undefined || event.type === type) handler(event)
      }
      handlers.add(own)
      return () => handlers.delete(own)
    },
  }
}
