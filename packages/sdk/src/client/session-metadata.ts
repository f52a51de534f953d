import type { SessionHead } from '../session/store.ts'

/** Narrows `listSessions`. */
export interface SessionListFilter {
  /** Sessions of this folder only. */
  workingDirectory?: string | undefined
}

/** A session that can be resumed. */
export interface SessionMetadata {
  sessionId: string
  startTime: Date
  modifiedTime: Date
  /** The beginning of its first message, or what the hook onSessionEnd said. */
  summary?: string
  /** Always false: sessions run in process. */
  isRemote: boolean
  context: { workingDirectory: string }
}

/** What a client says of a session. */
export function toMetadata(saved: SessionHead): SessionMetadata {
  return {
    sessionId: saved.sessionId,
    startTime: new Date(saved.startTime),
    modifiedTime: new Date(saved.modifiedTime),
    isRemote: false,
    context: { workingDirectory: saved.workingDirectory },
    ...(saved.summary === undefined ? {} : { summary: saved.summary }),
  }
}
