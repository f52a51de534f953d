import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { GatewayError } from '@crossfeed/protocols'
import type { AnswerHeaders, Sink } from './http.ts'

/** A scripted server on a free loopback port. */
export interface Upstream {
  readonly origin: string
  readonly port: number
  readonly sockets: Set<Socket>
  close(): Promise<void>
}

/** Listens with any server of Node's. */
export async function listen(server: Server, scheme: 'http' | 'https' = 'http', port = 0): Promise<Upstream> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an address with a port.
  const address = server.address() as AddressInfo
  return {
    origin: `${scheme}://127.0.0.1:${address.port}`,
    port: address.port,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Listens with an HTTP handler. */
export function listenHttp(handle: http.RequestListener): Promise<Upstream> {
  return listen(http.createServer({ keepAliveTimeout: 0 }, handle))
}

/** A sink that writes down what it is told. */
export interface Recorder extends Sink {
  status: number | undefined
  answerHeaders: AnswerHeaders
  body: string
  readonly calls: string[]
  /** Resolves with the error, or undefined after a good end. */
  readonly done: Promise<GatewayError | undefined>
  /** Resolves when this many bytes have come. */
  bytes(count: number): Promise<void>
}

/** Creates a sink that writes down what it is told. */
export function createRecorder(): Recorder {
  const finished = Promise.withResolvers<GatewayError | undefined>()
  let size = 0
  let waiting: { count: number; resolve: () => void }[] = []
  return {
    status: undefined,
    answerHeaders: {},
    body: '',
    calls: [],
    done: finished.promise,
    bytes(count) {
      if (size >= count) return Promise.resolve()
      return new Promise((resolve) => waiting.push({ count, resolve }))
    },
    headers(status, headers) {
      this.calls.push('headers')
      this.status = status
      this.answerHeaders = headers
    },
    data(chunk) {
      this.calls.push('data')
      this.body += chunk.toString('latin1')
      size += chunk.length
      const ready = waiting.filter((one) => one.count <= size)
      waiting = waiting.filter((one) => one.count > size)
      for (const one of ready) one.resolve()
    },
    end() {
      this.calls.push('end')
      finished.resolve(undefined)
    },
    fail(error) {
      this.calls.push('fail')
      finished.resolve(error)
    },
  }
}
