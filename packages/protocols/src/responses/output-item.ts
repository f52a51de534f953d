import { asObjects, asString, rest, type JsonObject } from '../core/json.ts'
import { madeUpCallId } from '../core/made-up-id.ts'
import type { Part } from '../core/part.ts'
import type { Extras } from '../core/protocol.ts'
import { readSealsOf } from '../core/seal.ts'
import { readPart } from './content.ts'
import { readCall, readCompaction } from './items.ts'
import { readReasoning } from './reasoning.ts'

/** What an output item amounts to: how its parts come. */
export type ItemKind = 'message' | 'call' | 'reasoning' | 'compaction' | 'native'

/** The kind of an output item. */
export function kindOfItem(item: JsonObject): ItemKind {
  switch (item['type']) {
    case 'message':
      return 'message'
    case 'function_call':
    case 'custom_tool_call':
      return 'call'
    case 'reasoning':
      return 'reasoning'
    case 'compaction':
    case 'compaction_summary':
      return 'compaction'
    default:
      return 'native'
  }
}

/**
 * The parts of an output item: one for each content part of a message, else exactly one. Item ids are left out (some
 * servers change them from event to event); only a seal keeps the id that its data is bound to.
 */
export function readOutputItem(item: JsonObject, issuer: string): readonly Part[] {
  const readSeal = readSealsOf(issuer, 'responses')
  switch (kindOfItem(item)) {
    case 'message':
      return asObjects(item['content']).map((content) => readMessagePart(content, item))
    case 'call':
      return [readCall(item, 'drop')]
    case 'reasoning':
      return [readReasoning(item, readSeal, 'drop')]
    case 'compaction':
      return [readCompaction(item, readSeal, 'drop')]
    case 'native':
      return [{ kind: 'native', protocol: 'responses', value: item }]
  }
}

/** An item of an answer, with an id for a call that came without one: no output could be told of it. */
export function withCallId(item: JsonObject, answer: string, index: number): JsonObject {
  if (kindOfItem(item) !== 'call' || asString(item['call_id'])) return item
  return { ...item, call_id: asString(item['id']) || madeUpCallId(answer, index) }
}

const ofMessage: ReadonlySet<string> = new Set(['id', 'type', 'role', 'content', 'status'])

/** A content part of an answer, with what its message says (such as `phase`) under the extras member `item`. */
export function readMessagePart(content: JsonObject, item: JsonObject): Part {
  const part = readPart(content, true)
  if (part.kind === 'native') return part
  const kept = rest(item, ofMessage)
  const cut = item['status'] === 'incomplete' ? { status: 'incomplete' } : undefined
  if (!kept && !cut) return part
  const extras: Extras = { ...part.extras, responses: { ...part.extras?.responses, item: { ...kept, ...cut } } }
  return { ...part, extras }
}

/** The part that a message's content begins as. */
export function openMessagePart(kind: 'text' | 'refusal', item: JsonObject): Part {
  const { status: _status, ...begun } = item
  return readMessagePart(kind === 'text' ? { type: 'output_text', text: '' } : { type: 'refusal', refusal: '' }, begun)
}
