import { asObject, asObjects, asString, type Json, type JsonObject } from '../core/json.ts'
import type { ReasoningPart } from '../core/part.ts'
import { wrapSeal, type ReadSeal } from '../core/seal.ts'
import { keepRest, ownExtras } from './extras.ts'
import { completed } from './items.ts'

/** A `reasoning` item. Readable content counts as the full text, a summary as such, neither as redacted. */
export function readReasoning(item: JsonObject, readSeal: ReadSeal, ids: 'keep' | 'drop'): ReasoningPart {
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
  const summary = own['summary'] ?? (part.text === '' || own['content'] ? [] : [summaryText(part.text)])
  return { ...own, type: 'reasoning', summary, ...(data === '' ? {} : { encrypted_content: data }) }
}

/** Whether reasoning is this protocol's own full text, which has a slot beside the summary. */
export function isRawReasoning(part: ReasoningPart): boolean {
  return part.form === 'full' && ownExtras(part)['content'] !== undefined
}

/** The summaries that a text of this part is made of, when it is known to be of several. */
export function summariesOf(part: ReasoningPart, text: string): readonly string[] | undefined {
  const summaries = texts(ownExtras(part)['summary'])
  return summaries.length > 1 && summaries.join(gap) === text ? summaries : undefined
}

/**
 * Reasoning as an item of an answer for a client, its text in `content` when it is `raw`, else in the summary. Its opaque slot
 * always holds an envelope, empty when there is no seal: so the item is recognised when it comes back, and no upstream is ever
 * shown an id that it did not make.
 */
export function outputReasoning(part: ReasoningPart, id: string, raw: boolean): JsonObject {
  const { summary: _summary, content: _content, ...own } = ownExtras(part)
  return {
    ...own,
    type: 'reasoning',
    id,
    summary: part.text === '' || raw ? [] : [summaryText(part.text)],
    ...(raw ? { content: [{ type: 'reasoning_text', text: part.text }] } : {}),
    encrypted_content: wrapSeal(part.seal ?? { issuer: '', protocol: 'responses', data: '' }),
  }
}

/** One summary of a reasoning item. */
export function summaryText(text: string): JsonObject {
  return { type: 'summary_text', text }
}
