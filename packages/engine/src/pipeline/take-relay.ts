import { asNumber, type GatewayError, type WireEvent } from '@crossfeed/protocols'
import type { EventMender } from '../providers/provider.ts'
import { createFramer, parseFrame, splitFrames, writeFrames } from '../transport/sse.ts'
import { asGatewayError, type AnswerTaker } from './answer.ts'
import { outcomeOf, type Exchange, type Prepared, type StreamSoFar } from './exchange.ts'
import { createTap } from './tap.ts'

/**
 * Passes an upstream's event stream through: whole events, as bytes, but for those that a provider's patch wants to
 * mend. A tap reads usage and ending; a stream that ends without its terminal event ends with an error.
 */
export function takeRelayedStream(exchange: Exchange, prepared: Prepared): AnswerTaker {
  const { target } = prepared
  const framer = createFramer()
  const tap = createTap(exchange.call.protocol)
  const menders: EventMender[] = []
  for (const patch of prepared.provider.eventPatches) {
    const mender = patch.protocol === target.protocol ? patch.start(target, exchange.call.body) : undefined
    if (mender) menders.push(mender)
  }
  let first: Buffer | string | undefined
  let last: Buffer | undefined
  const soFar = (): StreamSoFar => ({ sequence: nextSequence(last), id: responseId(first) })
  const pass = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    tap.see(bytes)
    if (tap.hasContent) exchange.limitStall()
    last = bytes
    const mended = menders.length === 0 ? bytes : mendAll(bytes, menders)
    first ??= mended
    exchange.write(mended)
  }
  const close = (why?: GatewayError): void => {
    const { usage, error, told } = tap.end()
    exchange.usage = usage
    if (error && told) return exchange.endStream(outcomeOf(error), error)
    // What tears the connection after the answer's end mark does no harm.
    if (error) return exchange.fail(why ?? error, soFar())
    exchange.write(writeFrames(menders.flatMap((mender) => mender.end?.() ?? [])))
    exchange.endStream('completed')
  }
  return {
    data(chunk) {
      try {
        pass(framer.push(chunk))
      } catch (error) {
        exchange.fail(asGatewayError(error), soFar())
        exchange.flight?.cancel('the answer cannot be read')
      }
    },
    end() {
      pass(framer.end())
      close()
    },
    fail: close,
  }
}

function mendAll(bytes: Buffer, menders: readonly EventMender[]): Buffer | string {
  let text = ''
  let changed = false
  for (const frame of splitFrames(bytes)) {
    const wanting = menders.filter((mender) => mender.wants(frame))
    const event = wanting.length === 0 ? undefined : parseFrame(frame)
    if (!event) {
      text += frame
      continue
    }
    changed = true
    let events: readonly WireEvent[] = [event]
    for (const mender of wanting) events = events.flatMap((one) => mender.mend(one))
    text += writeFrames(events)
  }
  return changed ? text : bytes
}

/** The id under which a response's stream began. */
function responseId(first: Buffer | string | undefined): string | undefined {
  return first === undefined ? undefined : /"id":\s*"(resp[^"]*)"/.exec(first.toString())?.[1]
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
