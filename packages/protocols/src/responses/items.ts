import { asString, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import { textOfArguments, withoutNull } from '../core/exact-json.ts'
import type { CompactionPart, ToolCallPart } from '../core/part.ts'
import type { ReadSeal } from '../core/seal.ts'
import { keepRest, ownExtras } from './extras.ts'

/** The issuer that marks an envelope of ours whose data is readable text: a compaction that nobody encrypted. */
export const readableIssuer = 'crossfeed-text'

/** A `function_call` or `custom_tool_call`. `ids` keeps the item's own id with the part. */
export function readCall(item: JsonObject, ids: 'keep' | 'drop'): ToolCallPart {
  const custom = item['type'] === 'custom_tool_call'
  const slot = custom ? 'input' : 'arguments'
  const namespace = asString(item['namespace'])
  const consumed = ['type', 'call_id', 'name', slot]
  if (namespace !== undefined) consumed.push('namespace')
  if (ids === 'drop') consumed.push('id', ...completed(item))
  const input = textOfArguments(item[slot])
  return {
    kind: 'tool-call',
    id: asString(item['call_id']) ?? asString(item['id']) ?? '',
    name: asString(item['name']) ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    input: custom || ids === 'keep' ? input : withoutNull(input, ''),
    form: custom ? 'text' : 'json',
    ...keepRest(item, consumed),
  }
}

/** A finished item's status says nothing; any other does. */
export function completed(item: JsonObject): readonly string[] {
  return item['status'] === 'completed' || item['status'] === 'in_progress' ? ['status'] : []
}

/** A tool call as an item, without an id unless its extras hold one. */
export function writeCall(part: ToolCallPart): JsonObject {
  const namespace = part.namespace === undefined ? {} : { namespace: part.namespace }
  const head = { ...ownExtras(part), call_id: part.id, name: part.name, ...namespace }
  if (part.form === 'text') return { ...head, type: 'custom_tool_call', input: part.input }
  return { ...head, type: 'function_call', arguments: part.input }
}

/** A `compaction` item; `compaction_summary`, its other name, is kept in the extras. */
export function readCompaction(item: JsonObject, readSeal: ReadSeal, ids: 'keep' | 'drop'): CompactionPart {
  const data = asString(item['encrypted_content'])
  const seal = data ? readSeal(data, asString(item['id'])) : undefined
  const kept: MutableJson = { ...rest(item, new Set(['type', 'encrypted_content'])) }
  if (ids === 'drop' || (seal && seal.data !== data)) delete kept['id']
  if (item['type'] !== 'compaction') kept['type'] = item['type']
  const extras = Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}
  if (seal?.issuer === readableIssuer) return { kind: 'compaction', text: seal.data, ...extras }
  return { kind: 'compaction', ...(seal ? { seal } : {}), ...extras }
}

/** A compaction as an input item, or undefined when it has no seal of this protocol. */
export function writeCompaction(part: CompactionPart): JsonObject | undefined {
  if (part.seal?.protocol !== 'responses' || part.seal.data === '') return undefined
  return { type: 'compaction', ...ownExtras(part), encrypted_content: part.seal.data }
}
