import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { GatewayError, type Part } from '@crossfeed/protocols'
import type { Attachment } from './config.ts'

/** Bytes of a text file that go with a message; of the rest only the size is told. */
const mostText = 256 * 1024
/** Bytes of an image or document. */
const mostMedia = 20 * 1024 * 1024
/** Names of a folder's entries that are told. */
const mostEntries = 500

const mediaTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.pdf': 'application/pdf',
}

/**
 * Attachments as parts of the user's turn: texts, listings and selections as text, images and PDF as media. Relative paths
 * start at `folder`. Throws GatewayError with reason `attachment` for what cannot be read or is too large.
 */
export async function readAttachments(attachments: readonly Attachment[], folder: string): Promise<readonly Part[]> {
  return Promise.all(attachments.map((attachment) => readAttachment(attachment, folder)))
}

async function readAttachment(attachment: Attachment, folder: string): Promise<Part> {
  switch (attachment.type) {
    case 'blob':
      return readBlob(attachment)
    case 'directory':
      return readDirectory(resolve(folder, attachment.path))
    case 'selection':
      return readSelection(attachment, folder)
    case 'file':
      return readOneFile(resolve(folder, attachment.path), attachment.displayName)
    default:
      throw unreadable('An attachment has a type that is not file, directory, selection or blob.')
  }
}

function readBlob(blob: Extract<Attachment, { type: 'blob' }>): Part {
  const name = blob.displayName
  if (/^text\/|json$|xml$/.test(blob.mimeType)) {
    return quote('attachment', name ?? blob.mimeType, Buffer.from(blob.data, 'base64').toString('utf8'))
  }
  return {
    kind: 'media',
    mediaType: blob.mimeType,
    source: { base64: blob.data },
    ...(name === undefined ? {} : { name }),
  }
}

async function readOneFile(path: string, displayName: string | undefined): Promise<Part> {
  const { size } = await found(path, () => stat(path))
  const name = displayName ?? basename(path)
  const mediaType = mediaTypes[extname(path).toLowerCase()]
  if (mediaType !== undefined) {
    if (size > mostMedia)
      throw unreadable(`The attachment ${path} has ${size} bytes; at most ${mostMedia} can be sent.`)
    const bytes = await found(path, () => readFile(path))
    return { kind: 'media', mediaType, source: { base64: bytes.toString('base64') }, name }
  }
  const bytes = await found(path, () => readFile(path))
  const shown = bytes.subarray(0, mostText)
  if (shown.includes(0)) return quote('file', path, `(${size} bytes that are not text)`)
  const rest = size > mostText ? `\n(${size - mostText} more bytes are not shown)` : ''
  return quote('file', path, shown.toString('utf8') + rest)
}

async function readDirectory(path: string): Promise<Part> {
  const entries = await found(path, () => readdir(path, { withFileTypes: true }))
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted()
  const rest = names.length > mostEntries ? `\n(${names.length - mostEntries} more)` : ''
  return quote('directory', path, names.slice(0, mostEntries).join('\n') + rest)
}

async function readSelection(selection: Extract<Attachment, { type: 'selection' }>, folder: string): Promise<Part> {
  const path = resolve(folder, selection.filePath)
  const { start, end } = selection.selection ?? {}
  const text = selection.text ?? cut(await found(path, () => readFile(path, 'utf8')), selection.selection)
  const place = start === undefined || end === undefined ? '' : `, lines ${start.line + 1} to ${end.line + 1}`
  return quote('selection', `${path}${place}`, text)
}

function cut(text: string, range: Extract<Attachment, { type: 'selection' }>['selection']): string {
  if (range === undefined) return text
  const { start, end } = range
  const lines = text.split('\n').slice(start.line, end.line + 1)
  const last = lines.length - 1
  return lines
    .map((line, index) => line.slice(index === 0 ? start.character : 0, index === last ? end.character : undefined))
    .join('\n')
}

function quote(tag: string, name: string, text: string): Part {
  return { kind: 'text', text: `<${tag} name=${JSON.stringify(name)}>\n${text}\n</${tag}>` }
}

async function found<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    throw unreadable(`The attachment ${path} cannot be read${code}.`, cause)
  }
}

function unreadable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid-request', 400, message, { reason: 'attachment', cause })
}
