import {
  asObject,
  type GatewayError,
  type Crossing,
  type JsonObject,
  type Loss,
  type Plan,
  type ProtocolId,
  type Usage,
  type WireEvent,
} from '@crossfeed/protocols'
import type { Address, Provider, Supply, Target } from '../providers/provider.ts'
import type { Route } from '../routing/route.ts'
import type { TimerHandle } from '../ports.ts'
import type { AnswerHeaders, Flight } from '../transport/http.ts'
import { passHeaders } from './answer/answer-headers.ts'
import type { ClientCall, ClientOut } from './client.ts'
import { tellExchange } from './tell-exchange.ts'
import { withoutSecrets } from '../transport/hide-secrets.ts'
import { forgetRequest } from './forget-request.ts'
import { logFault } from './log-fault.ts'
import type { Pulsed } from './answer/pulse.ts'
import { circumstancesOf, type Circumstances } from './learned/circumstances.ts'
import { createLearned, type Learned } from './learned/learned.ts'
import { keepLessons, type Lesson, type Mended } from './learned/lessons.ts'
import type { EngineParts } from './parts.ts'
import { outcomeOf, recordOf, type Outcome } from './record.ts'

/** What goes upstream, and how its answer is to be read. */
export interface Prepared {
  readonly provider: Provider
  readonly plan: Plan
  readonly target: Target
  readonly body: JsonObject
  readonly bytes: Buffer | string
  /** What follows the path of the Responses endpoint, where another one is asked. */
  readonly rest?: string
  /** Present when the request crosses protocols (or is rewritten within one), until the answer has begun. */
  readonly crossing: Crossing | undefined
}

/** What of it a translated stream is read by. */
export type Expected = Pick<Prepared, 'target' | 'body' | 'crossing'> & {
  readonly provider: Pick<Provider, 'eventPatches'>
}

/** What the client has seen of a stream that now fails, for the protocol that numbers events and tells the answer in each state. */
export interface StreamSoFar {
  /** The number of the next event. */
  readonly sequence?: number | undefined
  /** The response as its client knows it. */
  readonly response?: JsonObject | undefined
}

/**
 * Decides what becomes of a failure. One function for all exchanges: with a closure of its own in a field, each exchange that
 * had ended outlived the young generation (measured: a scavenge took 13 ms instead of 1).
 */
export type Recover = (exchange: Exchange, error: GatewayError) => void

const noSupplies: readonly Supply[] = []
const noLessons: readonly Lesson[] = []
const noProtocols: ReadonlySet<ProtocolId> = new Set()
const noHeaders: Readonly<Record<string, string>> = {}

/** One request from its first byte to its last: all that is known of it, and the one way to its client. */
export class Exchange implements Pulsed {
  readonly parts: EngineParts
  call: ClientCall
  readonly stream: boolean
  readonly asked: string
  readonly startedAt: number
  readonly losses: Loss[] = []
  readonly changes: string[] = []
  readonly tried: Set<string> = new Set()
  route: Route | undefined
  /** Where it goes now, and the places that failed before. */
  supply: Supply | undefined
  failedSupplies: readonly Supply[] = noSupplies
  prepared: Prepared | undefined
  address: Address | undefined
  /** The headers of the last call, which nobody else may see. */
  sent: Readonly<Record<string, string>> = noHeaders
  flight: Flight | undefined
  /** The next try that is waited for. */
  retry: TimerHandle | undefined
  initiator: string | undefined
  /** What is known of targets, and what this request has learned itself. */
  learned: Learned
  lessons: readonly Lesson[] = noLessons
  /** Endpoints of the supply that have sent this request away. */
  closed: ReadonlySet<ProtocolId> = noProtocols
  /** What has to differ in the next call from the refused one. */
  mended: Mended | undefined
  sealsDropped = false
  /** The history is mended on the way through the core. */
  rewritten = false
  /** `/responses/compact` of this supply has sent the request away. */
  leftCompact = false
  /** The model writes the summary that the client asked to have its history replaced by; its answer becomes a compaction. */
  summarizes = false
  /** The longest answer that this prompt leaves room for, in tokens, where the upstream said so. */
  mostOutput: number | undefined
  calls = 0
  /** How often another try was waited for. */
  waits = 0
  usage: Usage | undefined
  lastWrite: number
  pulseSlot = -1
  /** Bytes of the upstream's answer have gone to the client: nothing may be tried again. */
  delivered = false
  over = false
  /** The host has ended it: nothing may be tried again. */
  aborted = false
  private leave: () => void = () => {}
  private entries = 0
  private ownCircumstances: Circumstances | undefined
  private readonly out: ClientOut
  private readonly recover: Recover
  private begun = false
  private status = 0
  private firstByteAt: number | undefined
  private upstreamHeaders: AnswerHeaders = {}
  /** Frames that announce the answer but say nothing yet; they wait for the first that does. */
  private held = ''

