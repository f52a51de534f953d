import { asNumber, asObject, asString, errorWith, type GatewayError } from '@crossfeed/protocols'
import type { ClientHeaders } from '../provider.ts'

/** `x-codex-primary-used-percent`, and `x-codex-<family>-primary-used-percent` of limits that hold for some models only. */
const usedPercent = /^x-codex-(?:(.+)-)?(primary|secondary)-used-percent$/

/**
 * Percent left of each window of the plan, as the headers of an answer say (copilot-protocol.md §10.2): `primary`, `secondary`,
 * and `<family>-primary` where there are others.
 */
export function readLeft(headers: ClientHeaders): Readonly<Record<string, number>> | undefined {
  let left: Record<string, number> | undefined
  for (const name in headers) {
    const [, family, window] = usedPercent.exec(name) ?? []
    const used = numberIn(headers, name)
    if (window === undefined || used === undefined) continue
    const quota = family === undefined ? window : `${family}-${window}`
    ;(left ??= {})[quota] = Math.max(0, 100 - used)
  }
  return left
}

/** When every used-up window of the plan is filled again, in milliseconds since 1970. */
export function readReset(headers: ClientHeaders, now: number): number | undefined {
  const resets = ['primary', 'secondary'].flatMap((window) => {
    if ((numberIn(headers, `x-codex-${window}-used-percent`) ?? 0) < 100) return []
    const at = numberIn(headers, `x-codex-${window}-reset-at`)
    const after = numberIn(headers, `x-codex-${window}-reset-after-seconds`)
    if (at !== undefined) return [at * 1000]
    return after === undefined ? [] : [now + after * 1000]
  })
  return resets.length === 0 ? undefined : Math.max(...resets)
}

/**
 * A refusal for a used-up plan (`usage_limit_reached`, with `resets_at` in seconds since 1970) as what it is: a quota, with
 * the time that it takes to fill. All other errors stay as they are.
 */
export function readRefusal(error: GatewayError, headers: ClientHeaders, now: number): GatewayError {
  const said = asObject(asObject(error.upstream?.body)?.['error'])
  if (said === undefined || (said['type'] ?? said['code']) !== 'usage_limit_reached') return error
  const after = asNumber(said['resets_in_seconds'])
  const stated = asNumber(said['resets_at'])
  const resetsAt = stated === undefined ? after && now + after * 1000 : stated * 1000
  const filledAt = resetsAt ?? readReset(headers, now)
  const plan = asString(said['plan_type'])
  const message =
    asString(said['message']) || `The usage limit of the ChatGPT plan${plan ? ` (${plan})` : ''} is reached.`
  const until = filledAt === undefined ? '' : ` It is filled again at ${new Date(filledAt).toISOString()}.`
  const retryAfter = filledAt === undefined ? error.retryAfter : Math.max(1, Math.ceil((filledAt - now) / 1000))
  return errorWith(error, { code: 'quota', message: message + until, retryAfter })
}

function numberIn(headers: ClientHeaders, name: string): number | undefined {
  const value = headers[name]
  return typeof value === 'string' && value.trim() !== '' ? asNumber(Number(value)) : undefined
}
