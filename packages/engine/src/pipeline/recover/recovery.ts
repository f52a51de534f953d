import type { GatewayError, JsonObject } from '@crossfeed/protocols'
import type { Circumstances } from '../learned/circumstances.ts'
import type { Closed, Refusals } from '../learned/learned.ts'
import type { Address, Provider, Target } from '../../providers/provider.ts'

/** What a recovery may look at and change of a request whose upstream call failed before the first byte. */
export interface Failed {
  readonly target: Target
  readonly provider: Provider
  readonly address: Address
  /** What was refused. */
  readonly body: JsonObject
  readonly circumstances: Circumstances
  /** Whether the model has another endpoint that has not refused this request. */
  readonly elsewhere: boolean
  /** `/responses/compact` was asked. */
  readonly isAtCompact: boolean
  /** Longest wait that is worth it, in milliseconds. */
  readonly waitCeilingMs: number
  /** How often this request has waited for another try, and how often it may. */
  readonly waits: number
  readonly retries: number
  countWait(): void
  /** Upstream calls made for this request. */
  readonly calls: number
  /**
   * What the target refuses of requests like this. It counts for this request at once, and for others when the mended request
   * is answered: what did not help was not what was wrong.
   */
  teach(lesson: (known: Refusals) => void): void
  /** The target refuses this value of `anthropic-beta`; as `teach`. */
  refuseBeta(beta: string): void
  /** The endpoint does not serve all requests, or not those like this; as `teach`. */
  closeEndpoint(closed: Closed): void
  /** Asks for the compaction where answers are asked for; `isLasting` where there is no other endpoint for it at all. */
  leaveCompact(isLasting: boolean): void
  /** A hash of all schemas that the refused call held the output to; undefined where there are none. */
  heldSchemas(): string | undefined
  /** Send no sealed reasoning on the next try. */
  dropSeals(): void
  /** Take the request through the core, also within its protocol. */
  rewrite(): void
  /** Allow no longer answer than this on the next tries, in tokens. */
  limitOutput(tokens: number): void
  /** Names the recovery's effect for the log and `x-crossfeed-changes`, once the next call is another than the refused one. */
  note(change: string): void
}

/**
 * A named mend after a failure; each is tried at most once for a request, or once for each thing that it mends. Where it changes
 * nothing of the call, the call is not made again and the next mend is looked for.
 */
export interface Recovery {
  readonly name: string
  /** The same call is made again: what has to change is not in it. */
  readonly repeats?: true
  /** What is mended, where one request may have several such things that are refused one after the other. */
  thing?(error: GatewayError, failed: Failed): string
  matches(error: GatewayError, failed: Failed): boolean
  /** Milliseconds to wait before the next try, or undefined when there is nothing to be done after all. */
  repair(error: GatewayError, failed: Failed): number | undefined
}
