import { rest, type JsonObject } from '../core/json.ts'
import type { Extras } from '../core/protocol.ts'

/** What this protocol alone said about a thing; empty when it said nothing. */
export function ownExtras(thing: { readonly extras?: Extras }): JsonObject {
  return thing.extras?.responses ?? nothing
}

/** `{extras}` with the members of `object` that a reader did not consume; `{}` when it consumed all. */
export function keepRest(object: JsonObject, consumed: readonly string[]): { readonly extras?: Extras } {
  const kept = rest(object, new Set(consumed))
  return kept ? { extras: { responses: kept } } : nothing
}

const nothing: Record<string, never> = {}
