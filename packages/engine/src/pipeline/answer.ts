import { GatewayError, type Asked } from '@crossfeed/protocols'
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

/** A failure of our own reading as an error that a client can be told. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('internal', 500, 'Crossfeed could not read the answer; this is a fault of its own.', {
    cause: error,
    reason: 'internal',
  })
}
