import { GatewayError } from '@crossfeed/protocols'
import type { OAuthKey, OAuthSignIn, OAuthStore } from '../../credentials/oauth-store.ts'
import type { Clock, Log } from '../../ports.ts'
import { loginCommand, longestMs, renewTokens, signInOf, type IssuerAccess } from './oauth.ts'

/** The sign-in of one ChatGPT account. */
export interface CodexAuth {
  /** The sign-in when one is at hand and its access token holds, without waiting; renewed in the background when due. */
  current(): OAuthSignIn | undefined
  /** The sign-in, renewed when it has to be. Throws `no-sign-in`, `sign-in-ended`, `home-unwritable` or a network error. */
  token(): Promise<OAuthSignIn>
  /**
   * Says that the service refused this access token with 401. True when another try may succeed: it was replaced already, or
   * the next `token()` gets another one. False for one that was itself made because of a refusal, a moment ago.
   */
  invalidate(accessToken: string): boolean
}

export interface CodexAuthOptions extends IssuerAccess {
  readonly clock: Clock
  readonly log: Log
  readonly store: OAuthStore
  /** Which stored sign-in. */
  readonly key: OAuthKey
}

/** An access token is renewed this long before it ends, or at half its life when that is shorter. */
const marginMs = 5 * 60_000
/** Closer to its end than this it may not live until it is looked at. */
const lastMs = 30_000
/** After a renewal in the background failed, the next try is this far away. */
const retryMs = 60_000
/** How long a token that was made because of a refusal is kept when it is refused too. */
const renewedMs = 30_000
/** How often the file is looked at while the sign-in at hand holds: somebody may have signed in anew, or out. */
const lookMs = 60_000

/**
 * Creates the sign-in of one account; nothing is read or asked before the first need. Its refresh token works once, so it is
 * used under a lock that all processes share, after another look at the file, and its successor is kept before it is used.
 */
