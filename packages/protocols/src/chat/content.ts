import { asObject, asString, isObject, rest, type Json, type JsonObject } from '../core/json.ts'
import { dataUrlHead, splitDataUrl } from '../core/data-url.ts'
import { typeOfName } from '../core/file-types.ts'
import type { CacheMark, MediaPart, Part } from '../core/part.ts'
import { badMember } from './error.ts'
import { readForeignPart } from './foreign-parts.ts'
import { keep, restWith } from './spelling.ts'

/** The parts of a message's `content`: a string, a list of parts, or nothing. Empty text is no part. */
export function readContent(content: Json | undefined, path: string): Part[] {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (isObject(content)) return [readPart(content)]
  if (!Array.isArray(content)) throw badMember(path, 'expected a string or a list of parts')
  return content.flatMap((value: Json, index) => {
    if (typeof value === 'string') return value === '' ? [] : [{ kind: 'text' as const, text: value }]
    if (!isObject(value)) throw badMember(`${path}[${index}]`, 'expected an object')
    const part = readPart(value)
    return part.kind === 'text' && part.text === '' ? [] : [part]
  })
}

const textMembers = new Set(['type', 'text', 'cache_control'])
const refusalMembers = new Set(['type', 'refusal'])

function readPart(value: JsonObject): Part {
  switch (value['type']) {
    case 'text':
    case 'input_text':
    case 'output_text': {
      const text = asString(value['text'])
      if (text === undefined) break
      return { kind: 'text', text, ...readPartMark(value), ...keep(restMarked(value, textMembers)) }
    }
    case 'refusal': {
      const text = asString(value['refusal'])
      if (text === undefined) break
      return { kind: 'refusal', text, ...keep(rest(value, refusalMembers), { list: true }) }
    }
    case 'image_url':
      return readImage(value) ?? native(value)
    case 'input_audio':
      return readAudio(value) ?? native(value)
    case 'file':
      return readFile(value) ?? native(value)
    case 'thinking': {
      // Mistral's magistral models put reasoning into the content list.
      const text = thinkingText(value)
      if (text === '') break
      return { kind: 'reasoning', text, form: 'full', ...keep(undefined, { part: value }) }
    }
    default:
      break
  }
  const read = (content: Json | undefined): Part[] => readContent(content, 'content')
  return readForeignPart(value, { read, cache: readMark(value['cache_control']) }) ?? native(value)
}

function native(value: JsonObject): Part {
  return { kind: 'native', protocol: 'chat', value }
}

/** The words of a `{type: 'thinking', thinking}` part, whose content is a string or a list of text parts. */
export function thinkingText(value: JsonObject): string {
  const thinking = value['thinking']
  if (typeof thinking === 'string') return thinking
  if (!Array.isArray(thinking)) return ''
  return thinking.map((one: Json) => asString(asObject(one)?.['text']) ?? '').join('')
}

const imageMembers = new Set(['type', 'image_url', 'cache_control'])
const imageSourceMembers = new Set(['url', 'detail'])

function readImage(value: JsonObject): MediaPart | undefined {
  const image = asObject(value['image_url'])
  const url = asString(image ? image['url'] : value['image_url'])
  if (url === undefined) return undefined
  const detail = asString(image?.['detail'])
  const link = splitDataUrl(url, 'image/*')
  const said = asString(image?.['media_type'])
  return {
    kind: 'media',
    mediaType: said ?? link?.mediaType ?? 'image/*',
    source: link ? { base64: link.base64 } : { url },
    ...(detail === undefined ? {} : { detail }),
    ...readPartMark(value),
    ...keep(
      restMarked(value, imageMembers, ['image_url', image, imageSourceMembers]),
      link && dataUrlHead(said ?? link.mediaType) !== link.prefix ? { prefix: link.prefix } : undefined,
    ),
  }
}

const audioMembers = new Set(['type', 'input_audio', 'cache_control'])
const audioSourceMembers = new Set(['data', 'format'])

function readAudio(value: JsonObject): MediaPart | undefined {
  const audio = asObject(value['input_audio'])
  const data = asString(audio?.['data'])
  const format = asString(audio?.['format'])
  if (!audio || data === undefined || format === undefined) return undefined
  const link = splitDataUrl(data, 'audio/*')
  return {
    kind: 'media',
    mediaType: format === 'mp3' ? 'audio/mpeg' : `audio/${format}`,
    source: /^https?:/.test(data) ? { url: data } : { base64: link?.base64 ?? data },
    ...readPartMark(value),
    ...keep(
      restMarked(value, audioMembers, ['input_audio', audio, audioSourceMembers]),
      link ? { prefix: link.prefix } : undefined,
    ),
  }
}

const fileMembers = new Set(['type', 'file', 'cache_control'])
const fileSourceMembers = new Set(['filename', 'file_data', 'file_id'])

function readFile(value: JsonObject): MediaPart | undefined {
  const file = asObject(value['file'])
  if (!file) return undefined
  const data = asString(file['file_data'])
  const id = asString(file['file_id'])
  const name = asString(file['filename'])
  if (data === undefined && id === undefined) return undefined
  const link = data === undefined ? undefined : splitDataUrl(data, 'application/octet-stream')
  const shared = { ...(name === undefined ? {} : { name }), ...readPartMark(value) }
  // With both, the data wins and the id stays as it is.
  const members = data === undefined ? fileSourceMembers : new Set(['filename', 'file_data'])
  const kept = restMarked(value, fileMembers, ['file', file, members])
  if (data === undefined) {
    const source = { fileId: id ?? '' }
    return { kind: 'media', mediaType: typeOfName(name) ?? 'application/pdf', source, ...shared, ...keep(kept) }
  }
  if (link) {
    const note = dataUrlHead(link.mediaType) === link.prefix ? undefined : { prefix: link.prefix }
    return { kind: 'media', mediaType: link.mediaType, source: { base64: link.base64 }, ...shared, ...keep(kept, note) }
  }
  const linked = /^https?:/.test(data)
  const source = linked ? { url: data } : { base64: data }
  const mediaType = typeOfName(name) ?? 'application/pdf'
  return { kind: 'media', mediaType, source, ...shared, ...keep(kept, { prefix: '' }) }
}

const markMembers = new Set(['type'])

/** `{cache}` for a `cache_control` object; what else it holds stays in the extras (see `restMarked`). */
export function readMark(value: Json | undefined): { cache?: CacheMark } {
  const control = asObject(value)
  if (!control) return {}
  return { cache: { ttl: control['ttl'] === '1h' ? '1h' : '5m' } }
}

/**
 * The mark of a part: its `cache_control`, or OpenAI's own breakpoint, which stays in the extras too, because its lifetime is
 * another.
 */
function readPartMark(value: JsonObject): { cache?: CacheMark } {
  const breakpoint = asObject(value['prompt_cache_breakpoint'])
  if (breakpoint?.['mode'] !== 'explicit' || isObject(value['cache_control'])) return readMark(value['cache_control'])
  return { cache: { ttl: breakpoint['ttl'] === '12h' ? '1h' : '5m' } }
}

/** The unknown members of a markable thing, of its nested object, and of its `cache_control`. */
export function restMarked(
  value: JsonObject,
  known: ReadonlySet<string>,
  ...nested: (readonly [string, JsonObject | undefined, ReadonlySet<string>])[]
): JsonObject | undefined {
  return restWith(value, known, [...nested, ['cache_control', asObject(value['cache_control']), markMembers]])
}
