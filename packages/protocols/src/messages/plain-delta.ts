import { asObject, type JsonObject } from '../core/json.ts'

const members: ReadonlySet<string> = new Set(['type', 'index', 'delta'])
const kinds: ReadonlySet<unknown> = new Set(['text_delta', 'thinking_delta', 'input_json_delta'])

/** Whether an event, come again with another text, would do no more than add that text: what stands beside a delta is noted each time. */
export function isPlainDelta(event: JsonObject): boolean {
  if (event['type'] !== 'content_block_delta' || !kinds.has(asObject(event['delta'])?.['type'])) return false
  return Object.keys(event).every((name) => members.has(name))
}
