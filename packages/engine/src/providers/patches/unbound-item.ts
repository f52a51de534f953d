import type { JsonObject } from '@crossfeed/protocols'
import { without } from './copy-on-write.ts'

/** An item of Responses without its id, which binds it to what a server remembers, and without a status that says nothing. */
export function unboundItem(item: JsonObject): JsonObject {
  const bare = without(item, 'id')
  return bare['status'] === null ? without(bare, 'status') : bare
}
