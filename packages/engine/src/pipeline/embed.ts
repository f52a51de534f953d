import {
  asGatewayError,
  chat,
  GatewayError,
  isObject,
  parseJson,
  readEmbeddingReply,
  readEmbeddingRequest,
  writeEmbeddingReply,
  writeEmbeddingRequest,
  type JsonObject,
  type Usage,
} from '@crossfeed/protocols'
import type { ClientHeaders } from '../providers/provider.ts'
import type { Answer, AnswerHeaders, Call, Flight } from '../transport/http.ts'
import { passHeaders, readRetryAfter, toHeaderValue } from './answer-headers.ts'
import type { ClientOut, Running } from './client.ts'
import { outcomeOf } from './exchange.ts'
import { hideSecrets } from './hide-secrets.ts'
import { logFault } from './log-fault.ts'
import type { EngineParts } from './parts.ts'
import type { Outcome } from './record.ts'

/** A request for embeddings. */
export interface EmbeddingCall {
  readonly body: JsonObject
  readonly headers: ClientHeaders
  readonly path: string
  readonly requestId: string
}

/** Bytes of an answer, at most. */
const mostBytes = 256 * 1024 * 1024

/** Serves embeddings: one upstream call, one refresh of a stale sign-in. */
export function embed(parts: EngineParts, call: EmbeddingCall, out: ClientOut): Running {
  const embedding = new Embedding(parts, call, out)
  embedding.serve().catch((error: unknown) => embedding.fail(asGatewayError(error)))
  return { cancel: () => embedding.cancel(), drained: () => {} }
}

class Embedding {
  private readonly parts: EngineParts
  private readonly call: EmbeddingCall
  private readonly out: ClientOut
  private readonly startedAt: number
  private asked = ''
  private model = ''
  private calls = 0
  private over = false
  private flight: Flight | undefined
  private leave: () => void = () => {}

  constructor(parts: EngineParts, call: EmbeddingCall, out: ClientOut) {
    this.parts = parts
    this.call = call
    this.out = out
    this.startedAt = parts.clock.now()
  }

  async serve(): Promise<void> {
    const { parts, call } = this
    const request = readEmbeddingRequest(call.body)
    this.asked = request.model
    const supply = await parts.provider.find(parts.mapModel(request.model))
    this.model = supply?.model ?? request.model
    const body = writeEmbeddingRequest({ ...request, model: this.model })
    await new Promise<void>((resolve) => (this.leave = parts.slots.take(resolve)))
    const answer = await this.ask(body)
    const json = parseJson(answer.body.toString())
    if (!isObject(json))
      throw new GatewayError('upstream', 502, 'The upstream sent an answer that is not a JSON object.', {
        reason: 'answer-garbled',
      })
    const reply = readEmbeddingReply(json)
    const bytes = JSON.stringify(writeEmbeddingReply(reply, request.encoding))
    this.answer(200, bytes, passHeaders(answer.headers), 'completed', { usage: reply.usage })
  }

  fail(error: GatewayError): void {
    const { status, body } = chat.writeError(error)
    const retry = error.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfter)) }
    this.answer(status, JSON.stringify(body), retry, outcomeOf(error), { error })
  }

  cancel(): void {
    if (this.over) return
    this.end(499, 'cancelled', {})
    this.flight?.cancel('the client went away')
  }

  private async ask(body: JsonObject, isRetry = false): Promise<Answer> {
    const { parts, call } = this
    const facts = {
      requestId: call.requestId,
      request: call.body,
      body,
      from: 'chat',
      client: call.headers,
      note: () => {},
    } as const
    const address = await parts.provider.embeddings(this.model, facts)
    const answer = await this.send({
      method: 'POST',
      origin: address.origin,
      path: address.path,
      headers: address.headers,
      body: JSON.stringify(body),
    })
    if (answer.status < 300) return answer
    const text = hideSecrets(answer.body.toString(), address.headers)
    const error = chat.readError(answer.status >= 400 ? answer.status : 502, parseJson(text) ?? text)
    if (!isRetry && parts.provider.isStaleLogin(error, address)) return this.ask(body, true)
    const retryAfter = readRetryAfter(answer.headers, error.message, parts.clock.now())
    throw new GatewayError(error.code, error.status, error.message, {
      cause: error,
      ...(retryAfter === undefined ? {} : { retryAfter }),
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
    })
  }

  /** A whole answer, of a call that ends when the client goes. */
  private send(call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.over) return reject(new GatewayError('cancelled', 499, 'The client went away.'))
      const chunks: Buffer[] = []
      let size = 0
      let status = 0
      let headers: AnswerHeaders = {}
      this.calls++
      this.flight = this.parts.transport.send(call, {
        headers(answerStatus, answerHeaders) {
          status = answerStatus
          headers = answerHeaders
        },
        data: (chunk) => {
          size += chunk.length
          if (size <= mostBytes) return void chunks.push(chunk)
          reject(new GatewayError('upstream', 502, 'The embeddings are too large.', { reason: 'answer-too-large' }))
          this.flight?.cancel('the answer is too large')
        },
        end: () => resolve({ status, headers, body: Buffer.concat(chunks) }),
        fail: reject,
      })
    })
  }

  private answer(
    status: number,
    bytes: string,
    headers: Record<string, string | string[]>,
    outcome: Outcome,
    ending: Ending,
  ): void {
    if (this.over) return
    this.out.begin(status, {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(bytes)),
      'x-crossfeed-request-id': this.call.requestId,
      'x-crossfeed-provider': this.parts.provider.id,
      'x-crossfeed-model': toHeaderValue(this.model),
    })
    this.end(status, outcome, ending)
    this.out.end(bytes)
  }

  private end(status: number, outcome: Outcome, { usage, error }: Ending): void {
    this.over = true
    logFault(this.parts.log, this.call.requestId, error)
    this.leave()
    const totalMs = this.parts.clock.now() - this.startedAt
    this.parts.record({
      requestId: this.call.requestId,
      path: this.call.path,
      protocol: 'embeddings',
      asked: this.asked,
      model: this.model,
      provider: this.parts.provider.id,
      plan: 'relay embeddings',
      stream: false,
      status,
      outcome,
      usage,
      firstByteMs: outcome === 'completed' ? totalMs : undefined,
      totalMs,
      calls: this.calls,
      initiator: undefined,
      changes: [],
      losses: [],
      error: error && { message: error.message, reason: error.reason, upstreamId: error.upstream?.requestId },
    })
  }
}

interface Ending {
  readonly usage?: Usage | undefined
  readonly error?: GatewayError
}
