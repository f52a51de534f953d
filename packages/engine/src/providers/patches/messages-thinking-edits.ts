import { asObject, type JsonObject } from '@crossfeed/protocols'
import { asList, mapMember, withMember } from './copy-on-write.ts'

/** A body that does not think, without the edit of `context_management` that clears earlier thinking: it is refused then. */
export function withoutThinkingEdits(body: JsonObject): JsonObject {
  const asked = asObject(body['context_management'])
  if (!asked) return body
  const kept = mapMember(asked, 'edits', (edit) =>
    asObject(edit)?.['type'] === 'clear_thinking_20251015' ? undefined : edit,
  )
  if (kept === asked) return body
  return withMember(body, 'context_management', asList(kept['edits'])?.length === 0 ? undefined : kept)
}
