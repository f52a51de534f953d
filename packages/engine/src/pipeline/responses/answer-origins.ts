import { asString, GatewayError, type JsonObject } from '@crossfeed/protocols'
import type { ClientCall } from '../client.ts'
import type { OwnerOf } from './owner.ts'

/** Where an answer of the Responses API is kept, and for whom. */
interface Origin {
  /** The id of the provider that keeps it. */
  readonly provider: string
  /** Whose it is (`OwnerOf`). */
  readonly owner: string
}

/** Which supply keeps which answer: what requests about it go by. In memory only, and bounded: the oldest are forgotten. */
export interface AnswerOrigins {
  note(id: string, origin: Origin): void
  of(id: string): Origin | undefined
  forget(id: string): void
}

/** About 200 bytes each. */
const mostIds = 20_000

/** Knows of no answer yet. */
export function createAnswerOrigins(most: number = mostIds): AnswerOrigins {
  const known = new Map<string, Origin>()
  return {
    note(id, origin) {
      known.delete(id)
      if (known.size >= most) known.delete(known.keys().next().value ?? '')
      known.set(id, origin)
    },
    of: (id) => known.get(id),
    forget: (id) => void known.delete(id),
  }
}

/** The id of the provider that keeps the answer which a request goes on from; undefined where that is not known. */
export function keeperOf(origins: AnswerOrigins, body: JsonObject): string | undefined {
  const named = asString(body['previous_response_id'])
  return named === undefined ? undefined : origins.of(named)?.provider
}

/** The refusal of a request that goes on from the answer of another key: nobody else's conversation is anybody's. */
export function othersAnswer(
  { answerOrigins, ownerOf }: { readonly answerOrigins: AnswerOrigins; readonly ownerOf: OwnerOf },
  { body, headers }: ClientCall,
): GatewayError | undefined {
  const named = asString(body['previous_response_id'])
  const origin = named === undefined ? undefined : answerOrigins.of(named)
  if (named === undefined || !origin || origin.owner === ownerOf(headers)) return undefined
  return new GatewayError('invalid-request', 400, `Previous response with id '${named}' not found.`, {
    reason: 'previous-response-not-found',
    upstream: {
      type: 'invalid_request_error',
      code: 'previous_response_not_found',
      param: 'previous_response_id',
    },
  })
}
