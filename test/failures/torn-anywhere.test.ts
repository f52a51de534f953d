import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { asObject, asObjects, asString, parseObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstWord, lastWord, whole } from './failing-server.ts'
import { onRawRequest } from './raw-requests.ts'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

// An upstream's answer is torn at many places of its bytes: in its head, between and within chunks, lines and characters. What
// the client has then is the whole answer with its end, or an error in its protocol, and never something in between.

const word = 'Grüße 🌍 und so fort'
const clients = ['chat', 'responses', 'messages'] as const
const paths = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' } as const

/** The answer that is played now, and how much of it. */
let wire: Buffer = Buffer.alloc(0)
let leave: (socket: Socket) => void = () => {}
let server: Server
let gateway: WatchedGateway
beforeAll(async () => {
  server = createServer({ noDelay: true }, (socket) =>
    onRawRequest(socket, () => socket.write(wire, () => leave(socket))),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const baseUrl = `http://127.0.0.1:${port}/v1`
  gateway = await startWatchedGateway(baseUrl, {
    copilot: false,
    retries: 0,
    coolDown: { allowedFails: 1_000_000 },
    providers: clients.map((name) => ({ name, type: 'compatible', endpoints: [name], baseUrl, apiKey: 'k' })),
  })
})
afterAll(async () => {
  await gateway.close()
  server.close()
})

const chunkOf = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

/** All bytes of a good answer in chunks that take no heed of lines and characters. */
function answerOf(protocol: ProtocolId, stream: boolean): Buffer {
  const text = stream ? firstWord(protocol, word) + lastWord(protocol, word) : JSON.stringify(whole(protocol, word))
  const body = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(body.length / 37) }, (_, at) =>
    chunkOf(body.subarray(at * 37, at * 37 + 37)),
  )
  const type = stream ? 'text/event-stream' : 'application/json'
  const head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`
  return Buffer.concat([Buffer.from(head), ...chunks, Buffer.from('0\r\n\r\n')])
}

/** What a client has got: `whole`, `error`, or the words for what is neither. */
async function ask(from: ProtocolId, to: ProtocolId, stream: boolean): Promise<string> {
  const model = `${to}/m`
  const input = from === 'responses' ? { input: 'hi' } : { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }
  const answer = await fetch(gateway.url + paths[from], {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, ...input }),
  })
  const text = await answer.text()
  if (text.includes('\ufffd')) return `half a character: ${text}`
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) return judgeStream(from, text)
  const body = parseObject(text)
  if (!body) return `no JSON: ${text}`
  if (answer.status >= 400) return asObject(body['error']) ? 'error' : `no error: ${text}`
  return JSON.stringify(body).includes(word) ? 'whole' : `not all of it: ${text}`
}

function judgeStream(from: ProtocolId, text: string): string {
  if (!text.endsWith('\n\n')) return `half an event: ${text}`
  const events = text.split('\n\n').flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? [])
  const last = events.at(-1) ?? ''
  if (last === '[DONE]' && from === 'chat') return saidIn(events) === word ? 'whole' : `not all of it: ${text}`
  const end = parseObject(last)
  if (!end) return `no end: ${text}`
  if (asObject(end['error']) || asObject(asObject(end['response'])?.['error'])) return 'error'
  const isEnd = end['type'] === 'message_stop' || end['type'] === 'response.completed'
  return isEnd && saidIn(events) === word ? 'whole' : `no end: ${text}`
}

function saidIn(events: readonly string[]): string {
  return events.map((event) => deltaOf(parseObject(event) ?? {})).join('')
}

function deltaOf(event: JsonObject): string {
  const { delta } = event
  if (typeof delta === 'string') return delta
  return (
    asString(asObject(delta)?.['text']) ??
    asString(asObject(asObjects(event['choices'])[0]?.['delta'])?.['content']) ??
    ''
  )
}

const ways: Readonly<Record<string, (socket: Socket) => void>> = {
  'closes the connection': (socket) => socket.end(),
  // A reset overtakes what is on its way, so it waits for it.
  'resets the connection': (socket) => void setTimeout(() => socket.resetAndDestroy(), 2),
}

test.each(
  clients.flatMap((to) =>
    [true, false].flatMap((stream) => Object.keys(ways).map((way) => [to, stream, way] as const)),
  ),
)('an upstream of %s (stream: %s) that %s anywhere', { timeout: 60_000 }, async (to, stream, way) => {
  const all = answerOf(to, stream)
  const seen = new Set<string>()
  for (let cut = 1; cut < all.length; cut += 29) {
    wire = all.subarray(0, cut)
    leave = ways[way]!
    for (const one of await Promise.all(clients.map((from) => ask(from, to, stream)))) seen.add(one)
  }
  expect([...seen].filter((one) => one !== 'whole')).toEqual(['error'])

  wire = all
  leave = () => {}
  expect(await Promise.all(clients.map((from) => ask(from, to, stream)))).toEqual(['whole', 'whole', 'whole'])
})
