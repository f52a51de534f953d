import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { ProtocolId } from '@crossfeed/protocols'
import { expect, test } from 'vitest'
import { firstWord, lastWord, whole } from './failing-server.ts'
import { heapAfter, waiting } from './leftovers.ts'
import { onRawRequest } from './raw-requests.ts'
import { startWatchedGateway } from './watched-gateway.ts'

// Failures have ways of their own to leave something behind: a call that nobody ended, a decoder, a client that waits. Requests
// by the hundred meet an upstream that fails in each way, some leave in the middle, and nothing may be left of them.

const names = ['chat', 'responses', 'messages'] as const
const paths = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' } as const
const atOnce = 40
/** More than what tables that are meant to fill up take, and less than 6 KB a request. */
const mostGrowth = 4 * 1024 * 1024

type Play = (socket: Socket, body: Buffer, type: string) => void
const head = (type: string, more: string): string => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${more}\r\n`
const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
const chunked = 'transfer-encoding: chunked\r\n'
const packed = `${chunked}content-encoding: gzip\r\n`
const plays: readonly Play[] = [
  (socket, body, type) => socket.write(head(type, `content-length: ${body.length}\r\n`) + body.toString()),
  (socket, body, type) =>
    socket.end(head(type, `content-length: ${body.length}\r\n`) + body.subarray(0, 90).toString()),
  (socket) => void socket.resetAndDestroy(),
  (socket) => socket.end('220 mail ready\r\n\r\n'),
  (socket, body, type) =>
    socket.write(Buffer.concat([Buffer.from(head(type, packed)), chunk(gzipSync(body)), Buffer.from('0\r\n\r\n')])),
  (socket, body, type) =>
    socket.end(Buffer.concat([Buffer.from(head(type, packed)), chunk(gzipSync(body).subarray(0, 60))])),
  (socket) => socket.write('HTTP/1.1 500 No\r\ncontent-length: 2\r\n\r\n{}'),
  (socket) => socket.write('HTTP/1.1 429 No\r\nretry-after: 900\r\ncontent-length: 2\r\n\r\n{}'),
  (socket, body, type) => socket.write(Buffer.concat([Buffer.from(head(type, chunked)), chunk(body)])),
  (socket, body, type) =>
    socket.write(Buffer.concat([Buffer.from(head(type, chunked)), chunk(body.subarray(0, body.length / 2))])),
  () => undefined,
]

/** An upstream that fails in one way after the other. */
async function startUpstream(): Promise<Server> {
  let nth = 0
  const server = createServer((socket) =>
    onRawRequest(socket, (asked) => {
      const protocol: ProtocolId = names.find((name) => asked.startsWith(`POST /v1/${name}`)) ?? 'chat'
      const stream = asked.includes('"stream":true')
      const text = stream ? firstWord(protocol) + lastWord(protocol) : JSON.stringify(whole(protocol))
      plays[nth++ % plays.length]?.(socket, Buffer.from(text), stream ? 'text/event-stream' : 'application/json')
    }),
  ).listen({ port: 0, host: '127.0.0.1', backlog: 1024 })
  await once(server, 'listening')
  return server
}

test('requests that fail in every way leave no memory and nothing that waits', { timeout: 90_000 }, async () => {
  const waitingBefore = waiting()
  const server = await startUpstream()
  const { port } = server.address() as AddressInfo // it listens on TCP
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const gateway = await startWatchedGateway(baseUrl, {
    copilot: false,
    retries: 0,
    timeouts: { connect: 2000, headers: 500, idle: 500 },
    coolDown: { allowedFails: 1_000_000 },
    providers: names.map((name) => ({ name, type: 'compatible', endpoints: [name], baseUrl, apiKey: 'k' })),
  })

  const one = (nth: number): Promise<void> => {
    const from = names[nth % 3] ?? 'chat'
    const model = `${names[Math.floor(nth / 3) % 3]}/m`
    const input =
      from === 'responses' ? { input: 'hi' } : { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }
    const headers = { 'content-type': 'application/json' }
    return new Promise((resolve) => {
      const request = httpRequest(gateway.url + paths[from], { method: 'POST', agent: false, headers }, (answer) => {
        if (nth % 13 === 0) request.destroy()
        answer.on('error', () => undefined).on('close', resolve)
        answer.resume()
      })
      request.on('error', () => resolve())
      if (nth % 17 === 0) setTimeout(() => request.destroy(), nth % 40)
      request.end(JSON.stringify({ model, stream: nth % 2 === 0, ...input }))
    })
  }
  const run = heapAfter(one, atOnce, () => (gateway.lines.length = 0))

  const warm = await run(250)
  const end = await run(750)
  expect(end - warm).toBeLessThan(mostGrowth)

  await gateway.close()
  server.close()
  await expect.poll(waiting, { timeout: 10_000 }).toEqual(waitingBefore)
})
