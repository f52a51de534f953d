import { asObject, isObject, type Json, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { withoutThinkingEdits } from '../providers/messages-thinking-edits.ts'
import { isMidTurnUnthought } from '../providers/messages-thinking.ts'

/** The body without any sealed reasoning in its history: what is left when an upstream refuses the seals. */
export function withoutSeals(body: JsonObject, protocol: ProtocolId): JsonObject {
  switch (protocol) {
    case 'messages':
      return withoutUnbegunThinking(mapList(body, 'messages', (message) => keepBlocks(message)))
    case 'responses': {
      const input = body['input']
      if (!Array.isArray(input)) return body
      return { ...body, input: input.filter((item: Json) => asObject(item)?.['type'] !== 'reasoning') }
    }
    case 'chat':
      return mapList(body, 'messages', (message) => {
        const { reasoning_opaque: _seal, reasoning_text: _text, ...others } = message
        return others
      })
  }
}

/**
 * A turn that is under way cannot be gone on with thinking by budget once its own thinking is left out: "Expected `thinking` or
 * `redacted_thinking`, but found `tool_use`". What clears earlier thinking is refused without thinking.
 */
function withoutUnbegunThinking(body: JsonObject): JsonObject {
  if (asObject(body['thinking'])?.['type'] !== 'enabled' || !isMidTurnUnthought(body)) return body
  const { thinking: _thinking, ...others } = body
  return withoutThinkingEdits(others)
}

function keepBlocks(message: JsonObject): JsonObject {
  const content = message['content']
  if (!Array.isArray(content)) return message
  const kept = content.filter((block: Json) => !isThinking(block))
  return { ...message, content: kept.length > 0 ? kept : [{ type: 'text', text: '(reasoning left out)' }] }
}

function isThinking(block: Json): boolean {
  const type = asObject(block)?.['type']
  return type === 'thinking' || type === 'redacted_thinking'
}

function mapList(body: JsonObject, member: string, change: (item: JsonObject) => JsonObject): JsonObject {
  const list = body[member]
  if (!Array.isArray(list)) return body
  return { ...body, [member]: list.map((item: Json) => (isObject(item) ? change(item) : item)) }
}
