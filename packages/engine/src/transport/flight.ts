import { subscribe } from 'node:diagnostics_channel'
import { GatewayError } from '@crossfeed/protocols'
import type { Dispatcher } from 'undici'
import type { Clock, TimerHandle } from '../ports.ts'
import { loadIssuer } from './certificate.ts'
import { useConnection, type ConnectionUse } from './connection-use.ts'
import { isConnectionLoss, isUntrusted, limitError, networkError } from './failure.ts'
import type { Limit } from './failure.ts'
import type { AnswerHeaders, Call, Flight, Sink, Timeouts } from './http.ts'
import type { Route, Routes } from './routes.ts'
import { unpackInto } from './unpack.ts'

/** How often the limits are looked at: one timer serves all calls, so that a chunk costs none. */
const tickMs = 1000
/** How long a call may go on that is over by its own words. */
const afterwordTicks = 2

type Phase = Limit | 'done'

/** Sends calls, keeps their limits, and repeats once what a stale connection swallowed. */
export class Flights {
  readonly routes: Routes
  readonly timeouts: Timeouts
  /** Ticks since the first call; a call's silence is counted in ticks, so that a machine's sleep is not silence. */
  tick = 0
  readonly #clock: Clock
  /**
   * Calls under way, each at its own `slot`. A Set would do, but the tables that it leaves behind when it grows and shrinks
   * point at each other, and with them thousands of ended calls outlive the young generation.
   */
  readonly #active: HttpFlight[] = []
  #timer: TimerHandle | undefined

  constructor(routes: Routes, timeouts: Timeouts, clock: Clock) {
    this.routes = routes
    this.timeouts = timeouts
    this.#clock = clock
  }

