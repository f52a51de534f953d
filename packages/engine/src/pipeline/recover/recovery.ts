import type { GatewayError } from '@crossfeed/protocols'
import type { Learned } from '../learned.ts'
import type { Address, Provider, Target } from '../../providers/provider.ts'

/** What a recovery may look at and change of a request whose upstream call failed before the first byte. */
interface Failed {
  readonly target: Target
  readonly provider: Provider
  readonly address: Address
  readonly learned: Learned
  /** Whether the model has another endpoint that is not known to be closed. */
  readonly elsewhere: boolean
  /** Longest wait that is worth it, in milliseconds. */
  readonly waitCeilingMs: number
  /** How often this request has waited for another try, and how often it may. */
  readonly waits: number
  readonly retries: number
  countWait(): void
  /** A hash of all schemas that the refused call held the output to; undefined where there are none. */
  heldSchemas(): string | undefined
  /** Send no sealed reasoning on the next try. */
  dropSeals(): void
  /** Allow no longer answer than this on the next tries, in tokens. */
  limitOutput(tokens: number): void
  /** Names the recovery's effect for the log and `x-crossfeed-changes`. */
  note(change: string): void
}

/** A named mend after a failure; each is tried at most once for a request, or once for each thing that it mends. */
export interface Recovery {
  readonly name: string
  /** What is mended, where one request may have several such things that are refused one after the other. */
  thing?(error: GatewayError, failed: Failed): string
  matches(error: GatewayError, failed: Failed): boolean
  /** Milliseconds to wait before the next try, or undefined when there is nothing to be done after all. */
  repair(error: GatewayError, failed: Failed): number | undefined
}
