import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asString, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import type { Clock } from '../ports.ts'
import { systemClock } from '../ports.ts'
import { kindOfToken } from './kinds.ts'
import type { TokenKind } from './kinds.ts'
import { withLock } from './lock.ts'
import { listNames, loadText, savePrivate } from './private-file.ts'

/** What a stored sign-in is found by: sign-ins of other apps, hosts and accounts are never overwritten. */
export interface CredentialKey {
  /** Name of the OAuth app, or of the program that the token came from. */
  readonly app: string
  /** `github.com`, or the tenant. */
  readonly host: string
  /** Name of one of several accounts at the same app and host. */
  readonly account?: string | undefined
}

/** A stored sign-in. */
export interface Credential extends CredentialKey {
  readonly kind: TokenKind
  readonly token: string
  /** GitHub user name, where it is known. */
  readonly login?: string | undefined
  /** ISO 8601. */
  readonly createdAt: string
}

/** Where sign-ins and the short-lived tokens made from them are kept. */
export interface CredentialStore {
  load(key: CredentialKey): Promise<Credential | undefined>
  /** All sign-ins, the newest first. Files that hold none are left out; one that may not be read is an error. */
  list(): Promise<Credential[]>
  save(credential: Credential): Promise<void>
  /** Whether there was one. */
  remove(key: CredentialKey): Promise<boolean>
  /** What was kept for a name made by `sessionName`. */
  loadSession(name: string): Promise<JsonObject | undefined>
  saveSession(name: string, session: JsonObject): Promise<void>
  removeSession(name: string): Promise<void>
  /** Runs `work` in one process at a time for this session, over all processes on this store. */
  withSessionLock<T>(name: string, work: () => Promise<T>): Promise<T>
}

/** Creates the store in `<home>/credentials`; folder and files are made when first written. */
export function createCredentialStore(home: string, clock: Clock = systemClock): CredentialStore {
  const folder = join(home, 'credentials')
  const fileOf = (key: CredentialKey): string => join(folder, `${fileName(key)}.json`)
  const sessionOf = (name: string): string => join(folder, 'sessions', `${name}.json`)

  return {
    load: async (key) => readCredential(await loadText(fileOf(key))),
    async list() {
      const files = (await listNames(folder)).filter((name) => name.endsWith('.json'))
      const read = await Promise.all(files.map(async (name) => readCredential(await loadText(join(folder, name)))))
      return read.filter((one) => one !== undefined).sort((a, b) => b.createdAt.localeCompare(a.createdAt))
    },
    save: (credential) => savePrivate(fileOf(credential), `${JSON.stringify(credential, undefined, 2)}\n`),
    async remove(key) {
      const file = fileOf(key)
      const was = (await loadText(file)) !== undefined
      await rm(file, { force: true })
      return was
    },
    // A session that cannot be read is as good as none: it is made anew.
    loadSession: async (name) => parseObject((await loadText(sessionOf(name))) ?? ''),
    saveSession: (name, session) => savePrivate(sessionOf(name), JSON.stringify(session)),
    removeSession: (name) => rm(sessionOf(name), { force: true }),
    withSessionLock: (name, work) => withLock(`${sessionOf(name)}.lock`, clock, work),
  }
}

/** The name of what is kept for a token at a host. It says nothing about the token, and another token has another one. */
export function sessionName(host: string, token: string): string {
  return createHash('sha256').update(`${host}\n${token}`).digest('hex').slice(0, 32)
}

/** The name of a sign-in's file, without its ending. No key can name a file outside of the folder. */
export function fileName({ app, host, account }: CredentialKey): string {
  const parts = [app, host, ...(account === undefined ? [] : [account])]
  return parts.map((part) => encodeURIComponent(part).replaceAll('.', '%2E').replaceAll('*', '%2A')).join('@')
}

function readCredential(text: string | undefined): Credential | undefined {
  const read = text === undefined ? undefined : parseObject(text)
  const app = asString(read?.['app'])
  const host = asString(read?.['host'])
  const token = asString(read?.['token'])
  if (app === undefined || host === undefined || !token) return undefined
  const account = asString(read?.['account'])
  const login = asString(read?.['login'])
  return {
    app,
    host,
    ...(account !== undefined && { account }),
    kind: kindOfToken(token),
    token,
    ...(login !== undefined && { login }),
    createdAt: asString(read?.['createdAt']) ?? new Date(0).toISOString(),
  }
}
