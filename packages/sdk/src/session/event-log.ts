import { randomUUID } from 'node:crypto'
import {
  ephemeralTypes,
  type SessionEvent,
  type SessionEventData,
  type SessionEventHandler,
  type SessionEventPayload,
  type SessionEventType,
} from './events.ts'

/** What has happened in a session, and who wants to know. */
export interface EventLog {
  /** Tells everybody, and keeps the event unless its type (or `ephemeral`) says otherwise. */
  emit<T extends SessionEventType>(type: T, data: SessionEventData[T], ephemeral?: boolean): SessionEventPayload<T>
  /** Every event, or those of one type, from now on; the function that is returned ends it. */
  on(type: SessionEventType | undefined, handler: SessionEventHandler): () => void
  /** The kept events, oldest first, as a list of the caller's own. */
  kept(): SessionEvent[]
  /** No handler is called any more. */
  close(): void
}

/** Creates a log that continues `earlier`. A handler that throws disturbs nobody. */
export function createEventLog(earlier: readonly SessionEvent[] = []): EventLog {
  const events: SessionEvent[] = [...earlier]
  const handlers = new Map<SessionEventHandler, SessionEventType | undefined>()
  let closed = false
  return {
    emit(type, data, ephemeral = ephemeralTypes.has(type)) {
      const event = {
        id: randomUUID(),
        type,
        timestamp: new Date().toISOString(),
        parentId: events.at(-1)?.id ?? null,
        ...(ephemeral ? { ephemeral } : {}),
        data,
      }
      // The cast holds: type and data belong together by the signature, which TypeScript does not carry over to the union.
      const told = event as unknown as SessionEvent
      if (!ephemeral) events.push(told)
      if (!closed)
        for (const [handler, wanted] of handlers) if (wanted === undefined || wanted === type) call(handler, told)
      return event
    },
    on(type, handler) {
      // One function may be given twice: each subscription is its own.
      const own: SessionEventHandler = (event) => handler(event)
      handlers.set(own, type)
      return () => handlers.delete(own)
    },
    kept: () => structuredClone(events),
    close() {
      closed = true
      handlers.clear()
    },
  }
}

function call(handler: SessionEventHandler, event: SessionEvent): void {
  try {
    const ended: unknown = handler(event)
    // A handler may be an async function although nobody waits for it.
    if (ended instanceof Promise) ended.catch(() => {})
  } catch {
    // The program's own mistake in a listener: the session and the other listeners go on, as in the official SDK.
  }
}
