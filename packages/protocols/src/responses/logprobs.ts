import { asObjects, type JsonObject } from '../core/json.ts'
import type { TokenLogprob } from '../core/part.ts'

/** The log probabilities of a delta. Its event leaves out the bytes, which Chat Completions then states as null. */
export function readLogprobs(list: readonly JsonObject[]): readonly TokenLogprob[] {
  return list.map((one) => ({
    ...one,
    bytes: one['bytes'] ?? null,
    top_logprobs: asObjects(one['top_logprobs']).map((other) => ({ ...other, bytes: other['bytes'] ?? null })),
  }))
}

/** Log probabilities with the lists that must be there; other servers say null for bytes that they do not know, or nothing. */
export function writeLogprobs(list: readonly TokenLogprob[]): readonly JsonObject[] {
  return list.map((one) => ({ ...withBytes(one), top_logprobs: asObjects(one['top_logprobs']).map(withBytes) }))
}

function withBytes(one: JsonObject): JsonObject {
  return Array.isArray(one['bytes']) ? one : { ...one, bytes: [] }
}
