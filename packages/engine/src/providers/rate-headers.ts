import { errorWith, type GatewayError } from '@crossfeed/protocols'
import type { ClientHeaders } from './provider.ts'

/** OpenAI's `x-ratelimit-remaining-tokens` and Anthropic's `anthropic-ratelimit-input-tokens-remaining` name a limit each. */
const remainingNames = [
  /^x-ratelimit-remaining-([a-z-]+)$/,
  /^anthropic-ratelimit-((?!unified)[a-z-]+)-remaining$/,
] as const

interface Limit {
  readonly name: string
  readonly remaining: number
  readonly most: number | undefined
  /** When it is full again, as the header says it. */
  readonly reset: string | undefined
}

/** Percent left of each limit on the rate of calls; undefined where the headers name none. */
export function readRateLeft(headers: ClientHeaders): Readonly<Record<string, number>> | undefined {
  const left: Record<string, number> = {}
  for (const { name, remaining, most } of limitsOf(headers))
    if (most !== undefined && most > 0) left[name] = Math.round(Math.min(remaining / most, 1) * 1000) / 10
  return Object.keys(left).length === 0 ? undefined : left
}

/** Milliseconds since 1970 at which the used-up limits are full again; undefined where none is used up, or nobody says when. */
export function readRateReset(headers: ClientHeaders, now: number): number | undefined {
  const times = limitsOf(headers).flatMap(({ remaining, reset }) => {
    const time = remaining > 0 || reset === undefined ? undefined : readTime(reset, now)
    return time === undefined ? [] : [time]
  })
  return times.length === 0 ? undefined : Math.max(...times)
}

/** A refusal for its rate with how long to wait, where nobody said: until the used-up limit is full again. */
export function withRateReset(error: GatewayError, headers: ClientHeaders, now: number): GatewayError {
  if (error.status !== 429 && error.code !== 'rate-limited' && error.code !== 'overloaded') return error
  const reset = error.retryAfter === undefined ? readRateReset(headers, now) : undefined
  return reset === undefined ? error : errorWith(error, { retryAfter: Math.max(0, Math.ceil((reset - now) / 1000)) })
}

function limitsOf(headers: ClientHeaders): readonly Limit[] {
  const limits: Limit[] = []
  for (const header in headers) {
    const [openAi, anthropic] = remainingNames.map((pattern) => pattern.exec(header)?.[1])
    const name = openAi ?? anthropic
    const remaining = numberOf(headers[header])
    if (name === undefined || remaining === undefined) continue
    const sibling = (what: string): string | undefined =>
      textOf(headers[openAi === undefined ? `anthropic-ratelimit-${name}-${what}` : `x-ratelimit-${what}-${name}`])
    limits.push({ name, remaining, most: numberOf(sibling('limit')), reset: sibling('reset') })
  }
  return limits
}

/** A duration (`1s`, `6m0s`, `20ms`, bare seconds: OpenAI) or a date (RFC 3339: Anthropic). */
function readTime(text: string, now: number): number | undefined {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds)) return now + seconds * 1000
  if (/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) {
    const pieces = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
    return now + pieces.reduce((sum, [, count, unit]) => sum + Number(count) * (milliseconds[unit ?? ''] ?? 0), 0)
  }
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : date
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function numberOf(value: string | string[] | undefined): number | undefined {
  const text = textOf(value)
  const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}
