import type { JsonObject } from '../core/json.ts'

const types: ReadonlySet<unknown> = new Set([
  'response.output_text.delta',
  'response.refusal.delta',
  'response.function_call_arguments.delta',
  'response.custom_tool_call_input.delta',
  'response.reasoning_summary_text.delta',
  'response.reasoning_text.delta',
  'response.reasoning.delta',
])

/** Whether an event, come again with another text, would do no more than add that text. */
export function isPlainDelta(event: JsonObject): boolean {
  return types.has(event['type'])
}
