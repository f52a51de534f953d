import { asObject, asString, type JsonObject } from '@crossfeed/protocols'
import { asList, without, withMember } from './copy-on-write.ts'
import { fitEffort } from './fit-effort.ts'
import type { RequestPatch } from '../provider.ts'
import { responsesEffort } from './responses-effort.ts'

const reason =
  "Unsupported value: 'none' is not supported with the 'o4-mini' model; Unsupported parameter: 'reasoning.effort' is not supported with this model"

/** The effort that a relayed request names, as the model has it: the nearest of its own, none where it does not reason. */
export const effortFitted: readonly RequestPatch[] = [
  {
    name: 'chat-effort',
    reason,
    protocol: 'chat',
    apply(body, target, context) {
      const member = 'reasoning_effort'
      const asked = asString(body[member])
      const sent = fitEffort({ asked, offered: target.traits.reasoning.efforts, member }, context)
      return sent === asked ? body : withMember(body, member, sent)
    },
  },
  {
    ...responsesEffort,
    apply: (body, target, context) =>
      target.traits.reasoning.efforts?.length === 0
        ? withoutReasoning(body, context.note)
        : responsesEffort.apply(body, target, context),
  },
]

const sealed = 'reasoning.encrypted_content'

/** A model that does not reason refuses to summarize its reasoning, and to seal it, as well. */
function withoutReasoning(body: JsonObject, note: (change: string) => void): JsonObject {
  const asked = asString(asObject(body['reasoning'])?.['effort'])
  if (asked !== undefined) note(`reasoning.effort:${asked}>dropped`)
  const include = asList(body['include'])
  if (!include?.includes(sealed)) return without(body, 'reasoning')
  const others = include.filter((one) => one !== sealed)
  return withMember(without(body, 'reasoning'), 'include', others.length === 0 ? undefined : others)
}