export function createCodexAuth(options: CodexAuthOptions): CodexAuth {
  const { clock, log, store, key } = options
  let signIn: OAuthSignIn | undefined
  /** A successor that could not be kept: what is in the file is void, so this one counts until it can be. */
  let unkept: OAuthSignIn | undefined
  let rejected = ''
  let renewedAt = Number.NEGATIVE_INFINITY
  let pausedUntil = Number.NEGATIVE_INFINITY
  let lookedAt = Number.NEGATIVE_INFINITY
  let ended: { refreshToken: string; error: GatewayError } | undefined
  /** The issuer wants a pause, which no other request breaks. */
  let paused: { until: number; error: GatewayError } | undefined
  let pending: Promise<OAuthSignIn> | undefined

  const isUsable = (one: OAuthSignIn): boolean =>
    one.accessToken !== '' && one.accessToken !== rejected && clock.now() < one.expiresAt - graceOf(one)
  const isDue = (one: OAuthSignIn): boolean => {
    const life = one.expiresAt - one.obtainedAt
    const due = Math.min(one.expiresAt - Math.min(marginMs, life / 2), one.obtainedAt + longestMs)
    // One from the future was made before the clock was put back.
    return clock.now() >= due || one.obtainedAt > clock.now() + 60_000
  }

  function current(): OAuthSignIn | undefined {
    if (signIn === undefined || !isUsable(signIn)) return undefined
    const now = clock.now()
    if (pending !== undefined) return signIn
    if (isDue(signIn) && now >= pausedUntil) {
      renew().catch((error: unknown) => {
        const why = error instanceof GatewayError ? error.message : 'unknown failure'
        log.warn(() => `The ChatGPT sign-in of ${key.provider} could not be renewed; it still holds: ${why}`)
      })
    } else if (Math.abs(now - lookedAt) >= lookMs) {
      lookedAt = now
      look().catch((error: unknown) => {
        log.debug(() => `The sign-in of ${key.provider} could not be looked at: ${codeOf(error)}`)
      })
    }
    return signIn
  }

  function token(): Promise<OAuthSignIn> {
    const usable = current()
    return usable === undefined ? renew() : Promise.resolve(usable)
  }

  function renew(): Promise<OAuthSignIn> {
    pending ??= makeCurrent()
      .catch((error: unknown) => {
        pausedUntil = clock.now() + retryMs
        throw error
      })
      .finally(() => (pending = undefined))
    return pending
  }

  async function makeCurrent(): Promise<OAuthSignIn> {
    const found = await newest()
    if (isUsable(found) && !isDue(found)) return adopt(found)
    if (ended?.refreshToken === found.refreshToken) return holding(found, ended.error)
    if (paused !== undefined && clock.now() < paused.until) return holding(found, paused.error)
    let entered = false
    try {
      return await store.withLock(key, (save) => {
        entered = true
        return renewAlone(save)
      })
    } catch (error) {
      if (entered || error instanceof GatewayError) throw error
      return holding(found, unwritable(key, error))
    }
  }

  async function renewAlone(save: Save): Promise<OAuthSignIn> {
    // Another process may have renewed it while this one waited.
    const kept = await newest()
    if (isUsable(kept) && !isDue(kept)) return adopt(kept)
    try {
      const next = signInOf(key, await renewTokens(options, kept), clock.now(), kept)
      await keep(save, next)
      if (rejected !== '') renewedAt = clock.now()
      return adopt(next)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      if (error.reason === 'sign-in-ended') ended = { refreshToken: kept.refreshToken, error }
      if (error.code === 'rate-limited') paused = { until: clock.now() + pauseMs(error), error }
      return holding(kept, error)
    }
  }

  async function keep(save: Save, next: OAuthSignIn): Promise<void> {
    try {
      await save(next)
      unkept = undefined
    } catch (error) {
      unkept = next
      log.error(() => `The renewed ChatGPT sign-in of ${key.provider} is kept in memory only: ${codeOf(error)}`)
    }
  }

  async function look(): Promise<void> {
    const found = await newest()
    if (found === unkept) await store.withLock(key, (save) => keep(save, found))
    else if (isUsable(found)) adopt(found)
  }

  /** The sign-in as it is kept; the one in memory when that could not be kept and nobody has signed in since. */
  async function newest(): Promise<OAuthSignIn> {
    const kept = await store.load(key)
    if (unkept !== undefined && (kept === undefined || kept.obtainedAt <= unkept.obtainedAt)) return unkept
    unkept = undefined
    if (kept !== undefined) return kept
    signIn = undefined
    throw notSignedIn(key)
  }

  /** What cannot be renewed serves as long as it lives; after that its failure is the answer. */
  function holding(one: OAuthSignIn, error: GatewayError): OAuthSignIn {
    if (!isUsable(one)) throw error
    pausedUntil = clock.now() + retryMs
    if (signIn?.accessToken !== one.accessToken || ended?.error !== error)
      log.warn(() => `The ChatGPT sign-in of ${key.provider} still holds, but cannot be renewed: ${error.message}`)
    return adopt(one)
  }

  function adopt(next: OAuthSignIn): OAuthSignIn {
    if (next.accessToken !== rejected) rejected = ''
    // The same object as long as nothing changed.
    if (signIn?.accessToken !== next.accessToken || signIn.obtainedAt !== next.obtainedAt) signIn = next
    return signIn
  }

  return {
    current,
    token,
    invalidate(accessToken) {
      if (signIn?.accessToken !== accessToken) return true
      if (Math.abs(clock.now() - renewedAt) < renewedMs) return false
      rejected = accessToken
      return true
    },
  }
}

type Save = (signIn: OAuthSignIn) => Promise<void>

function pauseMs(error: GatewayError): number {
  return Math.min(60, error.retryAfter ?? 10) * 1000
}

function graceOf(one: OAuthSignIn): number {
  return Math.min(lastMs, (one.expiresAt - one.obtainedAt) / 4)
}

function notSignedIn(key: OAuthKey): GatewayError {
  return new GatewayError('unauthorized', 401, `Nobody is signed in to ChatGPT for the provider ${key.provider}.`, {
    reason: 'no-sign-in',
    fix: loginCommand(key),
  })
}

function unwritable(key: OAuthKey, cause: unknown): GatewayError {
  const message = `The ChatGPT sign-in of ${key.provider} has to be renewed, but the new one could not be kept: ${codeOf(cause)}.`
  return new GatewayError('internal', 500, message, {
    cause,
    reason: 'home-unwritable',
    fix: 'Make the folder credentials in the home folder writable.',
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure'
}
