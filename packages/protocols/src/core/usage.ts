import type { JsonObject } from './json.ts'
import type { ProtocolId } from './protocol.ts'

/** Tokens of one call. `input` is everything that was read, cached or not; `output` includes reasoning. */
export interface Usage {
  readonly input: number
  readonly output: number
  /** Part of `input` that came from the prompt cache. */
  readonly cacheRead?: number
  /** Part of `input` that was written to the prompt cache. */
  readonly cacheWrite?: number
  readonly reasoning?: number
  /** Web searches that the provider ran. */
  readonly searches?: number
  /** The upstream's own object, with the protocol that it is written in. */
  readonly raw?: { readonly protocol: ProtocolId; readonly value: JsonObject }
}

/** What is known of an answer that tells of no tokens. */
export const noUsage: Usage = { input: 0, output: 0 }
