import type { RequestPatch } from '../provider.ts'
import { without } from './copy-on-write.ts'

/** Labels are for answers that are kept: OpenAI and Azure refuse them with others. Responses keeps answers unasked, chat does not. */
export const metadataUnstored: RequestPatch = {
  name: 'metadata-unstored',
  reason: "The 'metadata' parameter is only allowed when 'store' is enabled.",
  protocol: 'chat',
  apply(body, _target, { lose }) {
    if ((body['metadata'] ?? null) === null || body['store'] === true) return body
    lose({ path: 'metadata', why: 'Chat Completions labels only answers that are stored' })
    return without(body, 'metadata')
  },
}
