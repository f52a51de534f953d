import { asObject, asString, type Json, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { without } from './copy-on-write.ts'
import { familyOf, type OpenAiFamily } from '../openai-families.ts'
import type { PatchContext, RequestPatch, Target } from '../provider.ts'

/** Members that reasoning models refuse, and the value that they take all the same. */
const refused: readonly (readonly [member: string, taken: Json | undefined])[] = [
  ['temperature', 1],
  ['top_p', 1],
  ['presence_penalty', 0],
  ['frequency_penalty', 0],
  ['logprobs', false],
  ['top_logprobs', 0],
  ['logit_bias', undefined],
]

/** Settings that reasoning models refuse with a 400 go, and are told as lost (user-pain 4.10). */
export const samplingRefused: readonly RequestPatch[] = (['chat', 'responses'] as const).map((protocol) => ({
  name: 'sampling-refused',
  reason: "user-pain 4.10: Unsupported parameter: 'temperature' is not supported with this model",
  protocol,
  apply(body, target, context) {
    const family = familyOf(target.model) ?? familyOf(target.name)
    return family && isFixed(family, body, protocol) ? withoutRefused(body, target, context) : body
  },
}))

/** Where `none` is an effort, it is also the default, and then sampling is free. */
function isFixed(family: OpenAiFamily, body: JsonObject, protocol: ProtocolId): boolean {
  if (family.sampling !== 'unreasoned') return family.sampling === 'fixed'
  const asked =
    protocol === 'chat' ? asString(body['reasoning_effort']) : asString(asObject(body['reasoning'])?.['effort'])
  return asked !== undefined && asked !== 'none'
}

function withoutRefused(body: JsonObject, target: Target, context: PatchContext): JsonObject {
  const gone = refused.filter(([member, taken]) => {
    const value = body[member]
    return value !== undefined && value !== null && value !== taken
  })
  for (const [member] of gone) context.lose({ path: member, why: `${target.model} refuses it while it reasons` })
  return gone.length === 0 ? body : without(body, ...gone.map(([member]) => member))
}
