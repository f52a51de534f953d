import { foldEvents, type GatewayError, type Machine, type ReplyEvent, type WireEvent } from '@crossfeed/protocols'
import { createFrameReader, writeFrames } from '../transport/sse.ts'
import { asGatewayError, askedOf, type AnswerTaker } from './answer.ts'
import type { Exchange, Prepared } from './exchange.ts'

/** Turns an upstream's event stream into the client's, event by event. */
export function takeTranslatedStream(exchange: Exchange, prepared: Prepared): AnswerTaker {
  const frames = createFrameReader()
  const reader = eventReader(exchange, prepared)
  const writer = exchange.call.protocol.writeEvents(askedOf(exchange, prepared), exchange.lose)
  let failed: GatewayError | undefined
  let complete = false
  /** Something beyond the announcement is on its way to the client. */
  let spoken = false

  const take = (events: readonly ReplyEvent[]): string => {
    let text = ''
    for (const event of events) {
      if (complete || failed) break
      if (event.type === 'error') {
        failed = event.error
        if (!spoken && !exchange.delivered) break
      }
      if (event.type === 'end') {
        exchange.usage = event.usage
        complete = true
      } else if (event.type === 'part-delta') exchange.limitStall()
      const written = writeFrames(writer.push(event))
      // The announcement alone must not commit us to a 200: the answer may still fail with a status of its own.
      if (event.type === 'start' && !exchange.delivered) {
        exchange.hold(written)
        continue
      }
      text += written
      spoken ||= written !== ''
    }
    return text
  }
  const settle = (): void => {
    if (failed) {
      exchange.flight?.cancel('the answer failed')
      if (spoken || exchange.delivered) exchange.endStream('upstream-error', failed)
      else exchange.whenFailed(failed)
    }
  }
  return {
    data(chunk) {
      if (failed || complete) return
      let text = ''
      try {
        for (const event of frames.push(chunk)) text += take(reader.push(event))
      } catch (error) {
        text += take([{ type: 'error', error: asGatewayError(error) }])
      }
      exchange.write(text)
      settle()
    },
    end() {
      if (failed) return
      let text = ''
      for (const event of frames.end()) text += take(reader.push(event))
      text += take(reader.end())
      text += writeFrames(failed ? [] : writer.end())
      exchange.write(text)
      if (failed) return settle()
      exchange.endStream('completed')
    },
    fail(error) {
      if (failed) return
      exchange.write(take([{ type: 'error', error }]))
      settle()
    },
  }
}

/** Gathers an upstream's event stream into one JSON answer, for a client that did not ask for a stream. */
export function takeFoldedStream(exchange: Exchange, prepared: Prepared): AnswerTaker {
  const frames = createFrameReader()
  const reader = eventReader(exchange, prepared)
  const events: ReplyEvent[] = []
  return {
    data(chunk) {
      try {
        for (const event of frames.push(chunk)) events.push(...reader.push(event))
      } catch (error) {
        events.push({ type: 'error', error: asGatewayError(error) })
      }
    },
    end() {
      for (const event of frames.end()) events.push(...reader.push(event))
      events.push(...reader.end())
      try {
        const reply = foldEvents(events)
        exchange.usage = reply.usage
        exchange.sendWhole(
          JSON.stringify(exchange.call.protocol.writeReply(reply, askedOf(exchange, prepared), exchange.lose)),
        )
      } catch (error) {
        exchange.whenFailed(asGatewayError(error))
      }
    },
    fail: (error) => exchange.whenFailed(error),
  }
}

function eventReader(exchange: Exchange, prepared: Prepared): Machine<WireEvent, ReplyEvent> {
  return prepared.crossing?.readEvents() ?? exchange.call.protocol.readEvents(prepared.target.issuer)
}
