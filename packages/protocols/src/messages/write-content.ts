import { parseArguments } from '../core/exact-json.ts'
import { loseFileCitations } from '../core/lost-sources.ts'
import { isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type {
  CacheMark,
  CompactionPart,
  NativePart,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../core/part.ts'
import type { Extras } from '../core/protocol.ts'
import { writeCitation } from './citations.ts'
import { restore, writeCache } from './extras.ts'
import { writeReasoning } from './reasoning.ts'
import type { WriteContext } from './write-context.ts'
import { writeMedia } from './write-media.ts'

/** The blocks of a request's parts, in order. What has no block is reported; blank text, which the API refuses, goes. */
export function writeBlocks(parts: readonly Part[], context: WriteContext, path: string): JsonObject[] {
  const blocks: JsonObject[] = []
  parts.forEach((part, index) => {
    const block = writeBlock(part, context, `${path}.parts[${index}]`)
    if (block) blocks.push(block)
    if (part.kind === 'tool-result') blocks.push(...movedMedia(part, context, `${path}.parts[${index}]`))
  })
  return blocks
}

function writeBlock(part: Part, context: WriteContext, path: string): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
      if (isBlank(part.text)) return undefined
      return finish(part, { type: 'text', text: part.text, ...writeCitations(part, context, path) }, context)
    case 'refusal':
      return isBlank(part.text) ? undefined : { type: 'text', text: part.text }
    case 'media': {
      const block = writeMedia(part, context, path)
      // A sentence that stands for a document takes none of the document's own members.
      if (block['type'] !== 'text') return finish(part, block, context)
      return finish({ kind: part.kind, ...(part.cache ? { cache: part.cache } : {}) }, block, context, part)
    }
    case 'reasoning':
      return writeReasoning(part, context, path)
    case 'compaction':
      return writeCompaction(part, context, path)
    case 'tool-call':
      return finish(part, writeCall(part, context, path), context)
    case 'tool-result':
      return writeResult(part, context, path)
    case 'native':
      return writeNative(part, context, path)
  }
}

/** Whether a text holds nothing but white space. */
export function isBlank(text: string): boolean {
  return text.trim() === ''
}

interface Marked {
  readonly kind: string
  readonly cache?: CacheMark
  readonly extras?: Extras
}

/** The block with its breakpoint, if that one is sent, and with what only this API knows. */
function finish(part: Marked, block: MutableJson, context: WriteContext, owner: Marked = part): JsonObject {
  const marks: ReadonlySet<unknown> = context.marks
  if (!marks.has(owner)) {
    const written = restore(block, part.extras)
    return isObject(written['cache_control']) ? withoutMark(written) : written
  }
  if (part.cache) block['cache_control'] = writeCache(part.cache)
  return restore(block, part.extras)
}

/** A copy without its breakpoint. */
export function withoutMark(block: JsonObject): JsonObject {
  const { cache_control: _mark, ...others } = block
  return others
}

/** A source goes back only with the seal that this API gave it. */
function writeCitations(part: TextPart, context: WriteContext, path: string): { citations?: JsonObject[] } {
  loseFileCitations(part, path, 'Messages', context.lose)
  if (!part.citations) return {}
  const citations = part.citations.map(writeCitation).filter((citation) => citation['encrypted_index'] !== '')
  if (citations.length < part.citations.length)
    context.lose({ path: `${path}.citations`, why: 'Messages takes back only sources that it found itself' })
  return citations.length === 0 && part.citations.length > 0 ? {} : { citations }
}

function writeCompaction(part: CompactionPart, context: WriteContext, path: string): JsonObject | undefined {
  const data = part.seal?.protocol === 'messages' && part.seal.data !== '' ? part.seal.data : undefined
  if (data === undefined && part.text === undefined) {
    context.lose({ path, why: 'the compacted history can only be read by the one who made it' })
    return undefined
  }
  const block: MutableJson = { type: 'compaction', content: part.text ?? null }
  if (data !== undefined) block['encrypted_content'] = data
  return finish(part, block, context)
}

function writeCall(part: ToolCallPart, context: WriteContext, path: string): MutableJson {
  return { type: 'tool_use', id: part.id, name: part.name, input: readInput(part, context.lose, path) }
}

/** Arguments as the object that the API wants. Empty ones are an empty object; what is no object is wrapped, and said. */
export function readInput(part: ToolCallPart, lose: ReportLoss, path: string): Json {
  if (part.form === 'text') return { input: part.input }
  if (isBlank(part.input)) return {}
  const value = parseArguments(part.input)
  if (value === null) return {}
  if (isObject(value)) return value
  lose({ path: `${path}.input`, why: 'the arguments are not a JSON object and were wrapped as {"input": …}' })
  return { input: value ?? part.input }
}

function writeResult(part: ToolResultPart, context: WriteContext, path: string): JsonObject {
  const content = context.traits.toolResultMedia ? part.content : part.content.filter((one) => one.kind !== 'media')
  const blocks = writeBlocks(content, context, path)
  const block: MutableJson = { type: 'tool_result', tool_use_id: part.id }
  const said = asContent(blocks)
  if (said !== undefined) block['content'] = said
  if (part.failed) block['is_error'] = true
  return finish(part, block, context)
}

/** Media of a result that may hold none: it follows in the same turn. */
function movedMedia(part: ToolResultPart, context: WriteContext, path: string): JsonObject[] {
  if (context.traits.toolResultMedia) return []
  const media = part.content.filter((one) => one.kind === 'media')
  return writeBlocks(media, context, path)
}

/** Blocks as content: a lone plain text as a string; undefined when there are none. */
export function asContent(blocks: readonly JsonObject[]): string | readonly JsonObject[] | undefined {
  const first = blocks[0]
  if (!first) return undefined
  const text = first['text']
  const isPlain = blocks.length === 1 && first['type'] === 'text' && Object.keys(first).length === 2
  return isPlain && typeof text === 'string' ? text : blocks
}

function writeNative(part: NativePart, context: WriteContext, path: string): JsonObject | undefined {
  if (part.protocol !== 'messages') {
    context.lose({ path, why: `Messages has nothing like ${String(part.value['type'] ?? 'this')} of ${part.protocol}` })
    return undefined
  }
  if (part.value['cache_control'] === undefined || context.marks.has(part)) return part.value
  return isObject(part.value['cache_control']) ? withoutMark(part.value) : part.value
}
