import { asNumber, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { without, withMember } from './copy-on-write.ts'

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

/** The limit of a body under one of its two names; of two limits that one stays. */
export function withLimitAs(right: 'max_tokens' | 'max_completion_tokens', body: JsonObject): JsonObject {
  const wrong = right === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
  if (body[wrong] === undefined) return body
  return withMember(without(body, wrong), right, body[right] ?? body[wrong])
}

/** The same where only the older name is known: the newer is passed over, and the answer has no limit, or is refused. */
export const olderMaxTokensName: RequestPatch = {
  name: 'max-tokens-name',
  reason: 'openai/openai.go of ollama/ollama, and the API references of Mistral, DeepSeek and Z.ai: max_tokens alone',
  protocol: 'chat',
  apply: (body) => withLimitAs('max_tokens', body),
}
