import { loseAddressless } from '../core/lost-sources.ts'
import { dataUrlHead } from '../core/data-url.ts'
import { extensionOf, typeOfName } from '../core/file-types.ts'
import { asString, isObject, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { MediaPart, MediaSource, Part, RefusalPart, TextPart } from '../core/part.ts'
import type { Traits } from '../core/traits.ts'
import { writeAnnotations } from './citations.ts'
import { ownExtras } from './extras.ts'

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
  const plain = { ...breakpointOf(part, assistant), ...own, type, text: part.text }
  const annotations = writeAnnotations(part)
  if (type !== 'output_text' && annotations.length === 0) return plain
  return { ...plain, annotations, ...(part.logprobs ? { logprobs: part.logprobs } : {}) }
}

/** The breakpoint after a part of the input that a client of Chat Completions has set: OpenAI's protocols have the same. */
function breakpointOf(part: TextPart | MediaPart, assistant: boolean): JsonObject {
  const breakpoint = part.extras?.chat?.['prompt_cache_breakpoint']
  return assistant || breakpoint === undefined ? {} : { prompt_cache_breakpoint: breakpoint }
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
  const own = { ...breakpointOf(part, context.assistant), ...ownExtras(part) }
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
  if ('base64' in source) return { image_url: dataUrlHead(mediaType) + source.base64 }
  return 'fileId' in source ? { file_id: source.fileId } : {}
}

function fileSource(part: MediaPart, source: Exclude<MediaSource, { readonly text: string }>): JsonObject {
  if ('url' in source) return { file_url: source.url }
  if ('fileId' in source) return { file_id: source.fileId }
  // A file given by its bytes must have a name: https://platform.openai.com/docs/guides/pdf-files
  return {
    filename: `document${extensionOf(part.mediaType)}`,
    file_data: dataUrlHead(part.mediaType) + source.base64,
  }
}

/** A title of another protocol as the name of a file, by whose ending the API knows what it holds. */
function fileName({ name, mediaType, source }: MediaPart): string | undefined {
  if (name === undefined || !('base64' in source) || typeOfName(name) !== undefined) return name
  return name + extensionOf(mediaType)
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
