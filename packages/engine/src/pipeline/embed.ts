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
  type EmbeddingReply,
  type EmbeddingRequest,
  type JsonObject,
  type Usage,
} from '@crossfeed/protocols'
import type { ClientHeaders, Supply } from '../providers/provider.ts'
import { lookUp } from '../routing/look-up.ts'
import type { Candidate, Route } from '../routing/route.ts'
import type { Answer, AnswerHeaders, Call, Flight } from '../transport/http.ts'
import { passHeaders, toHeaderValue } from './answer/answer-headers.ts'
import type { ClientOut, Running } from './client.ts'
import { withoutSecrets } from '../transport/hide-secrets.ts'
import { logFault } from './log-fault.ts'
import { mostCalls, type EngineParts } from './parts.ts'
import { readRefusal } from './answer/read-refusal.ts'
import { describeFailure, outcomeOf, type Outcome } from './record.ts'

/** A request for embeddings. */
export interface EmbeddingCall {
  readonly body: JsonObject
  readonly headers: ClientHeaders
  readonly path: string
  /** The provider that the path names. */
  readonly provider?: string | undefined
  readonly requestId: string
  /** Headers that go upstream over those that the provider writes, names in small letters. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined
}

/** Bytes of an answer, at most. */
const mostBytes = 256 * 1024 * 1024

/** Serves embeddings: one upstream call for each target of the way, one refresh of a stale sign-in. */
export function embed(parts: EngineParts, call: EmbeddingCall, out: ClientOut): Running {
  const embedding = new Embedding(parts, call, out)
  embedding.serve().catch((error: unknown) => embedding.fail(asGatewayError(error)))
  return { cancel: () => embedding.cancel(), abort: (error) => embedding.abort(error), drained: () => {} }
}

class Embedding {
  private readonly parts: EngineParts
  private readonly call: EmbeddingCall
  private readonly out: ClientOut
  private readonly startedAt: number
  private asked = ''
  private supply: Supply | undefined
  private readonly changes: string[] = []
  private calls = 0
  private over = false
  private flight: Flight | undefined
  private leave: () => void = () => {}
  /** Of the last answer. */
  private headers: AnswerHeaders = {}

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
    const session = (): undefined => undefined
    const route = await parts.router.route({ model: request.model, provider: call.provider, session })
    const { reply, headers } = await this.askAlong(route, request)
    const bytes = JSON.stringify(writeEmbeddingReply(reply, request.encoding))
    this.answer(200, bytes, passHeaders(headers), 'completed', { usage: reply.usage })
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

  abort(error: GatewayError): void {
    this.fail(error)
    this.flight?.cancel(error)
  }

  /** Asks the first target, then those that the router names when one fails. */
  private async askAlong(route: Route, request: EmbeddingRequest): Promise<Embedded> {
    const { parts } = this
    const tried: Supply[] = []
    const queue: Pick<Candidate, 'find'>[] = [{ find: () => route.first }]
    let failure: unknown
    for (let next = queue.shift(); next && this.calls < mostCalls; next = queue.shift()) {
      const supply = await lookUp(next)
      // Whoever has gone takes no turn from those who stay.
      if (this.over) break
      if (!supply || tried.includes(supply)) continue
      if (this.supply) this.changes.push(`failed-over:${nameOf(this.supply)}>${nameOf(supply)}`)
      this.supply = supply
      this.leave()
      await new Promise<void>((resolve) => (this.leave = parts.slotsOf(supply.provider).take(resolve)))
      try {
        const answer = await this.ask(supply, writeEmbeddingRequest({ ...request, model: supply.model }))
        parts.router.served(supply)
        return answer
      } catch (error) {
        failure ??= error
        if (!(error instanceof GatewayError)) throw error
        parts.router.failed(supply, error, supply.provider.readReset(this.headers))
        tried.push(supply)
        queue.splice(0, queue.length, ...parts.router.next(route, tried, error))
      }
    }
    throw failure ?? new GatewayError('cancelled', 499, 'The client went away.')
  }

  private async ask(supply: Supply, body: JsonObject, isRetry = false): Promise<Embedded> {
    const { parts, call } = this
    const { provider } = supply
    const facts = {
      requestId: call.requestId,
      request: call.body,
      body,
      from: 'chat',
      client: call.headers,
      note: () => {},
    } as const
    const address = await provider.embeddings(supply.model, facts)
    const headers = { ...address.headers, ...call.extraHeaders }
    const outgoing = { method: 'POST', ...address, headers, body: JSON.stringify(body) } as const
    this.headers = {}
    const answer = await this.send(outgoing).catch((error: unknown) => {
      throw error instanceof GatewayError ? provider.explain(error, address) : error
    })
    this.headers = answer.headers
    const text = answer.body.toString()
    if (answer.status < 300) {
      const reply = readReply(text, headers)
      if (reply instanceof GatewayError) throw provider.explain(reply, address)
      return { reply, headers: answer.headers }
    }
    const refused = { provider, protocol: 'chat', sent: headers, now: parts.clock.now() } as const
    const error = readRefusal({ ...answer, text }, refused)
    if (!isRetry && provider.isStaleLogin(error, address)) return this.ask(supply, body, true)
    throw provider.explain(error, address)
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
      ...(this.supply && {
        'x-crossfeed-provider': this.supply.provider.id,
        'x-crossfeed-model': toHeaderValue(this.supply.model),
      }),
      ...(this.changes.length > 0 && { 'x-crossfeed-changes': toHeaderValue(this.changes.join(', ')) }),
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
      model: this.supply?.model ?? '',
      provider: this.supply?.provider.id ?? '',
      plan: 'relay embeddings',
      stream: false,
      status,
      outcome,
      usage,
      firstByteMs: outcome === 'completed' ? totalMs : undefined,
      totalMs,
      calls: this.calls,
      initiator: undefined,
      changes: this.changes,
      losses: [],
      error: error && describeFailure(error),
    })
  }
}

/** The reply in an answer's body, or the error that a 200 wraps. */
function readReply(text: string, sent: Readonly<Record<string, string>>): EmbeddingReply | GatewayError {
  const json = parseJson(text)
  if (!isObject(json)) return garbled('is not a JSON object')
  if (isObject(json['error'])) return withoutSecrets(chat.readError(502, json), sent)
  return Array.isArray(json['data']) ? readEmbeddingReply(json) : garbled('holds no embeddings')
}

function garbled(what: string): GatewayError {
  return new GatewayError('upstream', 502, `The upstream sent an answer that ${what}.`, { reason: 'answer-garbled' })
}

interface Embedded {
  readonly reply: EmbeddingReply
  readonly headers: AnswerHeaders
}

interface Ending {
  readonly usage?: Usage | undefined
  readonly error?: GatewayError
}

function nameOf(supply: Supply): string {
  return `${supply.provider.id}/${supply.info.id}`
}
