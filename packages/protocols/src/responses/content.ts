import { loseAddressless } from '../core/addressless.ts'
import {
  asNumber,
  asObject,
  asObjects,
  asString,
  isObject,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import { splitDataUrl } from '../core/data-url.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { CacheMark, Citation, MediaPart, MediaSource, Part, RefusalPart, TextPart } from '../core/part.ts'
import type { Traits } from '../core/traits.ts'
import { keepRest, ownExtras } from './extras.ts'

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

/** The citation that a `url_citation` annotation is; undefined for annotations of other kinds. */
export function readCitation(annotation: JsonObject): Citation | undefined {
  const url = annotation['url']
  if (annotation['type'] !== 'url_citation' || typeof url !== 'string') return undefined
  const title = asString(annotation['title'])
  const start = asNumber(annotation['start_index'])
  const end = asNumber(annotation['end_index'])
  return {
    url,
    ...(title === undefined ? {} : { title }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...keepRest(annotation, ['type', 'url', 'title', 'start_index', 'end_index']),
  }
}

/** A citation as the `url_citation` annotation. One that names no place in the text stands for all of it. */
export function writeCitation(citation: Citation, textLength: number): JsonObject {
  return {
    ...ownExtras(citation),
    type: 'url_citation',
    start_index: citation.start ?? 0,
    end_index: citation.end ?? textLength,
    url: citation.url,
    title: citation.title ?? '',
  }
}

/** All annotations of a text: the citations that have an address, then those of kinds that only this protocol has. */
export function writeAnnotations(part: TextPart): readonly JsonObject[] {
  const own = asObjects(ownExtras(part)['annotations'])
  if (!part.citations) return own
  const cited = part.citations.filter(({ url }) => url !== '')
  return [...cited.map((citation) => writeCitation(citation, part.text.length)), ...own]
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

function readFile(part: JsonObject): MediaPart | undefined {
  const consumed = ['type']
  const name = asString(part['filename'])
  const data = asString(part['file_data'])
  const url = asString(part['file_url'])
  const guessed = typeOfName(name) ?? (data?.startsWith('JVBERi') ? 'application/pdf' : undefined)
  const found =
    data !== undefined
      ? (locateData(data) ?? { mediaType: guessed ?? 'application/octet-stream', source: { base64: data } })
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
  if (url !== undefined) return locateData(url) ?? { mediaType, source: { url } }
  return fileId === undefined ? undefined : { mediaType, source: { fileId } }
}

function locateData(url: string): Located | undefined {
  const data = splitDataUrl(url)
  return data && { mediaType: data.mediaType, source: { base64: data.base64 } }
}

const types: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['json', 'application/json'],
  ['html', 'text/html'],
])

function typeOfName(name: string | undefined): string | undefined {
  const dot = name?.lastIndexOf('.') ?? -1
  return name === undefined || dot < 0 ? undefined : types.get(name.slice(dot + 1).toLowerCase())
}

/** What writing a content part depends on besides the part. */
export interface ContentContext {
  readonly assistant: boolean
  /** Whether the request came in this protocol; then even empty texts are kept. */
  readonly own: boolean
  readonly traits: Traits
  readonly lose: ReportLoss
  readonly path: string
}

/** A content part of a message or a tool output; undefined when it cannot be said here, which is then reported. */
export function writePart(part: Part, context: ContentContext): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
      loseAddressless(part, context.path, context.lose)
      return part.text === '' && !context.own ? undefined : writeText(part, context.assistant)
    case 'refusal':
      return writeRefusal(part, context.assistant)
    case 'media':
      return writeMedia(part, context)
    case 'native':
      if (part.protocol === 'responses') return part.value
      context.lose({ path: context.path, why: `Responses has no word for ${part.protocol} ${kindOf(part.value)}` })
      return undefined
    default:
      context.lose({ path: context.path, why: `a ${part.kind} cannot stand inside content` })
      return undefined
  }
}

function kindOf(value: JsonObject): string {
  return asString(value['type']) ?? 'content'
}