  constructor(parts: EngineParts, call: ClientCall, out: ClientOut, recover: Recover) {
    this.parts = parts
    this.learned = parts.learned
    this.call = call
    this.out = out
    this.recover = recover
    this.stream = call.body['stream'] === true
    const model = call.body['model']
    this.asked = typeof model === 'string' ? model : ''
    this.startedAt = parts.clock.now()
    this.lastWrite = this.startedAt
  }

  get from(): ProtocolId {
    return this.call.protocol.id
  }

  get circumstances(): Circumstances {
    return (this.ownCircumstances ??= circumstancesOf(this.call))
  }

  /** What this request knows after these lessons. */
  learn(lessons: readonly Lesson[]): void {
    this.lessons = lessons
    this.learned = lessons.length === 0 ? this.parts.learned : createLearned(this.parts.clock, this.parts.learned)
    for (const lesson of lessons) lesson.apply(this.learned)
  }

  /** Nothing of what one supply has said is known of the next. */
  forgetSupply(): void {
    this.tried.clear()
    this.learn(noLessons)
    this.closed = noProtocols
    this.mended = undefined
    this.mostOutput = undefined
    // They may be its own.
    this.sealsDropped = false
    this.rewritten = false
    this.leftCompact = false
  }

  note = (change: string): void => {
    if (!this.changes.includes(change)) this.changes.push(change)
  }

  lose = (loss: Loss): void => {
    if (this.losses.length < 100 && this.parts.lossPolicy !== 'ignore') this.losses.push(loss)
  }

  /** Something failed: it is tried again, or the client is told. */
  whenFailed(error: GatewayError): void {
    this.recover(this, error)
  }

  /** Starts when there is room at the provider, unless it is over by then. */
  enter(provider: Provider, start: () => void): void {
    this.leave()
    const entry = ++this.entries
    const leave = this.parts.slotsOf(provider).take(() => {
      if (!this.over) start()
    })
    // What fails at once may have gone on elsewhere by now.
    if (this.over || entry !== this.entries) leave()
    else this.leave = leave
  }

  /** Forgets what an earlier try was answered. */
  startOver(): void {
    this.upstreamHeaders = {}
    this.held = ''
  }

  answered(headers: AnswerHeaders): void {
    this.upstreamHeaders = headers
  }

  /** When a used-up quota of the provider is filled again, as its last answer said. */
  quotaReset(): number | undefined {
    return this.supply?.provider.readReset(this.upstreamHeaders)
  }

  /** An error in the upstream's own words, without what it was let in by. */
  hideSecrets(error: GatewayError): GatewayError {
    return withoutSecrets(error, this.sent)
  }

  /** The model has begun to answer: from now on silence is a stall, not thought. */
  limitStall(): void {
    this.flight?.limitIdle(this.parts.stallMs)
  }

