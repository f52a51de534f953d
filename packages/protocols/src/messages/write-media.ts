import { asObject, type JsonObject, type MutableJson } from '../core/json.ts'
import type { MediaPart } from '../core/part.ts'
import { decodeBase64Text } from './base64-text.ts'
import type { WriteContext } from './write-context.ts'

/** The types of images that the API takes; it refuses a request with any other, or with data of another type than was said. */
const imageTypes: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

/** An image or document block; a sentence in its place where it cannot be taken, so that no turn is left with nothing. */
export function writeMedia(given: MediaPart, context: WriteContext, path: string): MutableJson {
  const part = { ...given, mediaType: typeOf(given) }
  if (part.detail !== undefined && part.detail !== 'auto')
    context.lose({ path: `${path}.detail`, why: 'Messages has no image detail' })
  if (part.mediaType.startsWith('image/')) return writeImage(part, context, path)
  if (part.mediaType.startsWith('audio/') || part.mediaType.startsWith('video/')) {
    context.lose({ path, why: `Messages has no input of type ${part.mediaType}` })
    const what = part.mediaType.startsWith('audio/') ? 'audio' : 'video'
    return { type: 'text', text: `[The ${what} is left out: this model takes none.]` }
  }
  return writeDocument(part, context, path)
}

/** Beginnings of base64 data that tell its type, whatever the client called it: other APIs do not look at the name. */
const beginnings: readonly (readonly [beginning: RegExp, mediaType: string])[] = [
  [/^\/9j\//, 'image/jpeg'],
  [/^iVBORw0KGgo/, 'image/png'],
  [/^R0lGOD/, 'image/gif'],
  [/^UklGR.{7}RUJQ/, 'image/webp'],
  [/^JVBERi0/, 'application/pdf'],
]

function typeOf({ mediaType, source }: MediaPart): string {
  const isKnown = mediaType.startsWith('audio/') || mediaType.startsWith('video/') || mediaType.startsWith('text/')
  if (isKnown || !('base64' in source)) return mediaType
  const told = beginnings.find(([beginning]) => beginning.test(source.base64))?.[1]
  return told ?? (mediaType === 'image/jpg' || mediaType === 'image/pjpeg' ? 'image/jpeg' : mediaType)
}

function writeImage(part: MediaPart, context: WriteContext, path: string): MutableJson {
  if ('base64' in part.source && !imageTypes.has(part.mediaType)) {
    context.lose({ path, why: `Messages takes no images of type ${part.mediaType}` })
    return { type: 'text', text: `[An image (${part.mediaType}) was left out: it cannot be read.]` }
  }
  return { type: 'image', source: writeSource(part, part.mediaType) }
}

function writeDocument(part: MediaPart, context: WriteContext, path: string): MutableJson {
  const text = documentText(part)
  if (!context.traits.documents) {
    if (text !== undefined) return { type: 'text', text }
    context.lose({ path, why: 'the model takes no documents' })
    return { type: 'text', text: `[${describe(part)} was left out: this model takes no documents.]` }
  }
  const title = part.name === undefined ? {} : { title: part.name }
  if (text !== undefined) {
    const kept = asObject(part.extras?.messages?.['source'])
    const source = kept?.['type'] === 'content' ? kept : { type: 'text', media_type: 'text/plain', data: text }
    return { type: 'document', source, ...title }
  }
  if ('base64' in part.source && part.mediaType !== 'application/pdf') {
    context.lose({ path, why: `Messages has no documents of type ${part.mediaType}` })
    return { type: 'text', text: `[${describe(part)} was left out: only PDF and plain text can be read.]` }
  }
  return { type: 'document', source: writeSource(part, part.mediaType), ...title }
}

function writeSource({ source }: MediaPart, mediaType: string): JsonObject {
  if ('url' in source) return { type: 'url', url: source.url }
  if ('fileId' in source) return { type: 'file', file_id: source.fileId }
  if ('text' in source) return { type: 'text', media_type: 'text/plain', data: source.text }
  return { type: 'base64', media_type: mediaType, data: source.base64 }
}

/** The words of a document that is text: plain, Markdown, JSON, source code. */
function documentText(part: MediaPart): string | undefined {
  if ('text' in part.source) return part.source.text
  if (!('base64' in part.source)) return undefined
  const textual = part.mediaType.startsWith('text/') || part.mediaType === 'application/json'
  return textual ? decodeBase64Text(part.source.base64) : undefined
}

function describe(part: MediaPart): string {
  return part.name === undefined ? `A document (${part.mediaType})` : `The document ${part.name} (${part.mediaType})`
}
