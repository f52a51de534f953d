import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseObject, type JsonObject } from '@crossfeed/protocols'

/** A call as it arrived. */
export interface ScriptedCall {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: JsonObject
}

/** A server on loopback that answers as it is told. */
export interface ScriptedUpstream {
  readonly url: string
  readonly calls: readonly ScriptedCall[]
  close(): Promise<void>
}

export async function startScripted(
  answer: (response: ServerResponse, call: ScriptedCall, nth: number) => void,
): Promise<ScriptedUpstream> {
  const calls: ScriptedCall[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const call = { method, path: url, headers, body: parseObject(text) ?? {} }
      calls.push(call)
      answer(response, call, calls.length)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Answers with an event stream. */
export function sse(response: ServerResponse, events: readonly JsonObject[], done = false) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const frames = events.map((event) => {
    const name = typeof event['type'] === 'string' ? `event: ${event['type']}\n` : ''
    return `${name}data: ${JSON.stringify(event)}\n\n`
  })
  response.end(frames.join('') + (done ? 'data: [DONE]\n\n' : ''))
}
