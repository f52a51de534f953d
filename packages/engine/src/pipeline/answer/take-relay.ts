import {
  asNumber,
  asObject,
  type GatewayError,
  type JsonObject,
  type ProtocolId,
  type WireEvent,
} from '@crossfeed/protocols'
import type { EventMender } from '../../providers/provider.ts'
import { createPlainDeltas } from '../../transport/plain-delta.ts'
import { createFramer, eachFrame, isVoidFrame, parseFrame, writeFrames } from '../../transport/sse.ts'
import { asAnswerError, type AnswerTaker } from './answer.ts'
import type { Exchange, Prepared, StreamSoFar } from '../exchange.ts'
import { emptyReply, refusesEmpty } from './empty-reply.ts'
import { hideSecrets } from '../../transport/hide-secrets.ts'
import { outcomeOf } from '../record.ts'
import { createTap } from './tap.ts'

/** What follows the last words of a stream; those of Responses are an event of their own. */
const endMarks: { readonly [P in ProtocolId]: readonly WireEvent[] } = {
  chat: [{ data: '[DONE]' }],
  responses: [],
  messages: [{ event: 'message_stop', data: { type: 'message_stop' } }],
}

/**
 * Passes an upstream's event stream through: whole events, as bytes, but for those that a provider's patch wants to
 * mend. A tap reads usage and ending; a stream that ends without its terminal event ends with an error.
 */
export function takeRelayedStream(exchange: Exchange, prepared: Prepared): AnswerTaker {
  const { target } = prepared
  const { call } = exchange
  const framer = createFramer()
  const tap = createTap(exchange.call.protocol)
  const menders: EventMender[] = []
  /** Those without which not even the tap understands an event. */
  const early: EventMender[] = []
  for (const patch of prepared.provider.eventPatches) {
    const mender = patch.protocol === target.protocol ? patch.start(target, call.body, call.headers) : undefined
    if (mender) menders.push(mender)
    if (mender && patch.whenTranslated) early.push(mender)
  }
  const plain = createPlainDeltas()
  const isEmptyRefused = refusesEmpty(exchange.parts.emptyReplies, prepared.body, target.protocol)
  /** The first and the last that came, where a failure has to be told of their response, under their number. */
  const isNumbered = target.protocol === 'responses'
  let first: Buffer | undefined
  let last: Buffer | undefined
  const soFar = (): StreamSoFar => ({ sequence: nextSequence(last), response: heardResponse(first) })
  let failed = false
  /** Tells the client, or goes on elsewhere where it has seen nothing of this answer. */
  const failWith = (error: GatewayError): void => {
    // What cancelling brings is no news.
    failed = true
    exchange.flight?.cancel('the answer failed')
    if (exchange.delivered) exchange.fail(error, soFar())
    else exchange.whenFailed(error)
  }
  const pass = (bytes: Buffer): void => {
    if (failed || bytes.length === 0) return
    const mended = look(bytes)
    if (tap.hasContent) exchange.limitStall()
    if (isNumbered) {
      // Comments may come before the answer has a name, and after its last number.
      if (!first && mended.includes('"response"')) first = mended
      if (mended.includes('"sequence_number"')) last = mended
    }
    const untold = !tap.hasBegun && !exchange.delivered
    if (untold && tap.error) return failWith(exchange.hideSecrets(tap.error))
    // The announcement alone must not commit us to a 200: the answer may still fail with a status of its own.
    if (untold) exchange.hold(mended.toString())
    else if (mended.length > 0) exchange.write(mended)
    if (isEmptyRefused && tap.isEmpty) {
      exchange.usage = tap.end().usage
      return failWith(emptyReply())
    }
    if (tap.error && tap.isMistold) return failWith(exchange.hideSecrets(tap.error))
    // What the upstream does after its end mark is not waited for.
    if (tap.isOver) exchange.flight?.finishSoon()
  }
  /** Shows each event to the tap and to the menders; the bytes as they are when none of them had anything to change. */
  const look = (bytes: Buffer): Buffer => {
    const raw = bytes.toString('latin1')
    // A slow stream comes event by event.
    if (raw.indexOf('\n\n') === raw.length - 2 && plain.isRepeat(raw, 0, raw.length)) return bytes
    const pieces: Buffer[] = []
    let kept = 0
    let until = bytes.length
    eachFrame(raw, (from, to) => {
      if (until < bytes.length || plain.isRepeat(raw, from, to)) return
      const event = raw.slice(from, to)
      const text = (): string => bytes.toString('utf8', from, to)
      const told = tap.see(event, early.length === 0 ? text : () => mend(text(), early) ?? text())
      // The end of an answer without a word is not passed on: an error takes its place.
      if ((isEmptyRefused && tap.isEmpty) || tap.isMistold) return void (until = from)
      const wanting = menders.filter((mender) => mender.wants(event))
      if (!told && isVoidFrame(event)) {
        pieces.push(bytes.subarray(kept, from))
        kept = to
        return
      }
      if (!told && wanting.length === 0) return void plain.learn(event)
      plain.forget()
      let mended = wanting.length === 0 ? undefined : mend(text(), wanting)
      if (mended === undefined && isOddMark(event)) mended = writeFrames(endMarks.chat)
      // Errors are words of the upstream's, and may repeat what it was let in by.
      if (tap.error) mended = hideSecrets(mended ?? text(), exchange.sent)
      if (mended === undefined) return
      pieces.push(bytes.subarray(kept, from), Buffer.from(mended))
      kept = to
    })
    if (pieces.length === 0) return until === bytes.length ? bytes : bytes.subarray(0, until)
    return Buffer.concat([...pieces, bytes.subarray(kept, until)])
  }
  const close = (why?: GatewayError): void => {
    if (failed) return
    const { isOver } = tap
    const { usage, error, told } = tap.end()
    exchange.usage = usage
    if (isEmptyRefused && tap.isEmpty) return failWith(emptyReply())
    if (error && told) return exchange.endStream(outcomeOf(error), exchange.hideSecrets(error))
    // What tears the connection after the answer's end mark does no harm.
    if (error) return failWith(why ?? error)
    const rest = menders.flatMap((mender) => mender.end?.() ?? [])
    exchange.write(writeFrames(rest))
    // Some servers leave the end mark away, and some connections break before it; clients wait for it.
    const isMarked = isOver || rest.some((event) => event.data === '[DONE]')
    if (!isMarked) exchange.write(writeFrames(endMarks[exchange.from]))
    exchange.endStream('completed')
  }
  return {
    data(chunk) {
      try {
        pass(framer.push(chunk))
      } catch (error) {
        failWith(asAnswerError(error))
      }
    },
    end() {
      pass(framer.end())
      close()
    },
    fail: close,
  }
}

