import { asNumber, asObject, asString, type Json, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { mapMember, without } from './copy-on-write.ts'
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

/** The token limit under the name that the model takes. */
export const maxTokensName: RequestPatch = {
  name: 'max-tokens-name',
  reason: "user-pain 4.10: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead",
  protocol: 'chat',
  apply(body, target) {
    const limit = asNumber(body['max_tokens'])
    if (limit === undefined || target.traits.maxTokensField === 'max_tokens') return body
    const renamed = without(body, 'max_tokens')
    return renamed['max_completion_tokens'] === undefined ? { ...renamed, max_completion_tokens: limit } : renamed
  },
}

/** `developer` messages as `system`, for targets that do not know the newer role. */
export function developerAsSystem(isNeeded: (target: Target) => boolean): RequestPatch {
  return {
    name: 'developer-as-system',
    reason: 'the role came with the o series; servers that are older or of another vendor refuse it',
    protocol: 'chat',
    apply(body, target) {
      if (!isNeeded(target)) return body
      return mapMember(body, 'messages', (message) => {
        const turn = asObject(message)
        return turn?.['role'] === 'developer' ? { ...turn, role: 'system' } : message
      })
    },
  }
}
