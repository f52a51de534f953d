import type { ClientOut, Running } from '@crossfeed/engine'
import type { ServerResponse } from 'node:http'

/** Lets `start` answer on `response`, and tells it when the client goes or can take more. Nothing starts for one that has gone. */
export function answerClient(response: ServerResponse, start: (out: ClientOut) => Running): void {
  if (response.destroyed) return
  const running = start(clientOut(response, () => running.drained()))
  response.on('close', () => {
    if (!response.writableFinished) running.cancel()
  })
}

/** So much is written without waiting for the turn to end. */
const mostWaiting = 64 * 1024

/**
 * What is written in one turn goes out as one chunk: an upstream's burst comes as hundreds of pieces out of one read. Chunks are
 * framed here, because Node hands head, bytes and end of each to the socket as pieces of their own, and gathering them costs
 * a slow stream a tenth of its CPU.
 */
function clientOut(response: ServerResponse, drained: () => void): ClientOut {
  let chunked = false
  let waiting: (Buffer | string)[] = []
  let size = 0
  /** The client does not keep up: it is said with the next piece. */
  let stalled = false

  const take = (): Buffer | string => {
    const bytes = joined(waiting)
    waiting = []
    size = 0
    return bytes
  }
  const flush = (): void => {
    if (waiting.length === 0 || response.destroyed) return
    const bytes = take()
    if (response.write(chunked ? chunkOf(bytes) : bytes) || stalled) return
    stalled = true
    response.once('drain', () => {
      stalled = false
      drained()
    })
  }
  return {
    begin(status, headers) {
      // HTTP/1.0 knows no chunks; its answers end with the connection.
      chunked = headers['content-length'] === undefined && response.useChunkedEncodingByDefault
      if (!chunked) return void response.writeHead(status, headers)
      response.writeHead(status, { ...headers, 'transfer-encoding': 'chunked' })
      response.chunkedEncoding = false
    },
    write(bytes) {
      // A chunk of no bytes would be the last.
      if (bytes.length === 0) return !stalled
      if (waiting.length === 0) process.nextTick(flush)
      waiting.push(bytes)
      size += bytes.length
      if (size >= mostWaiting) flush()
      return !stalled
    },
    end(bytes = '') {
      if (bytes.length > 0) waiting.push(bytes)
      const rest = waiting.length === 0 ? '' : take()
      if (!chunked) return void response.end(rest)
      if (rest.length > 0) response.write(chunkOf(rest))
      response.end('0\r\n\r\n')
    },
  }
}

function joined(pieces: readonly (Buffer | string)[]): Buffer | string {
  const [first = ''] = pieces
  if (pieces.length === 1) return first
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('')
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

/** The bytes as one chunk of HTTP/1.1 (RFC 9112, 7.1). */
function chunkOf(bytes: Buffer | string): Buffer | string {
  if (typeof bytes === 'string') return `${Buffer.byteLength(bytes).toString(16)}\r\n${bytes}\r\n`
  const head = `${bytes.length.toString(16)}\r\n`
  const chunk = Buffer.allocUnsafe(head.length + bytes.length + 2)
  chunk.write(head, 'latin1')
  chunk.set(bytes, head.length)
  chunk.write('\r\n', head.length + bytes.length, 'latin1')
  return chunk
}
