import { asString, isObject, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Citation, Part } from '../core/part.ts'
import type { WireEvent } from '../core/protocol.ts'
import { streamedText } from '../core/reply.ts'
import type { Seal } from '../core/seal.ts'
import { CallArguments } from './call-arguments.ts'
import { writeCitation } from './citations.ts'
import { restore } from './extras.ts'
import { isExplanation } from './finish.ts'
import { writeSignature, writeThinking } from './reasoning.ts'
import { writeCompactionBlock } from './reply.ts'
import { isBlank } from './write-content.ts'

/** A part under way, and what of it waits to be written. */
export interface Block {
  /** Place among the parts of the reply. */
  readonly index: number
  /** As it started. */
  readonly part: Part
  /** Place among the content blocks; -1 until the block is opened. */
  wire: number
  /** Text that has come and is not yet written. */
  held: string
  /** Whether any text has come. */
  fed: boolean
  /** Citations not yet written. */
  citations: Citation[]
  cited: boolean
  seal: Seal | undefined
  /** Of a call whose arguments are written as they come. */
  readonly input: CallArguments | undefined
  /** The whole part, once it has ended. */
  whole: Part | undefined
}

/** A part that has just started. */
export function createBlock(index: number, part: Part): Block {
  const text = streamedText(part)
  const input = isLive(part) && part.kind === 'tool-call' ? new CallArguments() : undefined
  const held = input ? input.add(text) : text
  const seal = 'seal' in part ? part.seal : undefined
  const citations = part.kind === 'text' ? [...(part.citations ?? [])] : []
  const fed = text !== ''
  return { index, part, wire: -1, held, fed, citations, cited: citations.length > 0, seal, input, whole: undefined }
}

/** Whether the deltas of the part can be written as they come. The others are written whole at their end. */
export function isLive(part: Part): boolean {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return true
    case 'reasoning':
      return part.form !== 'redacted'
    case 'tool-call':
      return part.form === 'json'
    default:
      return false
  }
}

/**
 * Whether there is something to open a block for: an empty text block would be refused when it is sent back. White space
 * is something only after words: between two cited sentences it separates, before a first word it is nothing.
 */
export function canOpen(block: Block, hasSpoken: boolean): boolean {
  if (!isLive(block.part) || isExplanation(block.part)) return false
  if (block.part.kind === 'tool-call') return true
  if (block.part.kind === 'reasoning') return block.held !== '' || block.seal !== undefined
  return hasSpoken ? block.held !== '' : !isBlank(block.held)
}

/** Whether the part holds words for the reader. */
export function isSpeech(part: Part): boolean {
  return part.kind === 'text' || part.kind === 'refusal'
}

/** `content_block_start` of a block whose deltas follow. */
export function startFrame(block: Block): WireEvent {
  return frame('content_block_start', { index: block.wire, content_block: startOf(block.part) })
}

function startOf(part: Part): JsonObject {
  switch (part.kind) {
    case 'reasoning':
      return restore({ type: 'thinking', thinking: '', signature: '' }, part.extras)
    case 'tool-call':
      return restore({ type: 'tool_use', id: part.id, name: part.name, input: {} }, part.extras)
    case 'text':
      return restore({ type: 'text', text: '', ...(part.citations ? { citations: [] } : {}) }, part.extras)
    default:
      return { type: 'text', text: '' }
  }
}

/** The delta that carries a text of the block. */
export function deltaFrame(block: Block, text: string): WireEvent {
  switch (block.part.kind) {
    case 'tool-call':
      return writeDelta(block.wire, { type: 'input_json_delta', partial_json: text })
    case 'reasoning':
      return writeDelta(block.wire, { type: 'thinking_delta', thinking: text })
    default:
      return writeDelta(block.wire, { type: 'text_delta', text })
  }
}

/** The frames for what is held of an open block. */
export function flushFrames(block: Block): WireEvent[] {
  const frames = block.held === '' ? [] : [deltaFrame(block, block.held)]
  block.held = ''
  for (const citation of block.citations) frames.push(citationFrame(block, citation))
  block.citations = []
  return frames
}

/** The frame of one citation. */
export function citationFrame(block: Block, citation: Citation): WireEvent {
  return writeDelta(block.wire, { type: 'citations_delta', citation: writeCitation(citation) })
}

/** What is left of an open block when its part has ended, and its stop. */
export function stopFrames(block: Block, lose: ReportLoss): WireEvent[] {
  const { part, whole } = block
  if (whole?.kind === 'tool-call') block.held += block.input?.rest(whole, lose, `parts[${block.index}]`) ?? ''
  const frames = flushFrames(block)
  if (part.kind === 'reasoning') {
    const signature = writeSignature(block.seal ? { ...part, seal: block.seal } : part)
    frames.push(writeDelta(block.wire, { type: 'signature_delta', signature }))
  }
  frames.push(frame('content_block_stop', { index: block.wire }))
  return frames
}

/** Reports arguments that were written as they came and have proved to be no object: nothing takes them back. */
export function loseBroken({ index, input, whole }: Block, lose: ReportLoss): void {
  if (whole?.kind !== 'tool-call' || !input?.isBroken(whole)) return
  const why = 'the arguments are not a JSON object, which showed only when they had been written'
  lose({ path: `parts[${index}].input`, why })
}

/** The frames of a part that is written only when it is whole; none when it has no block. */
export function wholeFrames(block: Block, lose: ReportLoss): WireEvent[] {
  const part = block.whole ?? block.part
  const path = `parts[${block.index}]`
  switch (part.kind) {
    case 'reasoning': {
      const written = writeThinking(block.seal ? { ...part, seal: block.seal } : part)
      return written ? wrap(block, written) : []
    }
    case 'compaction': {
      const { content, encrypted_content, ...others } = writeCompactionBlock(part)
      const delta = { type: 'compaction_delta', content, encrypted_content: encrypted_content ?? null }
      return wrap(block, { ...others, content: null }, delta)
    }
    case 'tool-call': {
      const start = restore({ type: 'tool_use', id: part.id, name: part.name, input: {} }, part.extras)
      const partial_json = JSON.stringify({ input: part.input })
      return wrap(block, start, { type: 'input_json_delta', partial_json })
    }
    case 'native': {
      if (part.protocol !== 'messages') {
        lose({ path, why: `Messages has nothing like ${asString(part.value['type']) ?? 'this'} of ${part.protocol}` })
        return []
      }
      const { input } = part.value
      if (!isObject(input) || Object.keys(input).length === 0) return wrap(block, part.value)
      const partial_json = JSON.stringify(input)
      return wrap(block, { ...part.value, input: {} }, { type: 'input_json_delta', partial_json })
    }
    case 'media':
    case 'tool-result':
      lose({ path, why: `an answer in Messages holds nothing of kind ${part.kind}` })
      return []
    default:
      return []
  }
}

function wrap(block: Block, content: JsonObject, delta?: JsonObject): WireEvent[] {
  const { wire: index } = block
  const start = frame('content_block_start', { index, content_block: content })
  const stop = frame('content_block_stop', { index })
  return delta ? [start, writeDelta(index, delta), stop] : [start, stop]
}

function writeDelta(index: number, delta: JsonObject): WireEvent {
  return { event: 'content_block_delta', data: { type: 'content_block_delta', index, delta } }
}

/** A frame named after its type. */
export function frame(type: string, members: JsonObject): WireEvent {
  return { event: type, data: { type, ...members } }
}
