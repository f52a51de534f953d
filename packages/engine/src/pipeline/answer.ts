import type { Asked, GatewayError } from '@crossfeed/protocols'
import type { Exchange, Prepared } from './exchange.ts'

/** Takes the body of a successful upstream answer, whatever it is turned into. */
export interface AnswerTaker {
  data(chunk: Buffer): void
  end(): void
  /** The body ended early. */
  fail(error: GatewayError): void
}

/** What the writers of answers need to know of the request. */
export function askedOf(exchange: Exchange, prepared: Prepared): Asked {
  const prompt = prepared.crossing?.prompt ?? exchange.call.protocol.readRequest(exchange.call.body)
  return {
    prompt,
    now: Math.floor(exchange.parts.clock.now() / 1000),
    newId: exchange.parts.newId,
    inputEstimate: Math.ceil(exchange.call.raw.length / 4),
  }
}
