import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { answerModelCall } from '../copilot/model-call.ts'
import { quotaSnapshots } from '../copilot/quota.ts'
import { authorizeCopilot } from '../github/credentials.ts'
import { isGiven, isObject, objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { badRequest, Refusal, writeRefusal } from '../refusal.ts'
import { responsesFace } from '../copilot/responses.ts'
import type { Outcome } from '../server/outcome.ts'
import { recordCall } from '../server/recorder.ts'
import type { Call, EmulatorState } from '../state.ts'
import { createFrameReader, writeClose, writeFrame } from './frames.ts'

/** What a socket remembers: the last answer, by which a frame with `previous_response_id` goes on. */
interface Memory {
  lastId?: string
  items: readonly unknown[]
}

const closeCodes = {
  'ws-close-1001': 1001,
  'ws-close-1011': 1011,
  'ws-close-1012': 1012,
  'ws-close-1013': 1013,
} as const

/** Answers an HTTP upgrade: `/responses` becomes a WebSocket (Q29), everything else is refused as HTTP. */
export function upgrade(request: IncomingMessage, socket: Socket, head: Buffer, state: EmulatorState): void {
  const call: Call = {
    method: 'GET',
    path: (request.url ?? '/').split('?', 1)[0] ?? '/',
    query: (request.url ?? '/').split('?', 2)[1] ?? '',
    headers: request.headers,
    raw: '',
    body: undefined,
  }
  // A client that resets its connection has left: `close` follows and ends what runs.
  socket.on('error', () => socket.destroy())
  const record = recordCall(call, state)
  try {
    authorizeCopilot(call, state, false)
    if (call.path !== '/responses') throw new Refusal(404, 'not found', { plain: '404 page not found\n' })
    if (state.quirks['ws-refused'])
      throw new Refusal(426, 'upgrade required', { plain: 'websocket is not available\n' })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const refused = writeRefusal(error, call.path, state.quirks)
    record.status = refused.status
    const body = refused.chunks.join('')
    const type = refused.headers['content-type'] ?? 'text/plain'
    socket.end(
      `HTTP/1.1 ${refused.status} Refused\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    )
    return
  }
  record.status = 101
  const accept = createHash('sha1')
    .update(`${stringOf(request.headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
  )
  listen(socket, head, call, state)
}

function listen(socket: Socket, head: Buffer, call: Call, state: EmulatorState): void {
  const read = createFrameReader()
  const memory: Memory = { items: [] }
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  // One request at a time: a frame waits for the answer before it.
  let queue = Promise.resolve()
  const receive = (bytes: Buffer): void => {
    for (const message of read(bytes)) {
      if (message.type === 'ping') socket.write(writeFrame('pong', message.payload))
      if (message.type === 'close') socket.end(writeClose(message.code === 1005 ? 1000 : message.code))
      if (message.type === 'invalid') socket.end(writeClose(1002, message.reason))
      if (message.type !== 'text') continue
      queue = queue
        .then(() => answerFrame(socket, { ...call, raw: message.text }, memory, state, gone.signal))
        .catch((error: unknown) => {
          // Whoever has left needs no answer; anything else is a fault of the emulator itself.
          if (!gone.signal.aborted) socket.end(writeClose(1011, String(error).slice(0, 100)))
        })
    }
  }
  socket.on('data', receive)
  receive(head)
}

async function answerFrame(
  socket: Socket,
  call: Call,
  memory: Memory,
  state: EmulatorState,
  signal: AbortSignal,
): Promise<void> {
  const record = recordCall({ ...call, method: 'WS', body: parse(call.raw) }, state)
  const code = Object.entries(closeCodes).find(([name]) => state.quirks[name as keyof typeof closeCodes])?.[1]
  if (code !== undefined) return void socket.end(writeClose(code, 'try again later'))
  if (state.quirks['ws-dropped-at-start']) return void socket.destroy()
  const outcome = await answer(call, memory, state)
  record.status = outcome.status
  const texts = outcome.status === 200 ? dataOf(outcome) : [JSON.stringify(errorFrame(outcome, state))]
  const half = Math.floor(texts.length / 2)
  const pacing = outcome.pacing ?? {}
  const cut = state.quirks['ws-dropped-mid-answer'] ? half : pacing.cut?.afterEvents
  try {
    if (pacing.beforeHeaders) await wait(pacing.beforeHeaders, undefined, { signal })
    for (const [index, text] of texts.entries()) {
      if (index === cut) return void socket.destroy()
      if (pacing.silence?.afterEvents === index) await wait(pacing.silence.ms, undefined, { signal })
      if (index > 0 && pacing.betweenChunks) await wait(pacing.betweenChunks, undefined, { signal })
      signal.throwIfAborted()
      socket.write(writeFrame('text', Buffer.from(withSnapshots(text, state))))
    }
  } catch (error) {
    record.aborted = signal.aborted
    throw error
  }
  record.finished = true
}

/** The answer to a frame: the HTTP body without `stream`, with the socket's own members taken out. */
async function answer(call: Call, memory: Memory, state: EmulatorState): Promise<Outcome> {
  try {
    const frame = parse(call.raw)
    if (!isObject(frame) || frame['type'] !== 'response.create')
      throw badRequest('expected a response.create frame', 'bad_request')
    const {
      type: _type,
      initiator: _initiator,
      agent_task_id: _task,
      headers: _headers,
      previous_response_id: previous,
      ...rest
    } = frame
    if (isGiven(previous) && previous !== memory.lastId) {
      throw badRequest(`Previous response with id '${stringOf(previous)}' not found.`, 'previous_response_not_found')
    }
    const added = Array.isArray(rest['input']) ? rest['input'] : [{ role: 'user', content: rest['input'] }]
    const input: readonly unknown[] = isGiven(previous) ? [...memory.items, ...added] : added
    const outcome = await answerModelCall(responsesFace, { ...call, body: { ...rest, input, stream: true } }, state)
    remember(outcome, input, memory)
    return outcome
  } catch (error) {
    if (error instanceof Refusal) return writeRefusal(error, '/responses', state.quirks)
    throw error
  }
}

/** Only the last completed answer can be gone on from. Its items are kept without ids: those would be foreign (Q23). */
function remember(outcome: Outcome, input: readonly unknown[], memory: Memory): void {
  const last = parse(dataOf(outcome).at(-1) ?? '')
  const response = isObject(last) && last['type'] === 'response.completed' ? last['response'] : undefined
  delete memory.lastId
  if (!isObject(response)) return
  memory.lastId = stringOf(response['id'])
  const output = objectsOf(response['output']).filter(
    (item) => item['type'] !== 'reasoning' || isGiven(item['encrypted_content']),
  )
  memory.items = [...input, ...output.map(({ id: _id, ...item }) => item)]
}

const dataOf = ({ chunks }: Outcome): readonly string[] =>
  chunks.flatMap((chunk) =>
    chunk.split('\n').flatMap((line) => (line.startsWith('data: {') ? line.slice('data: '.length) : [])),
  )

/** Errors are nested on the socket. */
function errorFrame(outcome: Outcome, state: EmulatorState): JsonObject {
  const body = parse(outcome.chunks.join(''))
  const inner = isObject(body) && isObject(body['error']) ? body['error'] : {}
  const message = stringOf(inner['message']) || outcome.chunks.join('').trim()
  return { type: 'error', error: { code: stringOf(inner['code']) || 'bad_request', message }, ...snapshotsOf(state) }
}

const snapshotsOf = (state: EmulatorState): JsonObject =>
  state.quirks['ws-quota-snapshots'] ? { copilot_quota_snapshots: quotaSnapshots(state) } : {}

const withSnapshots = (text: string, state: EmulatorState): string => {
  if (!text.startsWith('{"type":"response.completed"')) return text
  const event = parse(text)
  return isObject(event) ? JSON.stringify({ ...event, ...snapshotsOf(state) }) : text
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller refuses what is no object.
    return undefined
  }
}
