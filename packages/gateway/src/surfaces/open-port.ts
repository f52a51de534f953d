import type { Server } from 'node:http'
import { createServer, type AddressInfo, type Server as NetServer } from 'node:net'

/** A port that is listened on. */
export interface OpenPort {
  readonly port: number
  /** Takes no new connections; resolves when those that were there are gone. */
  close(): Promise<void>
}

export interface PortOptions {
  readonly host: string
  /** 0 for any. */
  readonly port: number
  /** Another program has the port on the other loopback address, to which `localhost` may lead. */
  readonly onTwinTaken?: (address: string) => void
  /** A connection could not be taken, as where the process has too many open already; all others go on. */
  readonly onRefused?: (error: Error) => void
}

/**
 * Opens a port for `server`. Where the address is IPv4's loopback, IPv6's is listened on as well: `localhost` means either,
 * by machine and client (user-pain 8.3). A machine without IPv6 goes without, and so does Bun, whose servers
 * take no connections of others. Rejects with the socket's error.
 */
export async function openPort(server: Server, options: PortOptions): Promise<OpenPort> {
  const { host } = options
  const isLoopback = host === '127.0.0.1' || host === 'localhost'
  const onRefused = options.onRefused ?? ((): void => {})
  const port = await listen(server, isLoopback ? '127.0.0.1' : host, options.port, onRefused)
  if (!isLoopback || process.versions['bun'] !== undefined) return { port, close: () => closed(server) }
  // Node's way to hand a connection to a server that did not accept it.
  const twin = createServer({ noDelay: true }, (socket) => server.emit('connection', socket))
  const isOpen = await listen(twin, '::1', port, onRefused).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') options.onTwinTaken?.(`[::1]:${port}`)
      return false
    },
  )
  return {
    port,
    async close() {
      await Promise.all([closed(server), ...(isOpen ? [closed(twin)] : [])])
    },
  }
}

function listen(server: NetServer, host: string, port: number, onRefused: (error: Error) => void) {
  return new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, backlog: 4096 }, () => {
      server.off('error', reject)
      // Without a listener such an error would end the process.
      server.on('error', onRefused)
      resolve((server.address() as AddressInfo).port) // a TCP server that listens has one
    })
  })
}

function closed(server: NetServer): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}
