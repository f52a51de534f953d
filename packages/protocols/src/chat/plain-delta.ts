import { asObject, asObjects, type JsonObject } from '../core/json.ts'

/**
 * Whether a chunk, come again with another text, would do no more than add that text: it ends nothing, and has no lists that
 * grow. A call's piece with a name may begin another call.
 */
export function isPlainDelta(chunk: JsonObject): boolean {
  const choices = asObjects(chunk['choices'])
  const choice = choices[0]
  if (!choice || choices.length > 1 || choice['finish_reason']) return false
  const delta = asObject(choice['delta'])
  if (!delta) return false
  if (isFilled(delta['annotations']) || isFilled(delta['reasoning_details'])) return false
  if (asObject(delta['function_call'])?.['name']) return false
  return asObjects(delta['tool_calls']).every(
    (call) => !asObject(call['function'])?.['name'] && !asObject(call['custom'])?.['name'],
  )
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0
}