  /** Opens the client's event stream, if it is not open yet. */
  beginStream(): void {
    if (this.begun) return
    this.begin(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    })
  }

  /** Keeps frames for later: they announce an answer that may still fail. */
  hold(frames: string): void {
    this.held += frames
  }

  /** Writes to the client's stream; slows the upstream down when the client is slow. */
  write(bytes: Buffer | string): void {
    if (this.over || bytes.length === 0) return
    this.beginStream()
    this.lastWrite = this.parts.clock.now()
    this.firstByteAt ??= this.lastWrite
    if (this.lessons !== noLessons) this.keepLessons()
    if (!this.delivered) forgetRequest(this)
    this.delivered = true
    if (this.held !== '') {
      this.out.write(this.held)
      this.held = ''
    }
    if (!this.out.write(bytes)) this.flight?.pause()
  }

  pulse(): void {
    if (this.over) return
    this.beginStream()
    if (this.held !== '') {
      // Comments are nothing of an answer.
      const isAnnounced = /^data:/m.test(this.held)
      this.out.write(this.held)
      this.held = ''
      if (!isAnnounced) return
      this.delivered = true
      forgetRequest(this)
      return
    }
    this.out.write(this.from === 'messages' ? 'event: ping\ndata: {"type": "ping"}\n\n' : ': keep-alive\n\n')
  }

  /** Ends the client's stream. */
  endStream(outcome: Outcome, error?: GatewayError): void {
    if (this.over) return
    this.beginStream()
    this.finish(outcome, error)
    this.out.end(this.held)
  }

  /** The whole answer at once. */
  sendWhole(text: string): void {
    if (this.over) return
    this.firstByteAt ??= this.parts.clock.now()
    this.delivered = true
    this.keepLessons()
    this.begin(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) })
    this.finish('completed')
    // As text it goes out in one write with the head.
    this.out.end(text)
  }

  /** The failure, in the client's protocol: with its status while nothing was sent, else as the stream's last event. */
  fail(error: GatewayError, stream?: StreamSoFar): void {
    if (this.over) return
    const protocol = this.call.protocol
    const outcome = outcomeOf(error)
    const signalled = this.stream && this.from === 'responses' && error.code === 'context-overflow'
    if (this.begun || signalled) {
      // Codex reads an overflow only from a stream (OC-09), so it gets one that holds nothing else.
      this.beginStream()
      // Number 0 says that nothing came before it.
      for (const event of protocol.writeStreamError(error, this.delivered ? stream?.sequence : 0))
        this.out.write(this.parts.frame(this.named(event, stream?.response)))
      this.finish(outcome, error)
      this.out.end()
      return
    }
    const { status, body } = protocol.writeError(error)
    const bytes = JSON.stringify(this.from === 'messages' ? { ...body, request_id: this.messagesId() } : body)
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(bytes)),
    }
    if (error.retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(error.retryAfter))
    this.begin(status, headers)
    this.finish(outcome, error)
    this.out.end(bytes)
  }

  /** The client has gone. */
  cancel(): void {
    if (this.over) return
    this.finish('cancelled')
    this.flight?.cancel('the client went away')
  }

  /** The host ends it: the client is told, and nothing is tried again. */
  abort(error: GatewayError): void {
    if (this.over) return
    this.aborted = true
    // What takes the answer knows what the client has seen of it.
    this.flight?.cancel(error)
    this.fail(error)
  }

  drained(): void {
    this.flight?.resume()
  }

  /** The mended request is answered: what mended it holds for others. */
  private keepLessons(): void {
    if (this.prepared) keepLessons(this.parts.learned, this.lessons, this.prepared.target, this)
    this.lessons = noLessons
  }

  /** An error event of the answer that the client knows: `heard` is its response in an earlier state. */
  private named(event: WireEvent, heard: JsonObject | undefined): WireEvent {
    if (event.data === '[DONE]') return event
    if (this.from === 'messages') return { ...event, data: { ...event.data, request_id: this.messagesId() } }
    const failed = asObject(event.data['response'])
    if (!failed || heard === undefined) return event
    const { status, error } = failed
    return { ...event, data: { ...event.data, response: { ...failed, ...heard, status, error } } }
  }

  /** What `request-id` and an error's `request_id` both say (CC-08). */
  private messagesId(): string {
    const id = this.upstreamHeaders['request-id']
    return typeof id === 'string' ? id : this.call.requestId
  }

  private begin(status: number, headers: Record<string, string>): void {
    this.begun = true
    this.status = status
    const all: Record<string, string | string[]> = { ...passHeaders(this.upstreamHeaders), ...headers }
    tellExchange(this, all)
    if (this.from === 'messages') all['request-id'] = this.messagesId()
    else all['x-request-id'] ??= this.call.requestId
    this.out.begin(status, all)
  }

  private finish(outcome: Outcome, error?: GatewayError): void {
    this.over = true
    this.parts.pulse.remove(this)
    if (outcome === 'completed' && this.supply) this.parts.router.served(this.supply)
    this.leave()
    logFault(this.parts.log, this.call.requestId, error)
    if (this.retry !== undefined) this.parts.clock.clearTimer(this.retry)
    const { status, firstByteAt, upstreamHeaders } = this
    this.parts.record(recordOf(this, { outcome, error, status, firstByteAt, headers: upstreamHeaders }))
  }
}
