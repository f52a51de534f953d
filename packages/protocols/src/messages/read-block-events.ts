import type { ReplyEvent } from '../core/events.ts'
import { parseArguments } from '../core/exact-json.ts'
import { asObject, asString, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { ReadSeal } from '../core/seal.ts'
import { readCitation } from './citations.ts'
import { readBlock } from './content.ts'

const none: readonly ReplyEvent[] = []

/** A block under way: its start, and what its deltas have added. */
export interface OpenBlock {
  /** Place among the parts of the reply. */
  readonly index: number
  readonly start: JsonObject
  readonly kind: Part['kind']
  /** Text, thinking or JSON so far. */
  text: string
  signature: string
  citations: Json[] | undefined
  /** Members that come whole in a delta: a compaction's content, notes beside the delta. */
  added: MutableJson | undefined
}

/** A block that has just begun, and the part that it begins as. */
export function openBlock(
  index: number,
  start: JsonObject,
  seal: ReadSeal,
): { readonly opened: OpenBlock; readonly part: Part } {
  const part = openingPart(start, seal)
  const text = part.kind === 'text' || part.kind === 'reasoning' ? part.text : ''
  const signature = asString(start['signature']) ?? ''
  const opened = { index, start, kind: part.kind, text, signature, citations: undefined, added: undefined }
  return { opened, part }
}

/** The part as far as the start of its block tells: what deltas will bring is empty. */
function openingPart(start: JsonObject, seal: ReadSeal): Part {
  // Its content comes whole, in one delta.
  if (start['type'] === 'compaction') return { kind: 'compaction' }
  const part = readBlock(start, seal)
  if (part.kind === 'tool-call') return { ...part, input: '' }
  if (part.kind !== 'reasoning' || part.form === 'redacted') return part
  const { seal: _seal, ...open } = part
  return open
}

/** The events of a delta, or undefined when it is of no kind that its block is known to have. */
export function addKnownDelta(block: OpenBlock, delta: JsonObject): readonly ReplyEvent[] | undefined {
  switch (delta['type']) {
    case 'text_delta':
      return block.kind === 'text' ? addText(block, delta['text']) : undefined
    case 'thinking_delta':
      return block.kind === 'reasoning' ? addText(block, delta['thinking']) : undefined
    case 'input_json_delta': {
      if (block.kind === 'tool-call') return addText(block, delta['partial_json'])
      if (block.kind !== 'native') return undefined
      block.text += asString(delta['partial_json']) ?? ''
      return none
    }
    case 'signature_delta':
      if (block.kind !== 'reasoning') return undefined
      block.signature += asString(delta['signature']) ?? ''
      return none
    case 'citations_delta': {
      const citation = delta['citation']
      if (block.kind !== 'text' || !isObject(citation)) return undefined
      block.citations ??= []
      block.citations.push(citation)
      return [{ type: 'part-citation', index: block.index, citation: readCitation(citation) }]
    }
    case 'compaction_delta': {
      const { type: _type, ...added } = delta
      block.added = { ...block.added, ...added }
      return none
    }
    default:
      return undefined
  }
}

function addText(block: OpenBlock, text: Json | undefined): readonly ReplyEvent[] {
  if (typeof text !== 'string' || text === '') return none
  block.text += text
  return [{ type: 'part-delta', index: block.index, text }]
}

/** Objects that stand beside a delta are notes on its block (Copilot says there which public code the text resembles). */
export function annotate(block: OpenBlock, event: JsonObject): void {
  for (const name in event) {
    const notes = event[name]
    if (name === 'type' || name === 'index' || name === 'delta' || name === '__proto__' || !isObject(notes)) continue
    const earlier = block.added && Object.hasOwn(block.added, name) ? asObject(block.added[name]) : undefined
    block.added = { ...block.added, [name]: joinNotes(earlier, notes) }
  }
}

/** Lists of the same name follow each other; of other members the last counts. */
function joinNotes(earlier: JsonObject | undefined, notes: JsonObject): JsonObject {
  const joined: MutableJson = { ...earlier, ...notes }
  for (const name in earlier) {
    const before = earlier[name]
    const found = Object.hasOwn(notes, name) ? notes[name] : undefined
    if (Array.isArray(before) && Array.isArray(found)) joined[name] = [...before, ...found]
  }
  return joined
}

/** What is left to tell of a block that has ended: its whole part, and before it what no delta has told. */
export function stopEvents(block: OpenBlock, seal: ReadSeal): readonly ReplyEvent[] {
  const { index } = block
  const part = finishedPart(block, seal)
  const events: ReplyEvent[] = []
  // Arguments that stood in the start of the block, or none at all, are still what a call's deltas amount to.
  if (part.kind === 'tool-call' && block.text === '') events.push({ type: 'part-delta', index, text: part.input })
  const sealed = part.kind === 'reasoning' || part.kind === 'compaction' ? part.seal : undefined
  if (sealed && block.start['type'] !== 'redacted_thinking') events.push({ type: 'part-seal', index, seal: sealed })
  events.push({ type: 'part-end', index, part })
  return events
}

/** The whole part, read from the block that the deltas make, so that a stream and a whole message are read alike. */
function finishedPart(block: OpenBlock, seal: ReadSeal): Part {
  const whole: MutableJson = { ...block.start, ...block.added }
  switch (block.kind) {
    case 'text':
      whole['text'] = block.text
      if (block.citations) {
        const first = block.start['citations']
        whole['citations'] = Array.isArray(first) ? [...first, ...block.citations] : block.citations
      }
      break
    case 'reasoning':
      if (block.start['type'] === 'redacted_thinking') break
      whole['thinking'] = block.text
      whole['signature'] = block.signature
      break
    case 'native': {
      const input = block.text === '' ? undefined : parseArguments(block.text)
      if (isObject(input)) whole['input'] = input
      break
    }
    default:
      break
  }
  const part = readBlock(whole, seal)
  return part.kind === 'tool-call' && block.text !== '' ? { ...part, input: block.text } : part
}
