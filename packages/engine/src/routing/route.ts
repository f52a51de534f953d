import type { GatewayError } from '@crossfeed/protocols'
import type { Supply } from '../providers/provider.ts'

/** The conversation that a request belongs to; undefined where its client does not say. */
export type Session = () => string | undefined

/** What is asked for, as far as the way depends on it. */
export interface Asked {
  /** The model as the client wrote it. */
  readonly model: string
  /** The provider that a route such as `/name/v1/messages` names. */
  readonly provider?: string | undefined
  /** The conversation, so that it stays where its prompt cache and its sealed reasoning are. */
  readonly session: Session
}

/**
 * When a target is tried: `first` by everybody, `fallback` after any failure that may pass elsewhere, the other two only after a
 * context overflow or a refusal of the content.
 */
export type Turn = 'first' | 'fallback' | 'context-window' | 'content-policy'

/** One place where a request may go. */
export interface Candidate {
  /** The provider's id. */
  readonly provider: string
  /** The model as it is asked for. */
  readonly model: string
  /** The model as its provider lists it, once that is known; until then as it is asked for. */
  readonly id: string
  readonly turn: Turn
  /** The supply, once it was looked up; undefined where the provider has no such model. */
  find(): Supply | undefined | Promise<Supply | undefined>
}

/** Where a name leads: the places to try, best first, and the one that was chosen to begin with. */
export interface Route {
  /** The alias that was asked for; undefined where a model was named. */
  readonly alias: string | undefined
  readonly candidates: readonly Candidate[]
  readonly first: Supply
}

/** Finds the way for each request. */
export interface Router {
  /** Rejects (or throws) `not-found` with the nearest names, or what a provider says of its list. Synchronous where it can be. */
  route(asked: Asked): Route | Promise<Route>
  /** The places to try after `tried` failed, the last of them with `error`; none where the error would be the same there. */
  next(route: Route, tried: readonly Supply[], error: GatewayError): readonly Candidate[]
  /** The names most like one that was not found, nearest first, at most three. */
  nearest(model: string): readonly string[]
  /** Remembers how a call to a supply ended; `resetsAt` in milliseconds since 1970 where a quota is used up until then. */
  failed(supply: Supply, error: GatewayError, resetsAt: number | undefined): void
  served(supply: Supply): void
}
