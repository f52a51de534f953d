import type { ClientOut, Running } from '@crossfeed/engine'
import type { ServerResponse } from 'node:http'
import type { UnderWay } from './under-way.ts'

/** Where an answer goes, and who keeps an eye on it. */
interface Asker {
  readonly response: ServerResponse
  readonly parts: { readonly underWay: UnderWay }
}

/**
 * Lets `start` answer the client, and tells it when the client goes or can take more, or the gateway stops. Nothing starts for a
 * client that has gone.
 */
export function answerClient({ response, parts }: Asker, start: (out: ClientOut) => Running): void {
  if (response.destroyed) return
  const running = start(clientOut(response, () => running.drained()))
  const entry = parts.underWay.enter(running)
  response.on('close', () => {
    parts.underWay.leave(entry)
    if (!response.writableFinished) running.cancel()
  })
}

/** So much is written without waiting for the turn to end. */
const mostWaiting = 64 * 1024

/** Node's own sockets, which its responses write to as they are; elsewhere they are stand-ins. */
const isNode = process.versions['bun'] === undefined

/**
 * What is written in one turn goes out as one chunk: an upstream's burst comes as hundreds of pieces out of one read. Chunks are
 * framed here, because Node hands head, bytes and end of each to the socket as pieces of their own, and gathering them costs
 * a slow stream a tenth of its CPU.
 */
function clientOut(response: ServerResponse, drained: () => void): ClientOut {
  let chunked = false
  let hasHead = false
  /** What this turn has brought: its first piece, and those that came after it. */
  let first: Buffer | string | undefined
  let others: (Buffer | string)[] | undefined
  let size = 0
  /** The client does not keep up: it is said with the next piece. */
  let stalled = false

  const take = (): Buffer | string => {
    const bytes = others === undefined ? (first ?? '') : joined([first ?? '', ...others])
    first = others = undefined
    size = 0
    return bytes
  }
  /** Past the response, once its head is out: that would cork the socket and hand it the bytes in another turn. */
  const send = (bytes: Buffer | string): void => {
    const { socket } = response
    const way = hasHead && isNode && socket?.writable === true ? socket : response
    hasHead = true
    if (way.write(bytes) || stalled) return
    stalled = true
    way.once('drain', () => {
      stalled = false
      if (!response.writableEnded) drained()
    })
  }
  const flush = (): void => {
    if (first === undefined || response.destroyed) return
    const bytes = take()
    send(chunked ? chunkOf(bytes) : bytes)
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
      if (first === undefined) {
        first = bytes
        process.nextTick(flush)
      } else (others ??= []).push(bytes)
      size += bytes.length
      if (size >= mostWaiting) flush()
      return !stalled
    },
    end(bytes = '') {
      if (bytes.length > 0 && first === undefined) first = bytes
      else if (bytes.length > 0) (others ??= []).push(bytes)
      const rest = take()
      if (!chunked) return void response.end(rest)
      if (rest.length > 0) response.write(chunkOf(rest))
      response.end('0\r\n\r\n')
    },
  }
}

function joined(pieces: readonly (Buffer | string)[]): Buffer | string {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('')
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))
}

/** The bytes as one chunk of HTTP/1.1 (RFC 9112, 7.1). */
function chunkOf(bytes: Buffer | string): Buffer | string {
  if (typeof bytes === 'string') return `${Buffer.byteLength(bytes).toString(16)}\r\n${bytes}\r\n`
  const { length } = bytes
  const head = length.toString(16)
  const from = head.length + 2
  const chunk = Buffer.allocUnsafe(from + length + 2)
  // Letter by letter: a call to write them costs more than all of them.
  for (let at = 0; at < head.length; at++) chunk[at] = head.charCodeAt(at)
  chunk[from - 2] = chunk[from + length] = carriageReturn
  chunk[from - 1] = chunk[from + length + 1] = newline
  chunk.set(bytes, from)
  return chunk
}

const carriageReturn = 0x0d
const newline = 0x0a
