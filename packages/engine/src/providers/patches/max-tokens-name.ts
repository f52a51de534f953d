import { asNumber } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { without } from './copy-on-write.ts'

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
