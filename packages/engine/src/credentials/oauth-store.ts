import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { asNumber, asString, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import type { Clock } from '../ports.ts'
import { systemClock } from '../ports.ts'
import { withLock } from './lock.ts'
import { listNames, loadText, savePrivate } from './private-file.ts'
import { fileName } from './store.ts'

/** What a sign-in with renewable tokens is found by. One of another provider or another host is never overwritten. */
export interface OAuthKey {
  /** The provider's name in the configuration; several accounts are several providers. */
  readonly provider: string
  /** Who issued it, such as `auth.openai.com`. */
  readonly host: string
}

/** A sign-in whose access token is renewed with a refresh token that changes each time (RFC 6749 §6). */
export interface OAuthSignIn extends OAuthKey {
  readonly accessToken: string
  readonly refreshToken: string
  /** Says who it is; empty where the issuer gave none. */
  readonly idToken: string
  readonly accountId?: string | undefined
  readonly email?: string | undefined
  readonly plan?: string | undefined
  /** Milliseconds since 1970, by this machine's clock, both. */
  readonly obtainedAt: number
  readonly expiresAt: number
}

/** Where sign-ins with renewable tokens are kept. Changes wait for their turn; reads do not. */
export interface OAuthStore {
  /** Undefined when there is none, or none that can be read. */
  load(key: OAuthKey): Promise<OAuthSignIn | undefined>
  list(): Promise<OAuthSignIn[]>
  /** Replaces it, whole or not at all. */
  save(signIn: OAuthSignIn): Promise<void>
  /** Whether there was one. */
  remove(key: OAuthKey): Promise<boolean>
  /**
   * Runs `work` in one process at a time for this sign-in; `save` there replaces it at once. Rejects before `work` when the
   * folder cannot be written.
   */
  withLock<T>(key: OAuthKey, work: (save: (signIn: OAuthSignIn) => Promise<void>) => Promise<T>): Promise<T>
}

/**
 * Longer than a lock can live: a refresh token that is used twice is lost, so nobody may work beside another here, as
 * `withLock` has it for those who wait too long.
 */
const patienceMs = 120_000

/** Creates the store in `<home>/credentials/oauth`; folder and files are made when first written. */
export function createOAuthStore(home: string, clock: Clock = systemClock): OAuthStore {
  const folder = join(home, 'credentials', 'oauth')
  const fileOf = ({ provider, host }: OAuthKey): string =>
    join(folder, `${fileName({ app: provider, host, account: undefined })}.json`)
  const load = async (path: string): Promise<OAuthSignIn | undefined> => readOAuthSignIn(await loadText(path))

  const write = (signIn: OAuthSignIn): Promise<void> =>
    savePrivate(fileOf(signIn), `${JSON.stringify(signIn, undefined, 2)}\n`)
  const alone = <T>(key: OAuthKey, work: () => Promise<T>): Promise<T> =>
    withLock(`${fileOf(key)}.lock`, clock, work, patienceMs)

  return {
    load: (key) => load(fileOf(key)),
    async list() {
      const names = (await listNames(folder)).filter((name) => name.endsWith('.json'))
      const read = await Promise.all(names.map((name) => load(join(folder, name))))
      return read.filter((one) => one !== undefined).sort((a, b) => a.provider.localeCompare(b.provider))
    },
    save: (signIn) => alone(signIn, () => write(signIn)),
    async remove(key) {
      const file = fileOf(key)
      if ((await loadText(file)) === undefined) return false
      // Not while it is being renewed: the new one would be written after this.
      await alone(key, () => rm(file, { force: true }))
      return true
    },
    withLock: (key, work) => alone(key, () => work(write)),
  }
}

function readOAuthSignIn(text: string | undefined): OAuthSignIn | undefined {
  const read: JsonObject | undefined = text === undefined ? undefined : parseObject(text)
  const provider = asString(read?.['provider'])
  const host = asString(read?.['host'])
  const accessToken = asString(read?.['accessToken'])
  const refreshToken = asString(read?.['refreshToken'])
  if (!read || provider === undefined || host === undefined || accessToken === undefined || !refreshToken)
    return undefined
  const [accountId, email, plan] = [asString(read['accountId']), asString(read['email']), asString(read['plan'])]
  return {
    provider,
    host,
    accessToken,
    refreshToken,
    idToken: asString(read['idToken']) ?? '',
    ...(accountId !== undefined && { accountId }),
    ...(email !== undefined && { email }),
    ...(plan !== undefined && { plan }),
    obtainedAt: asNumber(read['obtainedAt']) ?? 0,
    expiresAt: asNumber(read['expiresAt']) ?? 0,
  }
}
