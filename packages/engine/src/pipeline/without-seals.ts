import { asObject, type Json, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { mapMember, onObject, without } from '../providers/patches/copy-on-write.ts'
import { withoutThinkingEdits } from '../providers/patches/messages-thinking-edits.ts'
import { isMidTurnUnthought } from '../providers/patches/messages-thinking.ts'

/** The body without any sealed reasoning in its history: what is left when an upstream refuses the seals. */
export function withoutSeals(body: JsonObject, protocol: ProtocolId): JsonObject {
  switch (protocol) {
    case 'messages':
      return withoutUnbegunThinking(mapMember(body, 'messages', onObject(keepBlocks)))
    case 'responses': {
      const input = body['input']
      if (!Array.isArray(input)) return body
      return { ...body, input: input.flatMap((item: Json) => unbound(item)) }
    }
    case 'chat':
      return mapMember(
        body,
        'messages',
        onObject((message) => without(message, 'reasoning_opaque', 'reasoning_text')),
      )
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
  if (!Array.isArray(content) || !content.some(isThinking)) return message
  const kept = content.filter((block: Json) => !isThinking(block))
  return { ...message, content: kept.length > 0 ? kept : [{ type: 'text', text: '(reasoning left out)' }] }
}

/** Items that the API takes without an id. */
const idless: ReadonlySet<Json> = new Set(['message', 'function_call', 'custom_tool_call'])

/**
 * An item without the id that binds it to reasoning: "Item 'fc_…' of type 'function_call' was provided without its required
 * 'reasoning' item". Ids of another server may have a form that is refused by itself. Reasoning goes.
 */
function unbound(item: Json): readonly Json[] {
  const object = asObject(item)
  if (!object) return [item]
  if (object['type'] === 'reasoning') return []
  const type = object['type'] ?? 'message'
  if (object['id'] === undefined || !idless.has(type)) return [item]
  const { id: _id, ...others } = object
  return [others]
}

function isThinking(block: Json): boolean {
  const type = asObject(block)?.['type']
  return type === 'thinking' || type === 'redacted_thinking'
}
