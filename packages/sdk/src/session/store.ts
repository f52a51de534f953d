import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { listNames, loadText, savePrivate } from '@crossfeed/engine'
import { asObject, asString, isObject, parseJson, type JsonObject, type Turn } from '@crossfeed/protocols'
import { invalidConfig } from '../invalid-config.ts'
import type { SessionEvent } from './events.ts'

/** What a list of sessions says of one. */
export interface SessionHead {
  readonly sessionId: string
  /** ISO 8601. */
  readonly startTime: string
  readonly modifiedTime: string
  readonly workingDirectory: string
  readonly summary?: string
}

/** A session as it is kept. Holds the conversation, and neither keys nor tokens. */
export interface SavedSession extends SessionHead {
  readonly version: 1
  readonly model?: string
  readonly effort?: string
  readonly turns: readonly Turn[]
  readonly events: readonly SessionEvent[]
}

/** Where sessions are kept. */
export interface SessionStore {
  load(sessionId: string): Promise<SavedSession | undefined>
  save(session: SavedSession): Promise<void>
  /** Whether there was one. */
  remove(sessionId: string): Promise<boolean>
  list(): Promise<SavedSession[]>
  /** The session's own folder; undefined when nothing is written to disk. */
  folderOf(sessionId: string): string | undefined
}

/** Throws `session-config` for an id that could not be the name of a folder. */
export function checkSessionId(sessionId: string): void {
  if (!/^[\w-][\w.-]{0,127}$/.test(sessionId))
    throw invalidConfig('sessionId has other characters than letters, digits, ".", "_" and "-", or too many.')
}

/** Creates a store that lasts as long as the client: nothing is written to disk. */
export function createMemoryStore(): SessionStore {
  const sessions = new Map<string, SavedSession>()
  return {
    load: async (sessionId) => sessions.get(sessionId),
    async save(session) {
      sessions.set(session.sessionId, session)
    },
    remove: async (sessionId) => sessions.delete(sessionId),
    list: async () => [...sessions.values()],
    folderOf: () => undefined,
  }
}

/** Creates a store in `<folder>/session-state/<id>/session.json`: folders 0700, files 0600, each written whole or not at all. */
export function createFileStore(folder: string): SessionStore {
  const home = join(folder, 'session-state')
  const fileOf = (sessionId: string): string => join(home, sessionId, 'session.json')
  const load = async (sessionId: string): Promise<SavedSession | undefined> => {
    checkSessionId(sessionId)
    return read(await loadText(fileOf(sessionId)))
  }
  return {
    load,
    save: (session) => savePrivate(fileOf(session.sessionId), JSON.stringify(session)),
    async remove(sessionId) {
      const known = (await load(sessionId)) !== undefined
      if (known) await rm(join(home, sessionId), { recursive: true, force: true })
      return known
    },
    async list() {
      const names = await listNames(home)
      const found = await Promise.all(names.map(async (name) => read(await loadText(fileOf(name)))))
      return found.filter((session) => session !== undefined)
    },
    folderOf: (sessionId) => join(home, sessionId),
  }
}

function read(text: string | undefined): SavedSession | undefined {
  const saved = text === undefined ? undefined : asObject(parseJson(text))
  return saved && isSaved(saved) ? saved : undefined
}

/** Written by `save`, in a folder that is closed to others: the outline tells whether it is such a file. */
function isSaved(saved: JsonObject): saved is JsonObject & SavedSession {
  return (
    saved['version'] === 1 &&
    asString(saved['sessionId']) !== undefined &&
    asString(saved['startTime']) !== undefined &&
    isList(saved['turns']) &&
    isList(saved['events'])
  )
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => isObject(one))
}
