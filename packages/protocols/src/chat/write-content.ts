import { dataUrlHead } from '../core/data-url.ts'
import { extensionOf } from '../core/file-types.ts'
import type { MutableJson } from '../core/json.ts'
import type { CacheMark, MediaPart, TextPart } from '../core/part.ts'
import { restore, spellingOf } from './spelling.ts'

/** The wire form of a cache mark. */
export function writeMark(mark: CacheMark): MutableJson {
  return mark.ttl === '1h' ? { type: 'ephemeral', ttl: '1h' } : { type: 'ephemeral' }
}

/** A text part on the wire, with its mark when the target takes marks on parts. */
export function writeText(part: TextPart, marks: boolean): MutableJson {
  const target: MutableJson = { type: 'text', text: part.text }
  return finishPart(target, part, marks)
}

/**
 * A medium on the wire; a string says why the target cannot take it. `documents` is whether it takes files that are
 * neither image nor sound.
 */
export function writeMedia(part: MediaPart, marks: boolean, documents: boolean): MutableJson | string {
  const note = spellingOf(part.extras)
  const { source } = part
  if ('text' in source) return finishPart({ type: 'text', text: source.text }, part, marks)
  if (part.mediaType.startsWith('image/') && !('fileId' in source)) {
    const url = 'url' in source ? source.url : (note.prefix ?? dataUrlHead(part.mediaType)) + source.base64
    const image: MutableJson = { url }
    // Responses' `original` has no counterpart here; `high` is the nearest.
    if (part.detail !== undefined) image['detail'] = part.detail === 'original' ? 'high' : part.detail
    return finishPart({ type: 'image_url', image_url: image }, part, marks)
  }
  if (part.mediaType.startsWith('audio/') && !('fileId' in source)) {
    const format = audioFormat(part.mediaType)
    const data = 'url' in source ? source.url : (note.prefix ?? '') + source.base64
    if (format !== 'wav' && format !== 'mp3' && !part.extras?.chat && note.prefix === undefined)
      return `Chat Completions takes wav and mp3 sound, not ${part.mediaType}`
    return finishPart({ type: 'input_audio', input_audio: { data, format } }, part, marks)
  }
  if ('url' in source && note.prefix === undefined) return 'Chat Completions takes no document by its address'
  if (!documents) return `the target takes no documents (${part.mediaType})`
  const file: MutableJson = {}
  if ('fileId' in source) file['file_id'] = source.fileId
  else file['file_data'] = 'url' in source ? source.url : (note.prefix ?? dataUrlHead(part.mediaType)) + source.base64
  // OpenAI refuses file data without a name.
  const name =
    part.name ??
    (note.prefix === undefined && !('fileId' in source) ? `document${extensionOf(part.mediaType)}` : undefined)
  if (name !== undefined) file['filename'] = name
  return finishPart({ type: 'file', file }, part, marks)
}

function audioFormat(mediaType: string): string {
  const format = mediaType.slice('audio/'.length)
  if (format === 'mpeg') return 'mp3'
  return format === 'x-wav' || format === 'wave' ? 'wav' : format
}

function finishPart(target: MutableJson, part: TextPart | MediaPart, marks: boolean): MutableJson {
  const kept = part.extras?.chat
  const isMarked = kept?.['prompt_cache_breakpoint'] !== undefined && kept['cache_control'] === undefined
  if (part.cache && marks && !isMarked) target['cache_control'] = writeMark(part.cache)
  if (kept && !target['cache_control'] && kept['cache_control'] !== undefined) {
    // The mark itself is not written, so what else stood in it is not either.
    const { cache_control: _mark, ...others } = kept
    return restore(target, others)
  }
  return restore(target, kept)
}
