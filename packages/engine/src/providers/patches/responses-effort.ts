import { asObject, asString, type JsonObject } from '@crossfeed/protocols'
import { withMember } from './copy-on-write.ts'
import { fitEffort } from './fit-effort.ts'
import type { RequestPatch } from '../provider.ts'

/** The effort that a request in Responses names, as the model has it: the nearest that it lists. */
export const responsesEffort: RequestPatch = {
  name: 'responses-effort',
  reason: 'an effort that the model does not list is refused (invalid_reasoning_effort); "none" is what titles ask for',
  protocol: 'responses',
  apply(body, target, context) {
    const reasoning = asObject(body['reasoning'])
    const asked = asString(reasoning?.['effort'])
    const offered = target.traits.reasoning.efforts
    if (!reasoning) return body
    const sent = fitEffort({ asked, offered, member: 'reasoning.effort' }, context)
    if (sent === asked) return body
    return withReasoning(body, withMember(reasoning, 'effort', sent))
  },
}

/** The body with another `reasoning`, which goes when there is nothing in it. */
export function withReasoning(body: JsonObject, reasoning: JsonObject): JsonObject {
  return withMember(body, 'reasoning', Object.keys(reasoning).length === 0 ? undefined : reasoning)
}
