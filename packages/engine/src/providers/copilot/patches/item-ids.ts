import { createHash } from 'node:crypto'
import { asString, type JsonObject } from '@crossfeed/protocols'

/** Ids of one answer that a client can rely on: regular, and the same for the same answer and place. */
export interface ItemIds {
  readonly response: string
  /** The id of the item at a place of `output`; the type counts when the place is first named. */
  item(index: number, type: string): string
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ['message', 'msg'],
  ['reasoning', 'rs'],
  ['function_call', 'fc'],
  ['function_call_output', 'fco'],
  ['custom_tool_call', 'ctc'],
  ['web_search_call', 'ws'],
  ['file_search_call', 'fs'],
  ['code_interpreter_call', 'ci'],
  ['image_generation_call', 'ig'],
  ['local_shell_call', 'lsh'],
  ['computer_call', 'cu'],
  ['mcp_call', 'mcp'],
  ['compaction', 'cmp'],
])

/** Ids derived from the first id that an answer had and from the places of its items. */
export function createItemIds(firstId: string): ItemIds {
  const seed = createHash('sha256').update(firstId).digest('hex').slice(0, 32)
  const known: string[] = []
  return {
    response: isRegular(firstId) ? firstId : `resp_${seed}`,
    item: (index, type) =>
      (known[index] ??= `${prefixes.get(type) ?? 'item'}_${seed}${index.toString(16).padStart(4, '0')}`),
  }
}

/** Whether an id looks like one of OpenAI's (`msg_…`) rather than like Copilot's long base64 ones. */
export function isRegular(id: string): boolean {
  return id.length <= 128 && /^[a-z]{2,6}_/.test(id)
}

/** A response object with regular ids throughout, and without the null in `output_text` that no schema has (Q25). */
export function withRegularIds(response: JsonObject, ids: ItemIds | undefined): JsonObject {
  const { output_text: text, ...others } = response
  const bare = text === null ? others : response
  if (!ids) return bare
  const output = bare['output']
  const items = Array.isArray(output)
    ? output.map((item: JsonObject, index) => ({ ...item, id: ids.item(index, asString(item['type']) ?? '') }))
    : output
  return { ...bare, id: ids.response, ...(items === undefined ? {} : { output: items }) }
}
