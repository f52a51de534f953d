import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it came. */
interface Asked {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

/** A server that answers `Hello!` in whatever protocol it is asked in, or with an error. */
export interface Upstream {
  readonly url: string
  readonly asked: Asked[]
  /** From now on everything is answered with this status. */
  fail(status: number, message: string): void
  close(): Promise<void>
}

/** Starts one. */
export async function startUpstream(): Promise<Upstream> {
  const asked: Asked[] = []
  let failure: { status: number; message: string } | undefined
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const path = request.url ?? ''
      asked.push({
        method: request.method ?? '',
        path,
        headers: request.headers,
        body: text === '' ? {} : JSON.parse(text),
      })
      if (failure) {
        const { status, message } = failure
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }))
      } else if (request.method === 'GET') {
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"no list"}}')
      } else {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(framesFor(path).map(frame).join(''))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    fail: (status, message) => (failure = { status, message }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function frame(data: object | '[DONE]'): string {
  const name = data !== '[DONE]' && 'type' in data ? `event: ${String(data.type)}\n` : ''
  return `${name}data: ${data === '[DONE]' ? data : JSON.stringify(data)}\n\n`
}

function framesFor(path: string): readonly (object | '[DONE]')[] {
  if (path.includes('/chat/completions')) return chat
  return path.includes('/messages') ? messages : responses
}

const chunk = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const chat = [
  { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello!' }, finish_reason: null }] },
  { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  { ...chunk, choices: [], usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 } },
  '[DONE]' as const,
]

const messages = [
  {
    type: 'message_start',
    message: {
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 0 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello!' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
]

const part = { type: 'output_text', text: 'Hello!', annotations: [] }
const item = { id: 'i1', type: 'message', role: 'assistant', status: 'completed', content: [part] }
const response = { id: 'r1', object: 'response', created_at: 1, model: 'm', status: 'in_progress', output: [] }
const place = { item_id: 'i1', output_index: 0, content_index: 0 }
const responses = [
  { type: 'response.created', sequence_number: 0, response },
  { type: 'response.output_item.added', sequence_number: 1, output_index: 0, item: { ...item, content: [] } },
  { type: 'response.content_part.added', sequence_number: 2, ...place, part: { ...part, text: '' } },
  { type: 'response.output_text.delta', sequence_number: 3, ...place, delta: 'Hello!' },
  { type: 'response.output_text.done', sequence_number: 4, ...place, text: 'Hello!' },
  { type: 'response.content_part.done', sequence_number: 5, ...place, part },
  { type: 'response.output_item.done', sequence_number: 6, output_index: 0, item },
  {
    type: 'response.completed',
    sequence_number: 7,
    response: {
      ...response,
      status: 'completed',
      output: [item],
      usage: { input_tokens: 10, output_tokens: 2, total_tokens: 12 },
    },
  },
]
