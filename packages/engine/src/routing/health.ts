import type { GatewayError } from '@crossfeed/protocols'
import type { Clock } from '../ports.ts'
import type { Supply } from '../providers/provider.ts'

/** When a failing target is left alone, and for how long. */
export interface CoolDown {
  /** Failures in a row that are borne; refusals of the key and used-up quotas are not. Default 3. */
  readonly allowedFails: number
  /** Milliseconds that a target is left alone where its answer did not say. Default 30 000. */
  readonly coolDownMs: number
}

/** Which targets are better left alone for now. */
export interface Health {
  /** Whether the target may be chosen. */
  isWell(supply: { readonly provider: string; readonly model: string }): boolean
  failed(supply: Supply, error: GatewayError, resetsAt: number | undefined): void
  served(supply: Supply): void
}

interface Record {
  fails: number
  /** When its rest began and when it ends, both 0 where it has had none. */
  since: number
  until: number
}

/** The longest that a target is left alone without a new try: what an upstream says of its reset may be wrong. */
const longestMs = 60 * 60 * 1000
/** Targets are few, but names that clients make up are not. */
const most = 1000

/** Everybody well. */
export function createHealth(clock: Clock, { allowedFails, coolDownMs }: CoolDown): Health {
  /** By provider: what holds for all of its models. */
  const providers = new Map<string, Record>()
  const models = new Map<string, Record>()
  const keyOf = (provider: string, model: string): string => `${provider}\0${model}`
  const recordOf = (records: Map<string, Record>, key: string): Record => {
    const known = records.get(key)
    if (known) return known
    const record = { fails: 0, since: 0, until: 0 }
    if (records.size >= most) records.delete(records.keys().next().value ?? '')
    records.set(key, record)
    return record
  }
  const rest = (record: Record, ms: number): void => {
    const now = clock.now()
    record.until = Math.max(isResting(record, now) ? record.until : 0, now + Math.min(ms, longestMs))
    record.since = now
  }

  return {
    isWell({ provider, model }) {
      if (models.size === 0 && providers.size === 0) return true
      const now = clock.now()
      return !isResting(models.get(keyOf(provider, model)), now) && !isResting(providers.get(provider), now)
    },
    failed(supply, error, resetsAt) {
      const provider = supply.provider.id
      const wait = error.retryAfter === undefined ? coolDownMs : error.retryAfter * 1000
      // A used-up quota and a refused key hold for all models of the supply.
      if (error.code === 'quota' || error.code === 'unauthorized' || supply.provider.limitsAll?.(error)) {
        rest(recordOf(providers, provider), resetsAt === undefined ? wait : resetsAt - clock.now())
        return
      }
      const record = recordOf(models, keyOf(provider, supply.info.id))
      record.fails++
      if (error.code === 'rate-limited' || error.code === 'not-found' || error.code === 'forbidden') rest(record, wait)
      else if (record.fails > allowedFails) rest(record, wait)
    },
    served(supply) {
      if (models.size > 0) models.delete(keyOf(supply.provider.id, supply.info.id))
      if (providers.size > 0) providers.delete(supply.provider.id)
    },
  }
}

/** Where the clock was put back before the rest began, nobody knows how long it has lasted. */
function isResting(record: Record | undefined, now: number): boolean {
  return record !== undefined && record.since <= now && now < record.until
}
