import { asGatewayError, GatewayError, responses, type JsonObject } from '@crossfeed/protocols'
import type { Address, CallFacts, ClientHeaders, Provider } from '../../providers/provider.ts'
import type { AnswerHeaders, Flight } from '../../transport/http.ts'
import { createFramer } from '../../transport/sse.ts'
import { passHeaders } from '../answer/answer-headers.ts'
import { readRefusal } from '../answer/read-refusal.ts'
import type { ClientOut, Running } from '../client.ts'
import { logFault } from '../log-fault.ts'
import type { EngineParts } from '../parts.ts'
import { describeFailure, outcomeOf, type Outcome } from '../record.ts'

/** A request of the Responses API that asks no model for words. */
export interface SideRequest {
  /** The client's; `POST` where it is not said. */
  readonly method?: SideTarget['method']
  readonly headers: ClientHeaders
  readonly path: string
  readonly requestId: string
}

/** What a supply is asked for, after the path of its Responses endpoint. */
export interface SideTarget {
  readonly provider: Provider
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Such as `/resp_1/cancel`. */
  readonly rest: string
  /** Without its question mark; may be empty. */
  readonly query: string
}

/** Bytes of a refusal that are read, and of a whole answer. */
const mostRefusal = 1024 * 1024
const mostWhole = 64 * 1024 * 1024

/** Serves such a request: `serve` answers by one of the three ways, or throws what the client is told. */
export function runSide(
  parts: EngineParts,
  request: SideRequest,
  out: ClientOut,
  serve: (side: Side) => Promise<void>,
): Running {
  const side = new Side(parts, request, out)
  serve(side).catch((error: unknown) => side.fail(error))
  return { cancel: () => side.cancel(), abort: (error) => side.abort(error), drained: () => side.drained() }
}

/** One request of that kind, from its first byte to its last. */
export class Side {
  readonly parts: EngineParts
  readonly request: SideRequest
  private readonly out: ClientOut
  private readonly startedAt: number
  private target: SideTarget | undefined
  private flight: Flight | undefined
  private status = 0
  private calls = 0
  private over = false

  constructor(parts: EngineParts, request: SideRequest, out: ClientOut) {
    this.parts = parts
    this.request = request
    this.out = out
    this.startedAt = parts.clock.now()
  }

  /** Answers from here. */
  answer(body: JsonObject): void {
    this.send(200, JSON.stringify(body), {}, 'completed')
  }

  /**
   * Passes a supply's answer on: events as they come, a document when it is whole. Rejects with what the supply refuses or what
   * failed before anything was sent, so that another one can be asked.
   */
  async relay(target: SideTarget, isRetry = false): Promise<void> {
    const { provider } = target
    const facts: CallFacts = {
      requestId: this.request.requestId,
      request: {},
      body: {},
      from: 'responses',
      client: this.request.headers,
      note: () => {},
    }
    const address = await provider.besideResponses?.(target.rest, target.query, facts)
    if (!address) throw new GatewayError('not-found', 404, `${provider.id} has nothing at /responses${target.rest}.`)
    this.target = target
    const refused = await this.pass(target, address)
    if (!refused) return
    const sent = address.headers
    const error = readRefusal(refused, { provider, protocol: 'responses', sent, now: this.parts.clock.now() })
    if (!isRetry && provider.isStaleLogin(error, address)) return this.relay(target, true)
    throw provider.explain(error, address)
  }

