import { asObject, type Json } from '@crossfeed/protocols'
import { mapMember } from './copy-on-write.ts'
import type { RequestPatch } from '../provider.ts'

/**
 * Tools and calls without a type are functions. Mistral leaves it out of its answers and takes tools without it; OpenAI says
 * "Missing required parameter" when a conversation goes on there.
 */
export const chatCallTypes: RequestPatch = {
  name: 'chat-call-types',
  reason: "Missing required parameter: 'messages[1].tool_calls[0].type'",
  protocol: 'chat',
  apply: (body) =>
    mapMember(mapMember(body, 'tools', typed), 'messages', (message) => {
      const turn = asObject(message)
      return turn ? mapMember(turn, 'tool_calls', typed) : message
    }),
}

function typed(item: Json): Json {
  const object = asObject(item)
  return object && object['type'] === undefined && asObject(object['function']) ? { type: 'function', ...object } : item
}
