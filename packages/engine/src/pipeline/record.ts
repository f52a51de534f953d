import type { ErrorCode, GatewayError, Loss, Plan, ProtocolId, Usage } from '@crossfeed/protocols'
import type { Clock } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'
import type { AnswerHeaders } from '../transport/http.ts'

/** How a request ended: in exactly one of these ways (user-pain 11.3). */
export type Outcome = 'completed' | 'cancelled' | 'refused' | 'upstream-error' | 'timeout' | 'cut'

/** What is known of one request when it has ended. Holds no content. */
export interface RequestRecord {
  readonly requestId: string
  /** `POST` where it is not said. */
  readonly method?: 'GET' | 'POST' | 'DELETE' | undefined
  readonly path: string
  readonly protocol: ProtocolId | 'embeddings'
  /** The model that was asked for, and the one that served; empty before it was found. */
  readonly asked: string
  readonly model: string
  readonly provider: string
  /** `relay messages`, `translate messages>responses`; empty before it was chosen. */
  readonly plan: string
  readonly stream: boolean
  readonly status: number
  readonly outcome: Outcome
  readonly usage: Usage | undefined
  /** Milliseconds from the request to the first byte of the answer, and to its end. */
  readonly firstByteMs: number | undefined
  readonly totalMs: number
  /** Upstream calls made. */
  readonly calls: number
  readonly initiator: string | undefined
  /** Percent left of each limited quota, by its name, where the answer said so. */
  readonly left?: Readonly<Record<string, number>> | undefined
  readonly changes: readonly string[]
  readonly losses: readonly Loss[]
  readonly error:
    | {
        readonly code: ErrorCode
        /** The upstream's, or the one that stands for the code. */
        readonly status: number
        readonly message: string
        readonly reason: string | undefined
        /** Seconds to wait before a new try. */
        readonly retryAfter: number | undefined
        /** One sentence or command that mends it. */
        readonly fix?: string | undefined
        readonly upstreamId: string | undefined
        /** The upstream's own word, such as `content_filter`. */
        readonly upstreamCode: string | undefined
      }
    | undefined
}

export type RecordRequest = (record: RequestRecord) => void

/** Where a request went, and how. */
export interface Travelled {
  readonly plan: Plan
  readonly target: { readonly provider: string; readonly model: string }
}

/** What an exchange knows of itself. */
interface Exchanged {
  readonly parts: { readonly clock: Clock }
  readonly call: { readonly requestId: string; readonly path: string }
  readonly from: ProtocolId
  readonly asked: string
  readonly stream: boolean
  readonly startedAt: number
  readonly prepared: (Travelled & { readonly provider: Pick<Provider, 'readLeft'> }) | undefined
  readonly usage: Usage | undefined
  readonly calls: number
  readonly initiator: string | undefined
  readonly changes: readonly string[]
  readonly losses: readonly Loss[]
}

/** How it has ended. `firstByteAt` in milliseconds, by the same clock as its start. */
interface Ended {
  readonly outcome: Outcome
  readonly error: GatewayError | undefined
  /** That the client has seen; 0 where it has seen none. */
  readonly status: number
  readonly firstByteAt: number | undefined
  /** Of the upstream's answer. */
  readonly headers: AnswerHeaders
}

/** The record of an exchange that has ended. */
export function recordOf(exchange: Exchanged, { outcome, error, status, firstByteAt, headers }: Ended): RequestRecord {
  const { prepared, startedAt } = exchange
  return {
    requestId: exchange.call.requestId,
    path: exchange.call.path,
    protocol: exchange.from,
    asked: exchange.asked,
    model: prepared?.target.model ?? '',
    provider: prepared?.target.provider ?? '',
    plan: prepared ? describePlan(prepared.plan) : '',
    stream: exchange.stream,
    status: outcome === 'cancelled' && status === 0 ? 499 : status,
    outcome,
    usage: exchange.usage,
    firstByteMs: firstByteAt === undefined ? undefined : lasted(startedAt, firstByteAt),
    totalMs: lasted(startedAt, exchange.parts.clock.now()),
    calls: exchange.calls,
    initiator: exchange.initiator,
    left: prepared?.provider.readLeft(headers),
    changes: exchange.changes,
    losses: exchange.losses,
    error: error && describeFailure(error),
  }
}

/** Not less than nothing, where the clock was put back meanwhile. */
function lasted(from: number, to: number): number {
  return Math.max(0, to - from)
}

/** What a record tells of a failure. */
export function describeFailure(error: GatewayError): NonNullable<RequestRecord['error']> {
  const { code, status, message, reason, retryAfter, fix, upstream } = error
  return {
    code,
    status,
    message,
    reason,
    retryAfter,
    fix,
    upstreamId: upstream?.requestId,
    upstreamCode: upstream?.code,
  }
}

/** Such as `relay messages` and `translate messages>responses`. */
export function describePlan(plan: Plan): string {
  return plan.from === plan.to ? `${plan.mode} ${plan.from}` : `${plan.mode} ${plan.from}>${plan.to}`
}

/** Reasons of errors that end an answer in its midst. */
const cuts: ReadonlySet<string | undefined> = new Set(['stream-cut', 'network-cut', 'shutting-down'])

/** How a request ends that this error ends. */
export function outcomeOf(error: GatewayError): Outcome {
  if (cuts.has(error.reason)) return 'cut'
  if (error.code === 'timeout') return 'timeout'
  if (error.code === 'cancelled') return 'cancelled'
  // A refusal of our own may name type and parameter as an upstream would; only what came from one has such a reason.
  const said = error.reason?.startsWith('upstream-') || error.reason === 'context-overflow'
  const upstream = said || error.code === 'upstream' || error.code === 'overloaded'
  return upstream ? 'upstream-error' : 'refused'
}