  fail(cause: unknown): void {
    const error = asGatewayError(cause)
    if (this.over) return
    if (this.status > 0) {
      const frames = responses.writeStreamError(error).map(this.parts.frame).join('')
      return this.end(outcomeOf(error), error, () => this.out.end(frames))
    }
    const { status, body } = responses.writeError(error)
    const retry = error.retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(error.retryAfter)) }
    this.send(status, JSON.stringify(body), retry, outcomeOf(error), error)
  }

  cancel(): void {
    if (this.over) return
    if (this.status === 0) this.status = 499
    this.end('cancelled', undefined, () => {})
    this.flight?.cancel('the client went away')
  }

  abort(error: GatewayError): void {
    this.fail(error)
    this.flight?.cancel(error)
  }

  drained(): void {
    this.flight?.resume()
  }

  /** Sends the call; resolves when its answer has been passed on, with the refusal where it is one. */
  private pass(target: SideTarget, address: Address): Promise<Refused | undefined> {
    const { provider, method } = target
    return new Promise((resolve, reject) => {
      if (this.over) return reject(new GatewayError('cancelled', 499, 'The client went away.'))
      // Half an event never goes out: what follows it could not be read.
      const framer = createFramer()
      let refused: { status: number; headers: AnswerHeaders; text: string } | undefined
      let head: { readonly status: number; readonly headers: Record<string, string | string[]> } | undefined
      const chunks: Buffer[] = []
      let size = 0
      this.calls++
      this.flight = this.parts.transport.send(
        {
          method,
          ...address,
          timeouts: { idle: this.parts.thoughtMs },
        },
        {
          headers: (status, headers) => {
            if (status >= 300) return void (refused = { status, headers, text: '' })
            const type = headers['content-type'] ?? 'application/json'
            head = { status, headers: { ...passHeaders(headers), 'content-type': type } }
            if (String(type).startsWith('text/event-stream')) this.begin(status, head.headers)
          },
          data: (chunk) => {
            if (refused) {
              if (refused.text.length < mostRefusal) refused.text += chunk.toString()
              return
            }
            if (this.status > 0) {
              const events = framer.push(chunk)
              if (!this.over && events.length > 0 && !this.out.write(events)) this.flight?.pause()
              return
            }
            size += chunk.length
            if (size <= mostWhole) return void chunks.push(chunk)
            reject(tooLarge())
            this.flight?.cancel('the answer is too large')
          },
          end: () => {
            if (this.status > 0) this.end('completed', undefined, () => this.out.end(framer.end()))
            else if (head) this.send(head.status, Buffer.concat(chunks), head.headers, 'completed')
            resolve(refused)
          },
          fail: (error) => {
            // What a refusal has said until then is said.
            if (refused) return resolve(refused)
            const told = provider.explain(error, address)
            if (this.status === 0) return reject(told)
            this.fail(told)
            resolve(undefined)
          },
        },
      )
    })
  }

  private send(
    status: number,
    bytes: Buffer | string,
    headers: Record<string, string | string[]>,
    outcome: Outcome,
    error?: GatewayError,
  ): void {
    if (this.over) return
    const length = String(Buffer.byteLength(bytes))
    this.begin(status, { 'content-type': 'application/json', ...headers, 'content-length': length })
    this.end(outcome, error, () => this.out.end(bytes))
  }

  private begin(status: number, headers: Record<string, string | string[]>): void {
    if (this.over) return
    this.status = status
    const { requestId } = this.request
    this.out.begin(status, {
      'x-request-id': requestId,
      ...headers,
      'x-crossfeed-request-id': requestId,
      ...(this.target && { 'x-crossfeed-provider': this.target.provider.id }),
    })
  }

  private end(outcome: Outcome, error: GatewayError | undefined, finish: () => void): void {
    if (this.over) return
    this.over = true
    const { parts, request, target, status, calls } = this
    logFault(parts.log, request.requestId, error)
    parts.record({
      requestId: request.requestId,
      method: request.method,
      path: request.path,
      protocol: 'responses',
      asked: '',
      model: '',
      provider: target?.provider.id ?? '',
      plan: target ? 'relay responses' : '',
      stream: false,
      status,
      outcome,
      usage: undefined,
      firstByteMs: undefined,
      totalMs: parts.clock.now() - this.startedAt,
      calls,
      initiator: undefined,
      changes: [],
      losses: [],
      error: error && describeFailure(error),
    })
    finish()
  }
}

function tooLarge(): GatewayError {
  return new GatewayError('upstream', 502, `The upstream sent an answer of more than ${mostWhole} bytes.`, {
    reason: 'answer-too-large',
  })
}

interface Refused {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly text: string
}
