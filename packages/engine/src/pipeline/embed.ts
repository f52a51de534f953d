import {
  chat,
  GatewayError,
  isObject,
  parseJson,
  readEmbeddingReply,
  readEmbeddingRequest,
  writeEmbeddingReply,
  writeEmbeddingRequest,
  type JsonObject,
} from '@crossfeed/protocols'
import type { ClientHeaders } from '../providers/provider.ts'
import type { Answer } from '../transport/http.ts'
import { asGatewayError } from './answer.ts'
import { passHeaders, readRetryAfter, toHeaderValue } from './answer-headers.ts'
import type { ClientOut, Running } from './client.ts'
import type { EngineParts } from './parts.ts'

/** A request for embeddings. */
export interface EmbeddingCall {
  readonly body: JsonObject
  readonly headers: ClientHeaders
  readonly path: string
  readonly requestId: string
}

/** Serves embeddings: one upstream call, one refresh of a stale sign-in. */
export function embed(parts: EngineParts, call: EmbeddingCall, out: ClientOut): Running {
  const gone = new AbortController()
  serve(parts, call, out, gone.signal).catch((error: unknown) => {
    if (!gone.signal.aborted) fail(call, out, asGatewayError(error))
  })
  return { cancel: () => gone.abort(), drained: () => {} }
}

async function serve(parts: EngineParts, call: EmbeddingCall, out: ClientOut, gone: AbortSignal): Promise<void> {
  const startedAt = parts.clock.now()
  const request = readEmbeddingRequest(call.body)
  const supply = await parts.provider.find(parts.mapModel(request.model))
  const model = supply?.model ?? request.model
  const body = writeEmbeddingRequest({ ...request, model })
  const answer = await ask(parts, call, model, body)
  if (gone.aborted) return
  const json = parseJson(answer.body.toString())
  if (!isObject(json))
    throw new GatewayError('upstream', 502, 'The upstream sent an answer that is not a JSON object.', {
      reason: 'answer-garbled',
    })
  const reply = readEmbeddingReply(json)
  const bytes = JSON.stringify(writeEmbeddingReply(reply, request.encoding))
  out.begin(200, {
    ...passHeaders(answer.headers),
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(bytes)),
    'x-crossfeed-request-id': call.requestId,
    'x-crossfeed-provider': parts.provider.id,
    'x-crossfeed-model': toHeaderValue(model),
  })
  out.end(bytes)
  const totalMs = parts.clock.now() - startedAt
  parts.record({
    requestId: call.requestId,
    path: call.path,
    protocol: 'embeddings',
    asked: request.model,
    model,
    provider: parts.provider.id,
    plan: 'relay embeddings',
    stream: false,
    status: 200,
    outcome: 'completed',
    usage: reply.usage,
    firstByteMs: totalMs,
    totalMs,
    calls: 1,
    initiator: undefined,
    changes: [],
    losses: [],
    error: undefined,
  })
}

async function ask(
  parts: EngineParts,
  call: EmbeddingCall,
  model: string,
  body: JsonObject,
  isRetry = false,
): Promise<Answer> {
  const facts = {
    requestId: call.requestId,
    request: call.body,
    body,
    from: 'chat',
    client: call.headers,
    note: () => {},
  } as const
  const address = await parts.provider.embeddings(model, facts)
  const answer = await parts.transport.request({
    method: 'POST',
    origin: address.origin,
    path: address.path,
    headers: address.headers,
    body: JSON.stringify(body),
  })
  if (answer.status < 300) return answer
  const text = answer.body.toString()
  const error = chat.readError(answer.status, parseJson(text) ?? text)
  if (!isRetry && parts.provider.isStaleLogin(error, address)) return ask(parts, call, model, body, true)
  const retryAfter = readRetryAfter(answer.headers, error.message, parts.clock.now())
  throw new GatewayError(error.code, error.status, error.message, {
    cause: error,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
  })
}

function fail(call: EmbeddingCall, out: ClientOut, error: GatewayError): void {
  const { status, body } = chat.writeError(error)
  const bytes = JSON.stringify(body)
  out.begin(status, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(bytes)),
    'x-crossfeed-request-id': call.requestId,
    ...(error.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfter)) }),
  })
  out.end(bytes)
}
