import type { GatewayError } from '@crossfeed/protocols'

/** What a failure means for the choice of another target. */
export type FailureKind = 'passing' | 'overflow' | 'content-policy' | 'final'

const policyWords = /content[_ ]?(?:policy|filter|management)|responsible ai|safety system/i

/**
 * Sorts a failure before the first byte. `passing`: another target may do better (limits, quotas, keys, faults, silence, a
 * model that is not there). `final`: the request itself is at fault, or the client has gone.
 */
export function kindOfFailure(error: GatewayError): FailureKind {
  switch (error.code) {
    case 'context-overflow':
    case 'too-large':
      return 'overflow'
    case 'unauthorized':
    case 'quota':
    case 'forbidden':
    case 'not-found':
    case 'rate-limited':
    case 'overloaded':
    case 'upstream':
    case 'timeout':
      return isPolicy(error) ? 'content-policy' : 'passing'
    case 'invalid-request':
      return isPolicy(error) ? 'content-policy' : 'final'
    case 'cancelled':
    case 'internal':
      return 'final'
  }
}

function isPolicy(error: GatewayError): boolean {
  return policyWords.test(error.upstream?.code ?? '') || (error.status === 400 && policyWords.test(error.message))
}
