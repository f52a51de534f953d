import type { GatewayError } from '@crossfeed/protocols'
import type { Log } from '../ports.ts'

/** Writes where a fault of our own happened: the client and the request's line are told only that it is one. */
export function logFault(log: Log, requestId: string, error: GatewayError | undefined): void {
  if (error?.reason !== 'internal') return
  const { cause } = error
  log.error(() => `${requestId} ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`)
}
