import type { ErrorCode, GatewayError } from '@crossfeed/protocols'

/** What a failure means for the choice of another target. */
export type FailureKind = 'passing' | 'unfit' | 'overflow' | 'content-policy' | 'final'

/** What is read of a failure to know a refusal of the content. */
interface FailureWords {
  readonly code: ErrorCode
  readonly status: number
  readonly message: string
  readonly upstreamCode?: string | undefined
}

/** What another target may take. */
const unfit: ReadonlySet<string | undefined> = new Set([
  'loss-refused',
  'embeddings-unsupported',
  'token-input-unsupported',
])

const policyWords = /content[_ ]?(?:policy|filter|management)|responsible ai|safety system/i

/**
 * Sorts a failure before the first byte. `passing`: another target may do better (limits, quotas, faults, silence, a supply
 * that nobody is signed in to). `unfit`: this target cannot take the request as its owner wants it sent, or at all. `final`:
 * the request or the configuration is at fault, or the client has gone. A key that its upstream refuses and a model that it
 * does not have are such faults: going elsewhere would hide them, and spend money where nobody meant to (user-pain 7.2).
 */
export function kindOfFailure(error: GatewayError): FailureKind {
  switch (error.code) {
    case 'context-overflow':
    case 'too-large':
      return 'overflow'
    case 'unauthorized':
    case 'not-found':
      return error.reason?.startsWith('upstream-') ? 'final' : 'passing'
    case 'quota':
    case 'forbidden':
    case 'rate-limited':
    case 'overloaded':
    case 'upstream':
    case 'timeout':
      return isPolicy(error) ? 'content-policy' : 'passing'
    case 'invalid-request':
      if (unfit.has(error.reason)) return 'unfit'
      return isPolicy(error) ? 'content-policy' : 'final'
    case 'cancelled':
    case 'internal':
      return 'final'
  }
}

function isPolicy({ code, status, message, upstream }: GatewayError): boolean {
  return isContentRefusal({ code, status, message, upstreamCode: upstream?.code })
}

/** Whether a failure says that a filter refused the content: by the upstream's code, or by the words of a refused request. */
export function isContentRefusal({ code, status, message, upstreamCode = '' }: FailureWords): boolean {
  const isRefusal = status === 400 || code === 'invalid-request'
  return policyWords.test(upstreamCode) || (isRefusal && policyWords.test(message))
}
