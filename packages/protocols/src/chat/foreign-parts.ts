import { asObject, asString, type Json, type JsonObject } from '../core/json.ts'
import type { MediaPart, Part, ToolCallPart, ToolResultPart } from '../core/part.ts'

/** What a part needs of the reader of content, which it may hold itself. */
interface Reading {
  /** The parts of a nested content. */
  read(content: Json | undefined): Part[]
  /** The cache mark of a part. */
  readonly cache: Pick<MediaPart, 'cache'>
}

/**
 * A content part in the words of Messages or Responses, which some clients put into Chat Completions (Cursor, for models that
 * are called Claude); undefined when it is none.
 */
export function readForeignPart(value: JsonObject, { read, cache }: Reading): Part | undefined {
  switch (value['type']) {
    case 'tool_use':
      return readToolUse(value, cache)
    case 'tool_result':
      return readToolResult(value, read, cache)
    case 'image':
    case 'document':
      return readSource(value, cache)
    case 'input_image': {
      const { image_url: url, detail } = value
      return typeof url === 'string' ? read([{ type: 'image_url', image_url: { url, detail } }])[0] : undefined
    }
    case 'input_file': {
      const { type: _type, ...file } = value
      return read([{ type: 'file', file: { ...file, file_data: file['file_data'] ?? file['file_url'] } }])[0]
    }
    default:
      return undefined
  }
}

function readToolUse(value: JsonObject, cache: Reading['cache']): ToolCallPart | undefined {
  const id = asString(value['id'])
  const name = asString(value['name'])
  if (id === undefined || name === undefined) return undefined
  return { kind: 'tool-call', id, name, input: JSON.stringify(value['input'] ?? {}), form: 'json', ...cache }
}

function readToolResult(value: JsonObject, read: Reading['read'], cache: Reading['cache']): ToolResultPart | undefined {
  const id = asString(value['tool_use_id'])
  if (id === undefined) return undefined
  const failed = value['is_error'] === true
  return { kind: 'tool-result', id, content: read(value['content']), failed, form: 'json', ...cache }
}

function readSource(value: JsonObject, cache: Reading['cache']): MediaPart | undefined {
  const source = asObject(value['source'])
  const fallback = value['type'] === 'image' ? 'image/*' : 'application/pdf'
  const mediaType = asString(source?.['media_type']) ?? fallback
  const url = asString(source?.['url'])
  const data = asString(source?.['data'])
  const title = asString(value['title'])
  const more = { ...(title === undefined ? {} : { name: title }), ...cache }
  if (url !== undefined) return { kind: 'media', mediaType, source: { url }, ...more }
  if (data === undefined) return undefined
  if (source?.['type'] === 'text') return { kind: 'media', mediaType: 'text/plain', source: { text: data }, ...more }
  return { kind: 'media', mediaType, source: { base64: data }, ...more }
}
