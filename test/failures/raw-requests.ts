import type { Socket } from 'node:net'

/** Calls `take` with each whole request that comes in on a socket, head and body, for servers that answer by the byte. */
export function onRawRequest(socket: Socket, take: (request: string) => void): void {
  socket.on('error', () => undefined)
  let asked = ''
  socket.on('data', (bytes: Buffer) => {
    asked += bytes.toString('latin1')
    const end = asked.indexOf('\r\n\r\n')
    const size = Number(/content-length: (\d+)/i.exec(asked)?.[1] ?? 0)
    if (end < 0 || asked.length < end + 4 + size) return
    const request = asked
    asked = ''
    take(request)
  })
}