/** Whether an event is an end mark with blanks around it, which clients compare by the letter. */
function isOddMark(event: string): boolean {
  return event.includes('[DONE]') && /^data:(?! ?\[DONE\]\r?\n)\s*\[DONE\]\s*$/.test(event)
}

/** An event as its menders want it; undefined when it holds no data. */
function mend(text: string, wanting: readonly EventMender[]): string | undefined {
  const event = parseFrame(text)
  if (!event) return undefined
  let events: readonly WireEvent[] = [event]
  for (const mender of wanting) events = events.flatMap((one) => mender.mend(one))
  // What no mender changed keeps its bytes.
  return events.length === 1 && events[0] === event ? undefined : writeFrames(events)
}

/** The response as the start of its stream tells it. */
function heardResponse(first: Buffer | undefined): JsonObject | undefined {
  const text = first?.toString() ?? ''
  let heard: JsonObject | undefined
  eachFrame(text, (from, to) => {
    const data = heard ? undefined : parseFrame(text.slice(from, to))?.data
    if (data !== undefined && data !== '[DONE]') heard = asObject(data['response'])
  })
  return heard
}

/** The number after the last one sent, for protocols that number their events. */
function nextSequence(last: Buffer | undefined): number | undefined {
  if (!last) return undefined
  const found = last
    .toString()
    .match(/"sequence_number":\s*(\d+)/g)
    ?.at(-1)
  const sequence = found === undefined ? undefined : asNumber(Number(/\d+/.exec(found)?.[0]))
  return sequence === undefined ? undefined : sequence + 1
}
