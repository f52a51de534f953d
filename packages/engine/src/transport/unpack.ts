import {
  createBrotliDecompress,
  createInflate,
  createInflateRaw,
  createUnzip,
  createZstdDecompress,
  type Unzip,
} from 'node:zlib'
import { GatewayError } from '@crossfeed/protocols'
import type { Sink } from './http.ts'

/** Makes the decoder of a coding, by the first bytes that came in it. */
type CreateDecoder = (first: Buffer) => Unzip

const decoders: ReadonlyMap<string, CreateDecoder> = new Map<string, CreateDecoder>([
  ['gzip', () => createUnzip()],
  ['x-gzip', () => createUnzip()],
  // Servers differ in whether deflate has a zlib frame (RFC 9110, 8.4.1.2), whose first byte names method 8.
  ['deflate', (first) => ((first[0] ?? 8) % 16 === 8 ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
])

/** Codings of one answer, at most: each costs a decoder. */
const mostCodings = 3

/**
 * The sink behind what unpacks an answer; undefined where nothing has to be unpacked. Nobody asks for packed answers, but some
 * caches and proxies on the way pack all the same. `stop` ends a call whose answer cannot be unpacked.
 */
export function unpackInto(sink: Sink, packed: string | string[], stop: () => void): Sink | undefined {
  const codings = String(packed)
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length === 0) return undefined
  const creators = codings.map((coding) => decoders.get(coding))
  const known = creators.filter((create) => create !== undefined)
  if (known.length < codings.length || codings.length > mostCodings) return refusing(sink, codings, stop)
  // They are named in the order in which they were applied.
  return known.reduce((inner, create) => unpacking(inner, create, codings, stop), sink)
}

function unpacking(sink: Sink, create: CreateDecoder, codings: readonly string[], stop: () => void): Sink {
  let decoder: Unzip | undefined
  let over = false
  const finish = (tell: () => void): void => {
    if (over) return
    over = true
    tell()
  }
  const open = (first: Buffer): Unzip => {
    const opened = create(first)
    opened.on('data', (chunk: Buffer) => {
      if (!over) sink.data(chunk)
    })
    opened.on('end', () => finish(() => sink.end()))
    opened.on('error', (cause) => {
      finish(() => sink.fail(garbled(codings, cause)))
      stop()
    })
    return opened
  }
  return {
    headers: (status, headers) => sink.headers(status, withoutCoding(headers)),
    data(chunk) {
      if (over) return
      decoder ??= open(chunk)
      decoder.write(chunk)
    },
    end() {
      if (decoder) decoder.end()
      else finish(() => sink.end())
    },
    fail(error) {
      decoder?.destroy()
      finish(() => sink.fail(error))
    },
  }
}

/** Passes nothing of an answer on but its head: what follows is in a coding that nobody here can read. */
function refusing(sink: Sink, codings: readonly string[], stop: () => void): Sink {
  return {
    headers(status, headers) {
      sink.headers(status, withoutCoding(headers))
      sink.fail(garbled(codings))
      stop()
    },
    data() {},
    end() {},
    fail() {},
  }
}

function withoutCoding({
  'content-encoding': _packed,
  'content-length': _size,
  ...headers
}: Parameters<Sink['headers']>[1]): Parameters<Sink['headers']>[1] {
  return headers
}

function garbled(codings: readonly string[], cause?: unknown): GatewayError {
  const what = codings.join(', ').slice(0, 80)
  return new GatewayError('upstream', 502, `The upstream sent an answer that cannot be unpacked (${what}).`, {
    reason: 'answer-garbled',
    cause,
  })
}
