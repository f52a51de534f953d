import { asObject, asObjects, isObject, type JsonObject } from '../core/json.ts'

/**
 * Whether a chunk, come again with another text, would do no more than add that text: it ends nothing, and has no lists that
 * grow. A call's piece with a name may begin another call.
 */
export function isPlainDelta(chunk: JsonObject): boolean {
  const choices = asObjects(chunk['choices'])
  const choice = choices[0]
  if (!choice || choices.length > 1 || choice['finish_reason'] || choice['error']) return false
  const delta = asObject(choice['delta'])
  if (!delta) return false
  if (lists.some((name) => isFilled(delta[name]))) return false
  // Sound comes in pieces too, and what is flagged as thought begins and ends within the text.
  if (isObject(delta['audio']) || isObject(delta['extra_content'])) return false
  if (asObject(delta['function_call'])?.['name']) return false
  return asObjects(delta['tool_calls']).every(
    (call) => !asObject(call['function'])?.['name'] && !asObject(call['custom'])?.['name'],
  )
}

const lists = ['annotations', 'reasoning_details', 'thinking_blocks', 'images'] as const

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0
}
