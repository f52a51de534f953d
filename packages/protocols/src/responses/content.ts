import { splitDataUrl } from '../core/data-url.ts'
import { typeOfName } from '../core/file-types.ts'
import { asObject, asObjects, asString, rest, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { CacheMark, Citation, MediaPart, MediaSource, Part, TextPart } from '../core/part.ts'
import { readCitation } from './citations.ts'
import { keepRest } from './extras.ts'

/** The parts of a `content` or `output` slot: a string or a list. Kinds without a word become native parts. */
export function readContent(content: Json | undefined, assistant: boolean): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  return asObjects(content).map((part) => readPart(part, assistant))
}

/** One content part. `assistant` says which of `output_text` and `input_text` goes without saying. */
export function readPart(part: JsonObject, assistant: boolean): Part {
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return readText(part, assistant ? 'output_text' : 'input_text') ?? native(part)
    case 'refusal':
      return typeof part['refusal'] === 'string'
        ? { kind: 'refusal', text: part['refusal'], ...keepRest(part, ['type', 'refusal']) }
        : native(part)
    case 'input_image':
      return readImage(part) ?? native(part)
    case 'input_file':
      return readFile(part) ?? native(part)
    case 'input_audio':
      return readAudio(part) ?? native(part)
    default:
      return native(part)
  }
}

function native(value: JsonObject): Part {
  return { kind: 'native', protocol: 'responses', value }
}

function readText(part: JsonObject, expected: string): TextPart | undefined {
  const text = part['text']
  if (typeof text !== 'string') return undefined
  const consumed = ['text']
  if (part['type'] === expected) consumed.push('type')
  if (Array.isArray(part['annotations'])) consumed.push('annotations')
  const annotations = Array.isArray(part['annotations']) ? asObjects(part['annotations']) : []
  const citations: Citation[] = []
  const others: JsonObject[] = []
  for (const annotation of annotations) {
    const citation = readCitation(annotation)
    if (citation) citations.push(citation)
    else others.push(annotation)
  }
  const logprobs = Array.isArray(part['logprobs']) ? asObjects(part['logprobs']) : undefined
  if (logprobs) consumed.push('logprobs')
  const kept: MutableJson = { ...rest(part, new Set(consumed)) }
  if (others.length > 0) kept['annotations'] = others
  return {
    kind: 'text',
    text,
    ...(citations.length > 0 ? { citations } : {}),
    ...(logprobs && logprobs.length > 0 ? { logprobs } : {}),
    ...withBreakpoint(part),
    ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}),
  }
}

/**
 * The breakpoint after a part of the input. It stays in the extras too, because its lifetimes (30 minutes, 12 hours) are not
 * those of a mark: five minutes are the nearest to the first, since each use renews them, an hour to the second.
 */
function withBreakpoint(part: JsonObject): { readonly cache?: CacheMark } {
  const breakpoint = asObject(part['prompt_cache_breakpoint'])
  if (breakpoint?.['mode'] !== 'explicit') return {}
  return { cache: { ttl: breakpoint['ttl'] === '12h' ? '1h' : '5m' } }
}

function readImage(part: JsonObject): MediaPart | undefined {
  const consumed = ['type']
  const url = asString(part['image_url'])
  const fileId = asString(part['file_id'])
  const member = url === undefined ? 'file_id' : 'image_url'
  const found = locate(url, fileId, 'image/*')
  if (!found) return undefined
  consumed.push(member)
  const detail = asString(part['detail'])
  if (detail !== undefined) consumed.push('detail')
  if (!found.mediaType.startsWith('image/')) consumed.shift()
  const more = { ...(detail === undefined ? {} : { detail }), ...withBreakpoint(part) }
  return { kind: 'media', ...found, ...more, ...keepRest(part, consumed) }
}

/** Bytes of which nothing says what they are. */
const unknownType = 'application/octet-stream'

function readFile(part: JsonObject): MediaPart | undefined {
  const consumed = ['type']
  const name = asString(part['filename'])
  const data = asString(part['file_data'])
  const url = asString(part['file_url'])
  const guessed = typeOfName(name) ?? (data?.startsWith('JVBERi') ? 'application/pdf' : undefined)
  const found =
    data !== undefined
      ? (locateData(data, guessed ?? unknownType) ?? { mediaType: guessed ?? unknownType, source: { base64: data } })
      : locate(url, asString(part['file_id']), guessed ?? typeOfName(url) ?? 'application/pdf')
  if (!found) return undefined
  if (data !== undefined) consumed.push('file_data')
  else consumed.push(url === undefined ? 'file_id' : 'file_url')
  if (name !== undefined) consumed.push('filename')
  if (/^(?:image|audio)\//.test(found.mediaType)) consumed.shift()
  const more = { ...(name === undefined ? {} : { name }), ...withBreakpoint(part) }
  return { kind: 'media', ...found, ...more, ...keepRest(part, consumed) }
}

function readAudio(part: JsonObject): MediaPart | undefined {
  const audio = asObject(part['input_audio'])
  const data = asString(audio?.['data'])
  const format = asString(audio?.['format'])
  if (!audio || data === undefined || format === undefined) return undefined
  const inner = rest(audio, new Set(['data', 'format']))
  const kept: JsonObject = { ...rest(part, new Set(['type', 'input_audio'])), ...(inner ? { input_audio: inner } : {}) }
  return {
    kind: 'media',
    mediaType: `audio/${format}`,
    source: { base64: data },
    ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}),
  }
}

interface Located {
  readonly mediaType: string
  readonly source: MediaSource
}

function locate(url: string | undefined, fileId: string | undefined, mediaType: string): Located | undefined {
  if (url !== undefined) return locateData(url, mediaType) ?? { mediaType, source: { url } }
  return fileId === undefined ? undefined : { mediaType, source: { fileId } }
}

function locateData(url: string, mediaType: string): Located | undefined {
  const data = splitDataUrl(url, mediaType)
  return data && { mediaType: data.mediaType, source: { base64: data.base64 } }
}
