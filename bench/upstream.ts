// The fake upstream, a program of its own: `node bench/upstream.ts <port>`. Raw sockets and answers made beforehand,
// so that what is measured is the gateway and not this. GET /settings?chunks=200&interval=0 sets the pace of streams
// (milliseconds between chunks; 0 sends them all at once).
import { createServer, type Socket } from 'node:net'
import {
  chatAnswer,
  chatStream,
  messagesAnswer,
  messagesStream,
  signInAnswers,
  stamp,
  type StreamParts,
} from './answers.ts'
import { createRequestReader, type RawRequest } from './read-request.ts'

interface Dialect {
  readonly answer: Buffer
  readonly head: Buffer
  readonly delta: Buffer
  /** Where the digits of the stamp begin in `delta`. */
  readonly stampAt: number
  readonly tail: Buffer
}

const port = Number(process.argv[2])
const settings = { chunks: 200, interval: 0 }
const dialects = new Map([
  ['/chat/completions', createDialect(chatAnswer, chatStream)],
  ['/messages', createDialect(messagesAnswer, messagesStream)],
])
const others = new Map(Object.entries(signInAnswers(port)).map(([end, body]) => [end, wholeAnswer(200, body)]))
const notFound = wholeAnswer(404, { error: { message: 'The fake upstream has nothing here.' } })

createServer({ noDelay: true }, serve).listen({ port, host: '127.0.0.1', backlog: 8192 })

function serve(socket: Socket): void {
  const reader = createRequestReader()
  let busy = false
  const next = (): void => {
    if (busy) return
    const request = reader.take()
    if (!request) return
    busy = true
    answer(socket, request, () => {
      busy = false
      setImmediate(next)
    })
  }
  socket.on('data', (bytes: Buffer) => {
    reader.push(bytes)
    next()
  })
  // A peer that goes away is an everyday event here: `close` follows and ends its stream.
  socket.on('error', () => {})
}

function answer(socket: Socket, request: RawRequest, done: () => void): void {
  const [path = '/', query] = request.target.split('?', 2)
  const dialect = endsWithOneOf(dialects, path)
  if (dialect && request.body.includes('"stream":true')) {
    stream(socket, dialect, done)
    return
  }
  if (path === '/settings') {
    const asked = new URLSearchParams(query)
    settings.chunks = Number(asked.get('chunks'))
    settings.interval = Number(asked.get('interval'))
    socket.write(wholeAnswer(200, settings))
  } else {
    socket.write(dialect?.answer ?? endsWithOneOf(others, path) ?? notFound)
  }
  done()
}

function stream(socket: Socket, dialect: Dialect, done: () => void): void {
  const end = (): void => {
    socket.write(dialect.tail)
    done()
  }
  socket.write(dialect.head)
  let left = settings.chunks
  if (settings.interval === 0) {
    for (; left > 0; left--) writeDelta(socket, dialect)
    end()
    return
  }
  const timer = setInterval(() => {
    if (socket.destroyed) {
      clearInterval(timer)
    } else if (left-- > 0) {
      writeDelta(socket, dialect)
    } else {
      clearInterval(timer)
      end()
    }
  }, settings.interval)
}

function writeDelta(socket: Socket, dialect: Dialect): void {
  const bytes = Buffer.from(dialect.delta)
  bytes.write(String(process.hrtime.bigint() / 1000n).padStart(stamp.digits, '0'), dialect.stampAt, 'latin1')
  socket.write(bytes)
}

function createDialect(whole: unknown, parts: StreamParts): Dialect {
  const delta = httpChunk(parts.delta)
  const head =
    'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n' +
    'transfer-encoding: chunked\r\n\r\n'
  return {
    answer: wholeAnswer(200, whole),
    head: Buffer.concat([Buffer.from(head), ...parts.head.map(httpChunk)]),
    delta,
    stampAt: delta.indexOf(stamp.start) + stamp.start.length,
    tail: Buffer.concat([...parts.tail.map(httpChunk), Buffer.from('0\r\n\r\n')]),
  }
}

function httpChunk(content: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(content).toString(16)}\r\n${content}\r\n`)
}

function wholeAnswer(status: number, body: unknown): Buffer {
  const content = JSON.stringify(body)
  const length = Buffer.byteLength(content)
  return Buffer.from(
    `HTTP/1.1 ${status} Bench\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${content}`,
  )
}

function endsWithOneOf<Value>(byEnd: ReadonlyMap<string, Value>, path: string): Value | undefined {
  for (const [end, value] of byEnd) if (path.endsWith(end)) return value
  return undefined
}
