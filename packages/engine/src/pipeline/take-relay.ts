import { asNumber, type WireEvent } from '@crossfeed/protocols'
import type { EventMender } from '../providers/provider.ts'
import { createFramer, parseFrame, splitFrames, writeFrames } from '../transport/sse.ts'
import type { AnswerTaker } from './answer.ts'
import type { Exchange, Prepared } from './exchange.ts'
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
  let last: Buffer | undefined

  const pass = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    tap.see(bytes)
    if (tap.hasContent) exchange.limitStall()
    last = bytes
    exchange.write(menders.length === 0 ? bytes : mendAll(bytes, menders))
  }
  return {
    data: (chunk) => pass(framer.push(chunk)),
    end() {
      pass(framer.end())
      const ending = tap.end()
      exchange.usage = ending.usage
      if (!ending.error) exchange.write(writeFrames(menders.flatMap((mender) => mender.end?.() ?? [])))
      if (ending.error && !ending.told) return exchange.fail(ending.error, nextSequence(last))
      if (ending.error) return exchange.endStream('upstream-error', ending.error)
      exchange.endStream('completed')
    },
    fail(error) {
      const ending = tap.end()
      exchange.usage = ending.usage
      exchange.fail(error, nextSequence(last))
    },
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
