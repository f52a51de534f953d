import type { JsonObject, ProtocolId } from '@crossfeed/protocols'

/** One model of a provider's list. Absent members were not said by the upstream. */
export interface Model {
  readonly id: string
  readonly name: string
  /** `OpenAI`, `Azure OpenAI`, `Anthropic`, `Google`, …; empty when not said. */
  readonly vendor: string
  readonly family?: string
  /** The protocols it is served in over HTTP; none for embedding and completion models. */
  readonly endpoints: readonly ProtocolId[]
  /** The protocols it is served in over WebSocket. */
  readonly webSocket: readonly ProtocolId[]
  readonly embeddings: boolean
  /** Tokens, and pieces for `images`. */
  readonly limits: ModelLimits
  readonly supports: ModelSupports
  /** USD for a million tokens. */
  readonly prices?: ModelPrices
  /** Premium-request multiplier of plans that count requests. */
  readonly multiplier?: number
  readonly policy?: ModelPolicy
  /** The entry as it came. */
  readonly raw: JsonObject
}

export interface ModelLimits {
  readonly context?: number
  /** The limit that is enforced on input. */
  readonly prompt?: number
  readonly output?: number
  readonly nonStreamingOutput?: number
  readonly images?: number
}

/** What a model can do. All absent when the entry says nothing at all; else what is not named is false. */
export interface ModelSupports {
  readonly streaming?: boolean
  readonly toolCalls?: boolean
  readonly parallelToolCalls?: boolean
  readonly structuredOutputs?: boolean
  readonly vision?: boolean
  readonly efforts?: readonly string[]
  readonly adaptiveThinking?: boolean
  readonly thinkingBudget?: { readonly min: number; readonly max: number }
}

export interface ModelPrices {
  readonly input?: number
  readonly output?: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  /** Prompt tokens up to which these prices hold. */
  readonly contextMax?: number
  /** Prices beyond that. */
  readonly longContext?: Omit<ModelPrices, 'longContext'>
}

export interface ModelPolicy {
  /** `enabled`, `disabled`, `unconfigured`, or a newer word. */
  readonly state: string
  readonly terms?: string
}
