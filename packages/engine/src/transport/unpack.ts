import { createBrotliDecompress, createInflate, createUnzip, createZstdDecompress } from 'node:zlib'
import { GatewayError } from '@crossfeed/protocols'
import type { Sink } from './http.ts'

const decoders: Readonly<Record<string, () => ReturnType<typeof createUnzip>>> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

/**
 * The sink behind what unpacks an answer; undefined where nothing has to be, or can be, unpacked. Nobody asks for packed answers, but some
 * caches and proxies on the way pack all the same. `stop` ends a call whose answer cannot be unpacked.
 */
export function unpackInto(sink: Sink, coding: string | string[] | undefined, stop: () => void): Sink | undefined {
  const create = typeof coding === 'string' ? decoders[coding.trim().toLowerCase()] : undefined
  if (!create) return undefined
  const decoder = create()
  let over = false
  const finish = (tell: () => void): void => {
    if (over) return
    over = true
    tell()
  }
  decoder.on('data', (chunk: Buffer) => {
    if (!over) sink.data(chunk)
  })
  decoder.on('end', () => finish(() => sink.end()))
  decoder.on('error', (cause) => {
    const error = new GatewayError(
      'upstream',
      502,
      `The upstream sent an answer that cannot be unpacked (${coding}).`,
      {
        reason: 'answer-garbled',
        cause,
      },
    )
    finish(() => sink.fail(error))
    stop()
  })
  return {
    headers(status, { 'content-encoding': _packed, 'content-length': _size, ...headers }) {
      sink.headers(status, headers)
    },
    data: (chunk) => void decoder.write(chunk),
    end: () => void decoder.end(),
    fail(error) {
      decoder.destroy()
      finish(() => sink.fail(error))
    },
  }
}
