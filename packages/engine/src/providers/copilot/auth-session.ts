import { asNumber, asObject, asString } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'

/** What came of a GitHub token: an exchanged token, or the knowledge that it is to be used as it is. */
export interface Session {
  readonly way: 'exchanged' | 'direct'
  /** The exchanged token; empty when the GitHub token itself is used. */
  readonly token: string
  /** `endpoints.api` as it was said; to be checked by `Hosts.copilot` at each use. */
  readonly endpoint: string | undefined
  readonly sku: string | undefined
  readonly login: string | undefined
  /** Milliseconds since 1970, all three. */
  readonly obtainedAt: number
  readonly refreshAt: number
  readonly expiresAt: number
}

const usualSeconds = 1500
const directMs = 24 * 3600_000

/**
 * Reads a token answer; undefined without a token. Expiry is counted from now, since this machine's clock may differ
 * from GitHub's. `kept` says that the answer is of unknown age (from a file): then only `expires_at` counts.
 */
export function readTokenAnswer(answer: JsonObject, now: number, age: 'fresh' | 'kept' = 'fresh'): Session | undefined {
  const token = asString(answer['token'])
  if (!token) return undefined
  const until = seconds(answer['expires_at'])
  const left = until === undefined ? undefined : until - now / 1000
  const refreshIn =
    age === 'kept' ? (left ?? 0) - 60 : (positive(answer['refresh_in']) ?? positive(left && left - 60) ?? usualSeconds)
  return {
    way: 'exchanged',
    token,
    endpoint: asString(asObject(answer['endpoints'])?.['api']),
    sku: asString(answer['sku']),
    login: undefined,
    obtainedAt: now,
    refreshAt: now + Math.max(1, refreshIn - 60) * 1000,
    expiresAt: now + (refreshIn + 60) * 1000,
  }
}

/** The session of a token that is not exchanged; it is looked at anew after a day. */
export function directSession(now: number, known: Pick<Session, 'endpoint' | 'sku' | 'login'>): Session {
  return { way: 'direct', token: '', ...known, obtainedAt: now, refreshAt: now + directMs, expiresAt: now + directMs }
}

/** Reads what `saveSession` wrote; undefined when it is from another version or not whole. */
export function readSession(kept: JsonObject | undefined): Session | undefined {
  const way = kept?.['way']
  const token = asString(kept?.['token'])
  const obtainedAt = asNumber(kept?.['obtainedAt'])
  const refreshAt = asNumber(kept?.['refreshAt'])
  const expiresAt = asNumber(kept?.['expiresAt'])
  if (kept === undefined || (way !== 'exchanged' && way !== 'direct') || token === undefined) return undefined
  if (obtainedAt === undefined || refreshAt === undefined || expiresAt === undefined) return undefined
  if ((token === '') !== (way === 'direct')) return undefined
  const [endpoint, sku, login] = [asString(kept['endpoint']), asString(kept['sku']), asString(kept['login'])]
  return { way, token, endpoint, sku, login, obtainedAt, refreshAt, expiresAt }
}

/** Whether a session can be used now. One from the future was made before the clock was put back. */
export function isFresh(session: Session, now: number): boolean {
  return now < session.expiresAt && session.obtainedAt <= now + 60_000
}

function seconds(value: unknown): number | undefined {
  return asNumber(typeof value === 'string' && value !== '' ? Number(value) : value)
}

function positive(value: unknown): number | undefined {
  const read = seconds(value)
  return read !== undefined && read > 0 ? read : undefined
}
