import { asObject, asObjects, asString, rest, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { CompactionPart, ReasoningPart, ToolCallPart } from '../core/part.ts'
import type { Seal } from '../core/seal.ts'
import { keepRest, ownExtras } from './extras.ts'

/** How an opaque text becomes a seal: requests unwrap envelopes, replies name their issuer. */
export type SealReader = (data: string, id: string | undefined) => Seal

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
  return {
    kind: 'tool-call',
    id: asString(item['call_id']) ?? asString(item['id']) ?? '',
    name: asString(item['name']) ?? '',
    ...(namespace === undefined ? {} : { namespace }),
    input: inputText(item[slot]),
    form: custom ? 'text' : 'json',
    ...keepRest(item, consumed),
  }
}

/** Arguments byte for byte; some servers send the parsed object instead of its text. */
function inputText(input: Json | undefined): string {
  if (typeof input === 'string') return input
  return input === undefined || input === null ? '' : JSON.stringify(input)
}

/** A finished item's status says nothing; any other does. */
function completed(item: JsonObject): readonly string[] {
  return item['status'] === 'completed' || item['status'] === 'in_progress' ? ['status'] : []
}

/** A tool call as an item, without an id unless its extras hold one. */
export function writeCall(part: ToolCallPart): JsonObject {
  const namespace = part.namespace === undefined ? {} : { namespace: part.namespace }
  const head = { ...ownExtras(part), call_id: part.id, name: part.name, ...namespace }
  if (part.form === 'text') return { ...head, type: 'custom_tool_call', input: part.input }
  return { ...head, type: 'function_call', arguments: part.input }
}

/** A `reasoning` item. Readable content counts as the full text, a summary as such, neither as redacted. */
export function readReasoning(item: JsonObject, readSeal: SealReader, ids: 'keep' | 'drop'): ReasoningPart {
  const data = asString(item['encrypted_content'])
  const seal = data ? readSeal(data, asString(item['id'])) : undefined
  const full = texts(item['content'])
  const summary = texts(item['summary'])
  const consumed = ['type']
  if (data !== undefined) consumed.push('encrypted_content')
  // An envelope is ours, and so is the id beside it: no upstream knows it.
  if (ids === 'drop' || (seal && seal.data !== data)) consumed.push('id')
  if (ids === 'drop') consumed.push(...completed(item))
  if (full.length === 0 && isCanonical(item['summary'])) consumed.push('summary')
  const part = { kind: 'reasoning', ...(seal ? { seal } : {}), ...keepRest(item, consumed) } as const
  if (full.length > 0) return { ...part, text: full.join(gap), form: 'full' }
  if (summary.length > 0) return { ...part, text: summary.join(gap), form: 'summary' }
  return { ...part, text: '', form: 'redacted' }
}

/** What stands between the summaries, or the contents, of one reasoning item when they are read as one text. */
export const gap = '\n\n'

function texts(list: Json | undefined): readonly string[] {
  return asObjects(list).flatMap((one) => asString(one['text']) ?? [])
}

/** Whether a summary is what `writeReasoning` makes of its text anyway. */
function isCanonical(summary: Json | undefined): boolean {
  if (!Array.isArray(summary) || summary.length > 1) return false
  const only = asObject(summary[0])
  if (!only) return summary.length === 0
  return only['type'] === 'summary_text' && typeof only['text'] === 'string' && Object.keys(only).length === 2
}

/**
 * Reasoning as an input item; undefined when nothing of it may be sent: without a seal only an item that this protocol
 * knows by its id or by its own content is worth sending.
 */
export function writeReasoning(part: ReasoningPart): JsonObject | undefined {
  const own = ownExtras(part)
  const data = part.seal?.protocol === 'responses' ? part.seal.data : ''
  if (data === '' && own['id'] === undefined && own['content'] === undefined) return undefined
  const summary =
    own['summary'] ?? (part.text === '' || own['content'] ? [] : [{ type: 'summary_text', text: part.text }])
  return { ...own, type: 'reasoning', summary, ...(data === '' ? {} : { encrypted_content: data }) }
}

/** A `compaction` item; `compaction_summary`, its other name, is kept in the extras. */
export function readCompaction(item: JsonObject, readSeal: SealReader, ids: 'keep' | 'drop'): CompactionPart {
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