  send(call: Call, sink: Sink): Flight {
    const flight = new HttpFlight(this, call, sink)
    flight.slot = this.#active.push(flight) - 1
    if (this.#timer === undefined) this.#timer = this.#clock.setTimer(this.#onTick, tickMs, 'background')
    flight.launch()
    return flight
  }

  now(): number {
    return this.#clock.now()
  }

  close(): void {
    // A copy, here and below: a call that ends leaves the list, and another takes its place in it.
    for (const flight of this.#active.slice()) flight.cancel('the program is shutting down')
  }

  delete(flight: HttpFlight): void {
    const last = this.#active.pop()
    if (last === undefined || last === flight) return
    this.#active[flight.slot] = last
    last.slot = flight.slot
  }

  readonly #onTick = (): void => {
    this.tick++
    for (const flight of this.#active.slice()) flight.checkLimit(this.tick)
    this.#timer = this.#active.length === 0 ? undefined : this.#clock.setTimer(this.#onTick, tickMs, 'background')
  }
}

class HttpFlight implements Flight, Dispatcher.DispatchHandler {
  readonly #flights: Flights
  readonly #call: Pick<Call, 'method' | 'origin' | 'path' | 'headers'>
  /** What is sent, until it is answered. */
  #body: Call['body']
  #sink: Sink
  #limits: Timeouts
  #route: Route | undefined
  #controller: Dispatcher.DispatchController | undefined
  #phase: Phase = 'connect'
  #touched: number
  #paused = false
  /** The tick at which it ends in any case. */
  #until = Infinity
  #retried = false
  #connection: ConnectionUse | undefined
  /** A first head has announced that another will come. */
  #isAnnounced = false
  #launching = false
  /** Its place among the calls under way. */
  slot = 0

  constructor(flights: Flights, call: Call, sink: Sink) {
    this.#flights = flights
    const { method, origin, path, headers, body } = call
    this.#call = { method, origin, path, headers }
    this.#body = body
    this.#sink = sink
    this.#limits = call.timeouts === undefined ? flights.timeouts : { ...flights.timeouts, ...call.timeouts }
    this.#touched = flights.tick
  }

  launch(): void {
    const { method, origin, path, headers } = this.#call
    this.#phase = 'connect'
    this.#touched = this.#flights.tick
    this.#connection = undefined
    this.#launching = true
    try {
      this.#route = this.#flights.routes.to(origin)
      this.#route.dispatcher.dispatch(
        // Limits are kept here; undici's own would run on the way through a plain proxy.
        { origin, method, path, headers, body: this.#body ?? null, headersTimeout: 0, bodyTimeout: 0 },
        this,
      )
    } catch (cause) {
      this.#failLater(cause)
    }
    this.#launching = false
  }

  cancel(why?: string | GatewayError): void {
    if (this.#phase !== 'done') this.#abandon(why instanceof GatewayError ? why : cancelled(why))
  }

  pause(): void {
    this.#paused = true
    this.#controller?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#touched = this.#flights.tick
    this.#controller?.resume()
  }

  limitIdle(ms: number): void {
    if (this.#limits.idle !== ms) this.#limits = { ...this.#limits, idle: ms }
  }

  finishSoon(): void {
    this.#until = Math.min(this.#until, this.#flights.tick + afterwordTicks)
  }

  checkLimit(tick: number): void {
    if (tick >= this.#until) return this.cancel('its answer was over')
    if (this.#phase === 'done' || (this.#paused && this.#phase === 'idle')) return
    const limit = this.#limits[this.#phase]
    if (limit === 0 || (tick - this.#touched) * tickMs <= limit) return
    const route = this.#route ?? { origin: this.#call.origin, proxy: undefined }
    // A connection that fell silent may be dead without having said so. On HTTP/2 others would be sent after it.
    if (this.#route !== undefined && this.#phase !== 'connect') this.#flights.routes.replace(this.#route)
    this.#abandon(limitError(this.#phase, limit, route))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#phase === 'done') {
      controller.abort(new Error('cancelled'))
      return
    }
    this.#controller = controller
    this.#phase = 'headers'
    this.#touched = this.#flights.tick
    // oxlint-disable-next-line typescript/no-this-alias -- handed over to the channel at the end of this file
    beginning = this
    if (this.#paused) controller.pause()
  }

  /** Called between the start of a request and its first byte on the wire. */
  onConnection(socket: object): void {
    this.#connection = useConnection(socket, this.#flights.now())
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    // Answers below 200 announce another one.
    if (status < 200) this.#isAnnounced = true
    if (this.#phase === 'done' || status < 200) return
    this.#phase = 'idle'
    this.#touched = this.#flights.tick
    this.#body = undefined
    const packed = headers['content-encoding']
    if (packed !== undefined) this.#sink = unpackInto(this.#sink, packed, () => this.cancel()) ?? this.#sink
    this.#sink.headers(status, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'done') return
    this.#touched = this.#flights.tick
    this.#sink.data(chunk)
  }

  onResponseEnd(): void {
    if (this.#phase === 'done') return
    this.#finish()
    this.#sink.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    if (this.#phase === 'done') return
    const isUnseen = !this.#hasAnswered() && this.#connection?.isStale(this.#flights.now()) === true
    if (isUnseen && !this.#retried && isConnectionLoss(cause)) {
      this.#retried = true
      this.#controller = undefined
      // Its neighbours in the pool are as old as it was: the second try gets a pool, and so a connection, of its own.
      if (this.#route !== undefined) this.#flights.routes.replace(this.#route)
      queueMicrotask(() => {
        if (this.#phase !== 'done') this.launch()
      })
      return
    }
    if (this.#launching) this.#failLater(cause)
    else if (isUntrusted(cause) && this.#route?.proxy === undefined) void this.#failWithIssuer(cause)
    else this.#fail(cause, undefined)
  }

  #failLater(cause: unknown): void {
    queueMicrotask(() => this.#fail(cause, undefined))
  }

  async #failWithIssuer(cause: unknown): Promise<void> {
    const url = new URL(this.#call.origin)
    const issuer = await loadIssuer(url.hostname.replace(/^\[(.+)\]$/, '$1'), Number(url.port || 443))
    this.#fail(cause, issuer)
  }

  #fail(cause: unknown, issuer: string | undefined): void {
    if (this.#phase === 'done') return
    const answered = this.#hasAnswered()
    this.#finish()
    if (cause instanceof GatewayError) {
      this.#sink.fail(cause)
      return
    }
    const { origin } = this.#call
    const connectLimit = this.#flights.timeouts.connect
    this.#sink.fail(networkError(cause, { origin, proxy: this.#route?.proxy, answered, connectLimit, issuer }))
  }

  #hasAnswered(): boolean {
    return this.#phase === 'idle' || this.#isAnnounced || this.#connection?.hasAnswered() === true
  }

  #abandon(error: GatewayError): void {
    this.#finish()
    this.#controller?.abort(error)
    this.#sink.fail(error)
  }

  #finish(): void {
    this.#phase = 'done'
    this.#connection = undefined
    this.#flights.delete(this)
  }
}

function cancelled(reason: string | undefined): GatewayError {
  const why = reason === undefined ? '' : `: ${reason}`
  return new GatewayError('cancelled', 499, `The call was cancelled${why}.`, { reason: 'cancelled' })
}

/**
 * Which connection a request goes out on is told by undici only on this channel, between `onRequestStart` and the first
 * byte, in the same turn.
 */
let beginning: HttpFlight | undefined
subscribe('undici:client:sendHeaders', (message) => {
  const flight = beginning
  beginning = undefined
  if (flight === undefined || typeof message !== 'object' || message === null || !('socket' in message)) return
  const { socket } = message
  if (typeof socket === 'object' && socket !== null) flight.onConnection(socket)
})
