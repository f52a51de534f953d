import { once } from 'node:events'
import { createServer, request } from 'node:http'

/** What a client asked and which status it got. */
export interface Overheard {
  readonly path: string
  readonly status: number
}

/** Stands between a client and `target`, passes everything on and notes it. */
export async function listenIn(target: string): Promise<{ url: string; heard: Overheard[]; close(): Promise<void> }> {
  const heard: Overheard[] = []
  const server = createServer((incoming, outgoing) => {
    const onward = request(new URL(incoming.url ?? '/', target), { method: incoming.method, headers: incoming.headers })
    onward.on('response', (answer) => {
      heard.push({ path: (incoming.url ?? '').split('?')[0] ?? '', status: answer.statusCode ?? 0 })
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    heard,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
