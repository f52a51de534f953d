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

/**
 * Chunks are framed here: Node hands head, bytes and end of each to the socket as four pieces, and gathering them costs a
 * slow stream a tenth of its CPU.
 */
function clientOut(response: ServerResponse, drained: () => void): ClientOut {
  let chunked = false
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
      if (bytes.length === 0) return true
      const goOn = response.write(chunked ? chunkOf(bytes) : bytes)
      // Most answers never wait, so that the listener is worth adding only when one does.
      if (!goOn && response.listenerCount('drain') === 0) response.once('drain', drained)
      return goOn
    },
    end(bytes) {
      if (!chunked) return void response.end(bytes)
      if (bytes !== undefined && bytes.length > 0) response.write(chunkOf(bytes))
      response.end('0\r\n\r\n')
    },
  }
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