function writeText(part: TextPart, assistant: boolean): JsonObject {
  const own = ownExtras(part)
  const type = asString(own['type']) ?? (assistant ? 'output_text' : 'input_text')
  const plain = { ...own, type, text: part.text }
  const annotations = writeAnnotations(part)
  if (type !== 'output_text' && annotations.length === 0) return plain
  return { ...plain, annotations, ...(part.logprobs ? { logprobs: part.logprobs } : {}) }
}

function writeRefusal(part: RefusalPart, assistant: boolean): JsonObject {
  if (!assistant && !part.extras?.responses) return { type: 'input_text', text: part.text }
  return { ...ownExtras(part), type: 'refusal', refusal: part.text }
}

function writeMedia(part: MediaPart, context: ContentContext): JsonObject | undefined {
  if (context.assistant && !context.own) {
    context.lose({ path: context.path, why: 'an assistant message holds no media here' })
    return undefined
  }
  const own = ownExtras(part)
  const { source } = part
  const type = asString(own['type']) ?? wireType(part.mediaType)
  if ('text' in source) return { type: 'input_text', text: source.text }
  if (type === 'input_image') return writeImage(own, part, context.own)
  if (type === 'input_audio') return writeAudio(part, own, context)
  if (!context.traits.documents) {
    context.lose({ path: context.path, why: 'the model takes no documents' })
    return {
      type: 'input_text',
      text: `[The document ${part.name ?? part.mediaType} is left out: the model takes no documents.]`,
    }
  }
  const name = context.own ? part.name : fileName(part)
  return { ...own, type, ...fileSource(part, source), ...(name === undefined ? {} : { filename: name }) }
}

function wireType(mediaType: string): string {
  if (mediaType.startsWith('image/')) return 'input_image'
  return mediaType.startsWith('audio/') ? 'input_audio' : 'input_file'
}

/** The API's schema demands `detail`; a client of this protocol that left it out is not corrected. */
function writeImage(own: JsonObject, part: MediaPart, isOwn: boolean): JsonObject {
  const said = part.detail ?? (isOwn ? undefined : 'auto')
  const detail = said === undefined ? {} : { detail: said }
  return { ...own, type: 'input_image', ...imageSource(part), ...detail }
}

function imageSource({ mediaType, source }: MediaPart): JsonObject {
  if ('url' in source) return { image_url: source.url }
  if ('base64' in source) return { image_url: dataUrl(mediaType, source.base64) }
  return 'fileId' in source ? { file_id: source.fileId } : {}
}

function fileSource(part: MediaPart, source: Exclude<MediaSource, { readonly text: string }>): JsonObject {
  if ('url' in source) return { file_url: source.url }
  if ('fileId' in source) return { file_id: source.fileId }
  // A file given by its bytes must have a name: https://platform.openai.com/docs/guides/pdf-files
  return {
    filename: `document${extensionOf(part.mediaType)}`,
    file_data: dataUrl(part.mediaType, source.base64),
  }
}

/** A title of another protocol as the name of a file, by whose ending the API knows what it holds. */
function fileName({ name, mediaType, source }: MediaPart): string | undefined {
  if (name === undefined || !('base64' in source) || typeOfName(name) !== undefined) return name
  return name + extensionOf(mediaType)
}

function extensionOf(mediaType: string): string {
  for (const [extension, type] of types) if (type === mediaType) return `.${extension}`
  return ''
}

function writeAudio(part: MediaPart, own: JsonObject, context: ContentContext): JsonObject | undefined {
  if (!context.own) {
    context.lose({ path: context.path, why: 'Responses takes no audio in messages' })
    return { type: 'input_text', text: '[The audio is left out: this model takes none.]' }
  }
  if (!('base64' in part.source)) {
    context.lose({ path: context.path, why: 'audio can only be sent as data' })
    return undefined
  }
  const format = part.mediaType.slice('audio/'.length)
  const inner = isObject(own['input_audio']) ? own['input_audio'] : {}
  return { ...own, type: 'input_audio', input_audio: { ...inner, data: part.source.base64, format } }
}

function dataUrl(mediaType: string, base64: string): string {
  return `data:${mediaType};base64,${base64}`
}
