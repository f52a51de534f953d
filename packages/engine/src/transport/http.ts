import { GatewayError } from '@crossfeed/protocols'
import type { Clock } from '../ports.ts'
import { systemClock } from '../ports.ts'
import { Flights } from './flight.ts'
import type { Lookup } from './forbidden-address.ts'
import type { Environment } from './proxy.ts'
import { createRoutes } from './routes.ts'

/** One call to an upstream. Header values go out as they are; nothing is added but framing. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Scheme, host and port, such as `https://api.githubcopilot.com`. */
  readonly origin: string
  /** Path and query, beginning with a slash. */
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: Buffer | string
  readonly timeouts?: Partial<Timeouts>
}

/** Header names in small letters; a repeated one has an array. */
export type AnswerHeaders = Record<string, string | string[] | undefined>

/** Who takes the answer. Exactly one of `end` and `fail` is called, once, and nothing after it. Must not throw. */
export interface Sink {
  headers(status: number, headers: AnswerHeaders): void
  data(chunk: Buffer): void
  end(): void
  fail(error: GatewayError): void
}

/** A call under way. */
export interface Flight {
  /** Gives the call up and closes its connection (or stream) now; the sink gets `fail` with this error, or with code `cancelled`. */
  cancel(why?: string | GatewayError): void
  /** Stops reading, so that the upstream slows down. The idle limit does not run meanwhile. */
  pause(): void
  resume(): void
  /** Changes the longest silence allowed inside the body, in milliseconds; 0 means any. */
  limitIdle(ms: number): void
  /**
   * The answer has said that it is over: what still comes may come for two seconds, so that a connection in good order is
   * kept. Then the call is cancelled, whether it still drips or not.
   */
  finishSoon(): void
}

/** Limits in milliseconds, kept to about a second; 0 means none. `idle` is the longest silence inside a body. */
export interface Timeouts {
  readonly connect: number
  readonly headers: number
  readonly idle: number
}

/** A whole answer. */
export interface Answer {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: Buffer
}

/** The way out to every upstream. Redirects are not followed, whatever the status. */
export interface Transport {
  /** Sends a call; the sink is never called before this returns. */
  send(call: Call, sink: Sink): Flight
  /** Sends a call and gives its whole body. Rejects with reason `answer-too-large` beyond the limit (32 MiB). */
  request(call: Call, limitBytes?: number): Promise<Answer>
  /** Ends all calls under way (they fail with code `cancelled`) and closes all connections. */
  close(): Promise<void>
}

export interface TransportOptions {
  /** Use the proxies named in `env`. */
  readonly proxyFromEnv?: boolean
  /** A PEM file of further certificates to trust. */
  readonly ca?: string
  /** Where proxies are looked up; `process.env` by default. */
  readonly env?: Environment
  readonly timeouts?: Partial<Timeouts>
  readonly clock?: Clock
  /** Speak HTTP/2 with servers that choose it; on by default. */
  readonly http2?: boolean
  /** Looks up the names of upstreams; the system's resolver by default. Link-local and metadata addresses are left out. */
  readonly lookup?: Lookup
}

const defaultTimeouts: Timeouts = { connect: 10_000, headers: 600_000, idle: 90_000 }
const defaultAnswerLimit = 32 * 1024 * 1024

/** Creates the transport: pools per origin, opened when first used. */
export function createTransport(options: TransportOptions = {}): Transport {
  const timeouts = { ...defaultTimeouts, ...options.timeouts }
  const routes = createRoutes({
    env: options.proxyFromEnv === true ? (options.env ?? process.env) : {},
    ca: options.ca,
    http2: options.http2 ?? true,
    connectLimit: timeouts.connect,
    lookup: options.lookup,
  })
  const flights = new Flights(routes, timeouts, options.clock ?? systemClock)

  return {
    send: (call, sink) => flights.send(call, sink),
    request: (call, limitBytes) => collect(flights, call, limitBytes ?? defaultAnswerLimit),
    async close() {
      flights.close()
      await routes.close()
    },
  }
}

function collect(flights: Flights, call: Call, limitBytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let status = 0
    let headers: AnswerHeaders = {}
    const flight = flights.send(call, {
      headers(answerStatus, answerHeaders) {
        status = answerStatus
        headers = answerHeaders
      },
      data(chunk) {
        size += chunk.length
        if (size <= limitBytes) {
          chunks.push(chunk)
          return
        }
        const host = new URL(call.origin).host
        const message = `The answer of ${host} is larger than the ${limitBytes} bytes that are allowed here.`
        // Rejects first: the `fail` that cancelling brings then changes nothing.
        reject(new GatewayError('upstream', 502, message, { reason: 'answer-too-large' }))
        flight.cancel()
      },
      end: () => resolve({ status, headers, body: Buffer.concat(chunks, size) }),
      fail: reject,
    })
  })
}
