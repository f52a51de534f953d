import type { GatewayError } from '@crossfeed/protocols'
import type { Recovery } from './recovery.ts'

const passing: ReadonlySet<number> = new Set([408, 500, 502, 503, 504, 529])
const pauseMs = 1000

/**
 * A blip: one more try after `retry-after`, or after a second where the upstream did not say. A wait beyond the ceiling
 * is the client's to decide, so the error goes through at once (user-pain 7.1). A 429 without a stated wait is a limit,
 * not a blip.
 */
export const waitAndRetry: Recovery = {
  name: 'wait-and-retry',
  matches: (error, failed) => {
    const wait = waitOf(error)
    return wait !== undefined && wait <= failed.waitCeilingMs
  },
  repair(error, failed) {
    const wait = waitOf(error)
    if (wait !== undefined) failed.note(`waited:${Math.round(wait / 100) / 10}s`)
    return wait
  },
}

function waitOf(error: GatewayError): number | undefined {
  if (error.reason === 'network-reset') return 0
  if (!error.reason?.startsWith('upstream-')) return undefined
  if (error.retryAfter !== undefined && (error.status === 429 || passing.has(error.status)))
    return error.retryAfter * 1000
  return passing.has(error.status) ? pauseMs : undefined
}
