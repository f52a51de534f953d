import { asObject, asObjects, asString, isObject, type Json, type JsonObject } from '@crossfeed/protocols'

/** What stands in `instructions` where a request has none at all: the service wants some words there. */
const fewestWords = 'Follow the conversation.'

/**
 * The body with instructions that are not empty: its own, else its leading system and developer messages, else the fewest
 * words. System messages elsewhere become developer messages. The same object where nothing has to change.
 */
export function withInstructions(body: JsonObject): JsonObject {
  const { instructions } = body
  const input: readonly Json[] = Array.isArray(body['input']) ? body['input'] : []
  if (typeof instructions === 'string' && instructions.trim() !== '') {
    const without = withoutSystem(input)
    return without === input ? body : { ...body, input: without }
  }
  const leading: string[] = []
  for (const item of input) {
    const text = textOfInstruction(item)
    if (text === undefined) break
    leading.push(text)
  }
  const text = leading.join('\n\n')
  const rest = withoutSystem(input.slice(leading.length))
  return { ...body, instructions: text.trim() === '' ? fewestWords : text, input: rest }
}

/** The text of a system or developer message; undefined for all other items, and for one that holds more than text. */
function textOfInstruction(item: Json): string | undefined {
  const message = asObject(item)
  if (!message || (message['type'] ?? 'message') !== 'message') return undefined
  if (message['role'] !== 'system' && message['role'] !== 'developer') return undefined
  const { content } = message
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = asObjects(content).map((part) => (part['type'] === 'input_text' ? asString(part['text']) : undefined))
  return texts.length === content.length && texts.every((text) => text !== undefined) ? texts.join('\n\n') : undefined
}

function withoutSystem(input: readonly Json[]): readonly Json[] {
  if (!input.some((item) => asObject(item)?.['role'] === 'system')) return input
  return input.map((item) => (isObject(item) && item['role'] === 'system' ? { ...item, role: 'developer' } : item))
}
