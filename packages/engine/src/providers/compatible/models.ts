import { plainTraits, type ProtocolId, type Traits } from '@crossfeed/protocols'
import type { Model } from '../model.ts'

/** What is safe to send to a server of which only the protocol is known. */
export function traitsOf(model: Model, protocol: ProtocolId): Traits {
  return {
    ...plainTraits,
    customTools: false,
    namespaces: false,
    hostedTools: false,
    documents: protocol !== 'chat',
    cacheMarks: protocol === 'messages' ? 'parts' : 'none',
    ...(model.limits.output === undefined ? {} : { maxOutput: model.limits.output }),
  }
}
