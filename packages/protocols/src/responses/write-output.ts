import { asObject, asString, parseJson, type JsonObject } from '../core/json.ts'
import type { CompactionPart, Part, RefusalPart, TextPart, ToolCallPart } from '../core/part.ts'
import { wrapSeal } from '../core/seal.ts'
import { writeAnnotations } from './citations.ts'
import { ownExtras } from './extras.ts'
import { readableIssuer } from './items.ts'
import { writeLogprobs } from './logprobs.ts'

/** What a text part says of the message that it stands in, such as its `phase`. */
export function messageMembers(part: Part): JsonObject {
  return part.kind === 'native' ? {} : (asObject(ownExtras(part)['item']) ?? {})
}

/** A content part of an answer's message. Text always has both of its lists. */
export function outputContent(part: TextPart | RefusalPart): JsonObject {
  const { item: _item, ...own } = ownExtras(part)
  if (part.kind === 'refusal') return { ...own, type: 'refusal', refusal: part.text }
  return {
    ...own,
    type: 'output_text',
    text: part.text,
    annotations: writeAnnotations(part),
    logprobs: writeLogprobs(part.logprobs ?? []),
  }
}

/** A compaction item; readable text travels in the opaque slot, where the client keeps it. */
export function outputCompaction(part: CompactionPart, id: string): JsonObject {
  const seal = part.seal ?? { issuer: readableIssuer, protocol: 'responses', data: part.text ?? '' }
  return { type: 'compaction', ...ownExtras(part), id, encrypted_content: wrapSeal(seal) }
}

/** A tool call as an item in the given status. */
export function outputCall(part: ToolCallPart, id: string, status: string): JsonObject {
  const namespace = part.namespace === undefined ? {} : { namespace: part.namespace }
  const head = { ...ownExtras(part), id, status, call_id: part.id, name: part.name, ...namespace }
  if (part.form === 'text') return { ...head, type: 'custom_tool_call', input: part.input }
  return { ...head, type: 'function_call', arguments: part.input }
}

/** Whether the source of a call says that its arguments were cut. */
export function isSaidCut(part: ToolCallPart): boolean {
  return asString(ownExtras(part)['status']) === 'incomplete'
}

/** Whether the arguments of a call are known to be cut: its source says so, or they are no JSON. */
export function isCutCall(part: ToolCallPart): boolean {
  return isSaidCut(part) || (part.form === 'json' && parseJson(part.input) === undefined)
}
