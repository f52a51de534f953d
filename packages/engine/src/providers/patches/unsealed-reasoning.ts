import { asObject, asString } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { mapMember } from './copy-on-write.ts'

const sealedTypes: ReadonlySet<string> = new Set(['reasoning', 'compaction', 'compaction_summary'])

/** Reasoning that does not travel with the conversation, for services that keep nothing: they would have to remember it. */
export const unsealedReasoning: RequestPatch = {
  name: 'unsealed-reasoning',
  reason: 'reasoning without encrypted content would have to be remembered, and is refused as not found',
  protocol: 'responses',
  apply: (body, _target, context) =>
    mapMember(body, 'input', (item, at) => {
      const object = asObject(item)
      if (!object || !sealedTypes.has(asString(object['type']) ?? '') || asString(object['encrypted_content']))
        return item
      context.lose({ path: `input[${at}]`, why: 'it has no encrypted content to be taken back' })
      return undefined
    }),
}
