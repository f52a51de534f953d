import type { Json } from './json.ts'

/** What went wrong, in one stable word. */
export type ErrorCode =
  | 'invalid-request'
  | 'unauthorized'
  | 'quota'
  | 'forbidden'
  | 'not-found'
  | 'too-large'
  | 'context-overflow'
  | 'rate-limited'
  | 'overloaded'
  | 'upstream'
  | 'timeout'
  | 'cancelled'
  | 'internal'

/** An upstream's own words about a failure, kept so that they survive the trip to the client. */
export interface UpstreamError {
  /** Stable code of the upstream, such as `model_not_supported`. */
  readonly code?: string
  /** Class of the upstream, such as `invalid_request_error`. */
  readonly type?: string
  /** The request member at fault. */
  readonly param?: string
  /** The body as it came, when it was JSON. */
  readonly body?: Json
  readonly requestId?: string
}

/** What an error tells beyond its code, status and message. */
export interface GatewayErrorOptions extends ErrorOptions {
  /** Seconds to wait before a new try. */
  readonly retryAfter?: number | undefined
  /** Stable kebab word for docs and logs, such as `network-dns`. */
  readonly reason?: string | undefined
  /** One sentence or command that mends it. */
  readonly fix?: string | undefined
  readonly upstream?: UpstreamError | undefined
}

/** The one error type: thrown where a failure is noticed, written once, at the edge, in the client's protocol. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  /** HTTP status for the client. */
  readonly status: number
  readonly retryAfter: number | undefined
  readonly reason: string | undefined
  readonly fix: string | undefined
  readonly upstream: UpstreamError | undefined

  constructor(code: ErrorCode, status: number, message: string, options?: GatewayErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'GatewayError'
    this.code = code
    this.status = status
    this.retryAfter = options?.retryAfter
    this.reason = options?.reason
    this.fix = options?.fix
    this.upstream = options?.upstream
  }
}

/** A copy of an error with what is named changed, also to nothing. Its cause stays unless another one is given. */
export function errorWith(
  error: GatewayError,
  changes: GatewayErrorOptions & {
    readonly code?: ErrorCode
    readonly status?: number
    readonly message?: string
  },
): GatewayError {
  const { code, status, retryAfter, reason, fix, upstream } = error
  const changed = { code, status, retryAfter, reason, fix, upstream, cause: error.cause, ...changes }
  return new GatewayError(changed.code, changed.status, changes.message ?? error.message, changed)
}

/** What a client is told of an error: the message, and the advice that mends it at its end, unless the message gives it already. */
export function tellError({
  message,
  fix,
}: Pick<GatewayError, 'message'> & { readonly fix?: string | undefined }): string {
  if (fix === undefined || message.includes(fix.replace(/\.$/, ''))) return message
  const said = /[.!?…:]$/.test(message) ? message : `${message}.`
  // Some are a command alone.
  return `${said} ${fix.startsWith('crossfeed ') ? `Run: ${fix}` : fix}`
}

/** The error of an answer that ended too early; `how` tells by what that is known. */
export function cutOff(how = 'it ended without saying that it was complete'): GatewayError {
  return new GatewayError('upstream', 502, `The answer was cut off: ${how}.`, { reason: 'stream-cut' })
}

/** The refusal of a request whose member (a path of the protocol's) cannot be understood. */
export function invalidMember(member: string, message: string): GatewayError {
  return new GatewayError('invalid-request', 400, message, {
    reason: 'invalid-member',
    upstream: { type: 'invalid_request_error', param: member },
  })
}

/** Any failure as one that a client can be told. One that is none of ours is a fault of our own, and its cause is kept. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof RangeError && /call stack/i.test(error.message)) {
    const why = 'The request is nested too deeply to be read.'
    return new GatewayError('invalid-request', 400, why, { cause: error, reason: 'nested-too-deep' })
  }
  return new GatewayError('internal', 500, 'Crossfeed failed; this is a fault of its own.', {
    cause: error,
    reason: 'internal',
  })
}

/** The code that a bare HTTP status stands for. */
export function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
      return 'unauthorized'
    case 402:
      return 'quota'
    case 403:
      return 'forbidden'
    case 404:
      return 'not-found'
    case 408:
    case 504:
      return 'timeout'
    case 413:
      return 'too-large'
    case 429:
      return 'rate-limited'
    case 499:
      return 'cancelled'
    case 503:
    case 529:
      return 'overloaded'
    default:
      return status >= 400 && status < 500 ? 'invalid-request' : 'upstream'
  }
}

/**
 * The code that a client of OpenAI's protocols is told of an error that no upstream named: the official word where there is
 * one, else the reason. Undefined for an upstream's error without a code of its own.
 */
export function ownCode(error: GatewayError): string | undefined {
  const { reason } = error
  if (reason === undefined || reason.startsWith('upstream-') || error.code === 'context-overflow') return undefined
  return reason === 'model-not-found' ? 'model_not_found' : reason
}
