import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asObject, asString, parseObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'

/** A call of a model, as it arrived. */
export interface ModelCall {
  /** The first part of the path: which supply was meant. */
  readonly supply: string
  readonly model: string
  readonly protocol: ProtocolId | 'embeddings'
  /** What let it in. */
  readonly secret: string
  readonly body: JsonObject
  readonly at: number
  /** When its client left before it had the answer; undefined where it stayed. */
  leftAt: number | undefined
}

/** One server for many supplies, each under a path of its own, whose model calls are answered by a test. */
export interface FailingServer {
  readonly url: string
  readonly calls: ModelCall[]
  /** Requests for model lists, by supply. */
  readonly lists: string[]
  close(): Promise<void>
}

export type AnswerCall = (response: ServerResponse, call: ModelCall) => void

/** Starts it. `list` answers requests for model lists, with an empty list by default. */
export async function startFailingServer(
  answer: AnswerCall,
  list: (response: ServerResponse, supply: string) => void = emptyList,
): Promise<FailingServer> {
  const calls: ModelCall[] = []
  const lists: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const supply = request.url?.split('/')[1] ?? ''
      if (request.method === 'GET') {
        lists.push(supply)
        return list(response, supply)
      }
      const call = readCall(supply, request, Buffer.concat(chunks).toString())
      calls.push(call)
      response.on('close', () => {
        if (!response.writableFinished) call.leftAt = Date.now()
      })
      answer(response, call)
    })
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    lists,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function readCall(supply: string, request: IncomingMessage, text: string): ModelCall {
  const body = parseObject(text) ?? {}
  const { url = '', headers } = request
  const deployment = /\/deployments\/([^/]+)\//.exec(url)?.[1]
  const ending = /(chat\/completions|responses|messages|embeddings)(?:\?|$)/.exec(url)?.[1] ?? ''
  const secret = headers['authorization']?.replace(/^Bearer /, '') ?? headers['x-api-key'] ?? headers['api-key'] ?? ''
  return {
    supply,
    model: decodeURIComponent(deployment ?? asString(body['model']) ?? ''),
    protocol: ending === 'chat/completions' ? 'chat' : (ending as ProtocolId | 'embeddings'), // one of those in the pattern
    secret: String(secret),
    body,
    at: Date.now(),
    leftAt: undefined,
  }
}

function emptyList(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[],"models":[]}')
}

const frame = (data: JsonObject): string =>
  `${asString(data['type']) ? `event: ${asString(data['type'])}\n` : ''}data: ${JSON.stringify(data)}\n\n`
const chunk = (delta: JsonObject, finish: string | null): string =>
  frame({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
const message = (text: string): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
})
const responseOf = (status: string, more: JsonObject): JsonObject => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status,
  output: [],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  ...more,
})

/** What a stream begins with, up to and with its first word. */
export function firstWord(protocol: ProtocolId, text = 'Hello'): string {
  if (protocol === 'chat') return chunk({ role: 'assistant', content: text }, null)
  if (protocol === 'messages') {
    const start = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null }
    return (
      frame({ type: 'message_start', message: { ...start, usage: { input_tokens: 1, output_tokens: 1 } } }) +
      frame({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) +
      frame({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
    )
  }
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const item = { ...message(''), status: 'in_progress', content: [] }
  const part = { type: 'output_text', text: '', annotations: [] }
  return (
    frame({ type: 'response.created', sequence_number: 0, response: responseOf('in_progress', {}) }) +
    frame({ type: 'response.output_item.added', sequence_number: 1, output_index: 0, item }) +
    frame({ type: 'response.content_part.added', sequence_number: 2, ...at, part }) +
    frame({ type: 'response.output_text.delta', sequence_number: 3, ...at, delta: text })
  )
}

/** What ends a stream well after its first word. */
export function lastWord(protocol: ProtocolId, text = 'Hello'): string {
  if (protocol === 'chat') return `${chunk({}, 'stop')}data: [DONE]\n\n`
  if (protocol === 'messages')
    return (
      frame({ type: 'content_block_stop', index: 0 }) +
      frame({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }) +
      frame({ type: 'message_stop' })
    )
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const part = { type: 'output_text', text, annotations: [] }
  return (
    frame({ type: 'response.output_text.done', sequence_number: 4, ...at, text }) +
    frame({ type: 'response.content_part.done', sequence_number: 5, ...at, part }) +
    frame({ type: 'response.output_item.done', sequence_number: 6, output_index: 0, item: message(text) }) +
    frame({
      type: 'response.completed',
      sequence_number: 7,
      response: responseOf('completed', { output: [message(text)] }),
    })
  )
}

/** What fails a stream. */
export function streamError(protocol: ProtocolId, error: JsonObject): string {
  if (protocol === 'chat') return frame({ error })
  if (protocol === 'messages') return frame({ type: 'error', error: { type: 'odd_error', ...error } })
  // A code that stands for no status, as the errors of the other two have none.
  const response = responseOf('failed', { error: { code: 'vendor_fault', ...error } })
  return frame({ type: 'response.failed', sequence_number: 4, response })
}

/** A whole answer. */
export function whole(protocol: ProtocolId, text = 'Hello'): JsonObject {
  if (protocol === 'responses') return responseOf('completed', { output: [message(text)] })
  if (protocol === 'messages')
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 1 },
    }
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }
}

/** Answers a model call well, as a stream where it asks for one. */
export function serve(response: ServerResponse, call: ModelCall, text = 'Hello'): void {
  if (call.protocol === 'embeddings') {
    const data = [{ object: 'embedding', index: 0, embedding: [1, 2] }]
    return answerJson(response, 200, { object: 'list', data, model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } })
  }
  if (call.body['stream'] !== true) return answerJson(response, 200, whole(call.protocol, text))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(firstWord(call.protocol, text) + lastWord(call.protocol, text))
}

/** Answers with JSON. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** The error of a client's answer, whatever its protocol; undefined where there is none. */
export function errorIn(answer: JsonObject | undefined): JsonObject | undefined {
  return asObject(answer?.['error']) ?? asObject(asObject(answer?.['response'])?.['error'])
}
