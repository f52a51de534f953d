import { brotliDecompress, gunzip, inflate, zstdDecompress, type CompressCallback } from 'node:zlib'
import { GatewayError, isObject, parseBody, type JsonObject } from '@crossfeed/protocols'
import type { Visit } from './surface.ts'
import { limitUpload, passOverBody } from './upload-time.ts'
import { logRefusal } from './write-error.ts'

/** A request body, as bytes and as the JSON object that they are. */
export interface Body {
  readonly raw: Buffer
  readonly json: JsonObject
}

/** Gathers a request's JSON body and parses it; otherwise as `readBytes`. */
export function readBody(visit: Visit, done: (body: Body) => void, failed: (error: GatewayError) => void): void {
  readBytes(visit, (raw) => parseBytes(raw, done, failed), failed)
}

/**
 * Gathers a request's body; compressed ones are decoded. Calls back once, unless the client leaves first: then the
 * request is logged as cancelled.
 */
export function readBytes(visit: Visit, done: (raw: Buffer) => void, failed: (error: GatewayError) => void): void {
  const { request, parts } = visit
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > parts.bodyLimit) {
    passOverBody(request, parts.uploadTime)
    return failed(tooLarge(parts.bodyLimit))
  }
  let chunks: Buffer[] = []
  let size = 0
  let isRefused = false
  const refuse = (error: GatewayError): void => {
    isRefused = true
    chunks = []
    stop()
    failed(error)
  }
  const late = (): void => {
    visit.response.setHeader('connection', 'close')
    refuse(tooSlow(size))
  }
  const stop = limitUpload(() => size, late, parts.uploadTime)
  request.on('close', () => {
    stop()
    if (!request.complete && !isRefused) logRefusal(visit, left())
  })
  request.on('data', (chunk: Buffer) => {
    if (isRefused) return
    size += chunk.length
    if (size <= parts.bodyLimit) return void chunks.push(chunk)
    passOverBody(request, parts.uploadTime)
    refuse(tooLarge(parts.bodyLimit))
  })
  request.on('end', () => {
    stop()
    if (isRefused) return
    const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
    // What listens to the request lives as long as its answer takes.
    chunks = []
    const coding = request.headers['content-encoding']?.trim().toLowerCase()
    if (coding === undefined || coding === 'identity') return done(withoutMark(bytes))
    decode(bytes, coding, parts.bodyLimit, (error, decoded) => (error ? failed(error) : done(withoutMark(decoded))))
  })
}

/** The bytes behind a byte order mark, with which editors and shells of Windows begin their files. JSON has none (RFC 8259, 8.1). */
function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** Parses a whole body; what is wrong with it is said in words. */
export function parseBytes(raw: Buffer, done: (body: Body) => void, failed: (error: GatewayError) => void): void {
  let json: unknown
  try {
    const text = raw.toString()
    // What is not JSON is read again for the words that say why.
    json = parseBody(text) ?? JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'not JSON'
    return failed(
      invalid(
        raw.length === 0
          ? 'The request body is empty; a JSON object is needed.'
          : `The request body is not JSON: ${why}.`,
      ),
    )
  }
  if (!isObject(json)) return failed(invalid('The request body must be a JSON object.'))
  done({ raw, json })
}

function decode(
  bytes: Buffer,
  coding: string,
  limit: number,
  done: (error: GatewayError | undefined, decoded: Buffer) => void,
): void {
  const options = { maxOutputLength: limit }
  const settle: CompressCallback = (error, decoded) => {
    if (!error) return done(undefined, decoded)
    const large = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    done(large ? tooLarge(limit) : invalid(`The request body is not valid ${coding} data.`), bytes)
  }
  if (coding === 'gzip' || coding === 'x-gzip') gunzip(bytes, options, settle)
  else if (coding === 'deflate') inflate(bytes, options, settle)
  else if (coding === 'br') brotliDecompress(bytes, options, settle)
  else if (coding === 'zstd') zstdDecompress(bytes, options, settle)
  else
    done(
      new GatewayError(
        'invalid-request',
        415,
        `Content-Encoding ${coding.slice(0, 40)} is not understood; use gzip, deflate, br, zstd or none.`,
        { reason: 'body-coding' },
      ),
      bytes,
    )
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid-request', 400, message, { reason: 'body-invalid' })
}

function tooSlow(bytes: number): GatewayError {
  const message = `The request body did not arrive in time: ${bytes} bytes came, and not the end. Send it again.`
  return new GatewayError('timeout', 408, message, { reason: 'body-too-slow' })
}

function left(): GatewayError {
  return new GatewayError('cancelled', 499, 'The client left before the request was whole.', { reason: 'cancelled' })
}

function tooLarge(limit: number): GatewayError {
  return new GatewayError(
    'too-large',
    413,
    `The request body is larger than the ${limit} bytes that are accepted (bodyLimit in the config file).`,
    {
      reason: 'body-too-large',
    },
  )
}
