import { createHash } from 'node:crypto'
import { asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import { mapMember, withMember } from './copy-on-write.ts'

/**
 * A chat request with ids of calls as Mistral has them: "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9". A new
 * id depends on the old one alone, so that calls and results stay together and the prompt's prefix stays the same.
 */
export function withShortCallIds(body: JsonObject): JsonObject {
  return mapMember(body, 'messages', (value) => {
    const message = asObject(value)
    if (!message) return value
    return mapMember(shortened(message, 'tool_call_id'), 'tool_calls', (call: Json) => {
      const object = asObject(call)
      return object ? shortened(object, 'id') : call
    })
  })
}

function shortened(holder: JsonObject, member: string): JsonObject {
  const id = asString(holder[member])
  return id === undefined || /^[A-Za-z0-9]{9}$/.test(id) ? holder : withMember(holder, member, shortId(id))
}

function shortId(id: string): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 9)
}
