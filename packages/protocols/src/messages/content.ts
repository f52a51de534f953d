import {
  asBoolean,
  asObject,
  asObjects,
  asString,
  isObject,
  parseObject,
  rest,
  type Json,
  type JsonObject,
} from '../core/json.ts'
import type { MediaSource, Part } from '../core/part.ts'
import type { ReadSeal } from '../core/seal.ts'
import { readCitation } from './citations.ts'
import { leftovers } from './extras.ts'
import { readRedacted, readThinking } from './reasoning.ts'

const textMembers: ReadonlySet<string> = new Set(['type', 'text', 'cache_control'])
const citedMembers: ReadonlySet<string> = new Set([...textMembers, 'citations'])
const mediaMembers: ReadonlySet<string> = new Set(['type', 'source', 'cache_control'])
const titledMembers: ReadonlySet<string> = new Set([...mediaMembers, 'title'])
const callMembers: ReadonlySet<string> = new Set(['type', 'id', 'name', 'input', 'cache_control'])
const resultMembers: ReadonlySet<string> = new Set(['type', 'tool_use_id', 'content', 'cache_control'])
const failedMembers: ReadonlySet<string> = new Set([...resultMembers, 'is_error'])
const compactionMembers: ReadonlySet<string> = new Set(['type', 'content', 'encrypted_content', 'cache_control'])
const dataMembers: ReadonlySet<string> = new Set(['type', 'media_type', 'data'])
const urlMembers: ReadonlySet<string> = new Set(['type', 'url'])
const fileMembers: ReadonlySet<string> = new Set(['type', 'file_id'])

/** A content block, in a request or a reply. What the core has no word for, or is not as documented, stays whole. */
export function readBlock(block: JsonObject, seal: ReadSeal): Part {
  switch (block['type']) {
    case 'text':
      return readText(block)
    case 'image':
    case 'document':
      return readMedia(block, block['type'])
    case 'thinking':
      return readThinking(block, seal) ?? native(block)
    case 'redacted_thinking':
      return readRedacted(block, seal) ?? native(block)
    case 'tool_use':
      return readCall(block)
    case 'tool_result':
      return readResult(block, seal)
    case 'compaction':
      return readCompaction(block, seal)
    default:
      return native(block)
  }
}

/** A whole block that only this protocol knows. */
function native(value: JsonObject): Part {
  return { kind: 'native', protocol: 'messages', value }
}

function readText(block: JsonObject): Part {
  const text = asString(block['text'])
  if (text === undefined) return native(block)
  const citations = block['citations']
  if (!Array.isArray(citations) || !citations.every(isObject))
    return { kind: 'text', text, ...leftovers(block, textMembers) }
  return { kind: 'text', text, citations: citations.map(readCitation), ...leftovers(block, citedMembers) }
}

function readMedia(block: JsonObject, kind: 'image' | 'document'): Part {
  const wire = asObject(block['source'])
  const read = wire && readSource(wire, kind)
  if (!read || read.mediaType.startsWith('image/') !== (kind === 'image')) return native(block)
  const { mediaType, source, kept } = read
  const more = kept ? { source: kept } : undefined
  const name = kind === 'document' ? asString(block['title']) : undefined
  if (name === undefined) return { kind: 'media', mediaType, source, ...leftovers(block, mediaMembers, more) }
  return { kind: 'media', mediaType, source, name, ...leftovers(block, titledMembers, more) }
}

interface ReadSource {
  readonly mediaType: string
  readonly source: MediaSource
  readonly kept: JsonObject | undefined
}

function readSource(source: JsonObject, kind: 'image' | 'document'): ReadSource | undefined {
  const anyType = kind === 'image' ? 'image/*' : 'application/pdf'
  const data = asString(source['data'])
  const mediaType = asString(source['media_type'])
  switch (source['type']) {
    case 'base64':
      if (data === undefined || mediaType === undefined) return undefined
      return { mediaType, source: { base64: data }, kept: rest(source, dataMembers) }
    case 'text':
      if (data === undefined || (mediaType !== undefined && mediaType !== 'text/plain')) return undefined
      return { mediaType: 'text/plain', source: { text: data }, kept: rest(source, dataMembers) }
    case 'url': {
      const url = asString(source['url'])
      return url === undefined ? undefined : { mediaType: anyType, source: { url }, kept: rest(source, urlMembers) }
    }
    case 'file': {
      const fileId = asString(source['file_id'])
      if (fileId === undefined) return undefined
      return { mediaType: anyType, source: { fileId }, kept: rest(source, fileMembers) }
    }
    case 'content': {
      const text = plainText(source)
      return text === undefined ? undefined : { mediaType: 'text/plain', source: { text }, kept: source }
    }
    default:
      return undefined
  }
}

/** The words of a document made of blocks; undefined when some block is not text. */
function plainText(source: JsonObject): string | undefined {
  const content = source['content']
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const blocks = asObjects(content)
  const texts = blocks.map((block) => asString(block['text']) ?? '')
  return blocks.every((block) => block['type'] === 'text') ? texts.join('\n\n') : undefined
}

function readCall(block: JsonObject): Part {
  const id = asString(block['id'])
  const name = asString(block['name'])
  if (id === undefined || name === undefined) return native(block)
  const input = writeInput(block['input'])
  return { kind: 'tool-call', id, name, input, form: 'json', ...leftovers(block, callMembers) }
}

/** The arguments as text. Some servers send the text itself. */
function writeInput(input: Json | undefined): string {
  return typeof input === 'string' && parseObject(input) ? input : JSON.stringify(input ?? {})
}

function readResult(block: JsonObject, seal: ReadSeal): Part {
  const id = asString(block['tool_use_id'])
  const content = readContent(block['content'], seal)
  if (id === undefined || content === undefined) return native(block)
  // A stated `false` has no word; it stays in extras.
  const failed = asBoolean(block['is_error']) === true
  const known = failed ? failedMembers : resultMembers
  return { kind: 'tool-result', id, content, failed, form: 'json', ...leftovers(block, known) }
}

/** Content that is a text or a list of blocks; absent and null count as empty. Undefined when it is neither. */
export function readContent(content: unknown, seal: ReadSeal): readonly Part[] | undefined {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  if (!Array.isArray(content) || !content.every(isObject)) return undefined
  return content.map((block) => readBlock(block, seal))
}

function readCompaction(block: JsonObject, seal: ReadSeal): Part {
  const text = asString(block['content'])
  const data = asString(block['encrypted_content'])
  if (text === undefined && data === undefined) return native(block)
  return {
    kind: 'compaction',
    ...(text === undefined ? {} : { text }),
    ...(data === undefined ? {} : { seal: seal(data) }),
    ...leftovers(block, compactionMembers),
  }
}
