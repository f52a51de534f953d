import type { Json, JsonObject } from './json.ts'
import type { CacheMark, Part } from './part.ts'
import type { Extras, ProtocolId } from './protocol.ts'

/**
 * One speaker's contribution, one wire item each: neighbours of the same role are joined only by a writer whose
 * protocol asks for it.
 */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant'
  /**
   * Where a system turn stood: `instructions` is the request's own slot (Messages `system`, Responses
   * `instructions`), `developer` the role of that name; absent is a turn of role system inside the conversation.
   */
  readonly level?: 'instructions' | 'developer'
  readonly name?: string
  readonly parts: readonly Part[]
  readonly extras?: Extras
}

/** A tool whose input is a JSON object. */
export interface FunctionTool {
  readonly kind: 'function'
  readonly name: string
  readonly namespace?: string
  readonly description?: string
  /** JSON Schema of the arguments; absent when the client sent none. */
  readonly schema?: JsonObject
  readonly strict?: boolean | null
  readonly cache?: CacheMark
  readonly extras?: Extras
}

/** A tool whose input is free text, optionally bound by a grammar. */
export interface CustomTool {
  readonly kind: 'custom'
  readonly name: string
  readonly namespace?: string
  readonly description?: string
  /** `{type: 'text'}` or `{type: 'grammar', syntax: 'lark' | 'regex', definition}`. */
  readonly format?: JsonObject
  readonly extras?: Extras
}

/** Web search run by the provider. */
export interface WebSearchTool {
  readonly kind: 'web-search'
  /** The protocol that the settings in `extras` are written in. */
  readonly protocol: ProtocolId
  readonly allowedDomains?: readonly string[]
  readonly blockedDomains?: readonly string[]
  /** `{type: 'approximate', city, region, country, timezone}`. */
  readonly location?: JsonObject
  readonly maxUses?: number
  /** How much of what is found is read: `low | medium | high`. */
  readonly contextSize?: string
  readonly extras?: Extras
}

/** A tool of one protocol without a word in the core, whole. */
export interface NativeTool {
  readonly kind: 'native'
  readonly protocol: ProtocolId
  readonly value: JsonObject
}

/** A named group of tools (Responses `namespace`); its members stand in the tool list with this `namespace`. */
export interface NamespaceTool {
  readonly kind: 'namespace'
  readonly name: string
  readonly description?: string
  readonly extras?: Extras
}

/** What the model may use. */
export type Tool = FunctionTool | CustomTool | WebSearchTool | NamespaceTool | NativeTool

/** Which tools the model may or must call in its next answer. */
export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  | { readonly mode: 'tool'; readonly name: string; readonly namespace?: string; readonly form: 'json' | 'text' }
  /** The provider's web search must be called. */
  | { readonly mode: 'web-search'; readonly extras?: Extras }
  /** Only the named tools may be called. */
  | { readonly mode: 'allowed'; readonly require: boolean; readonly names: readonly string[] }
  | { readonly mode: 'native'; readonly protocol: ProtocolId; readonly value: Json }

/** How tokens are drawn, in the units of the protocols, which agree in them (temperature 0 to 2; Messages takes up to 1). */
export interface Sampling {
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly stop?: readonly string[]
  readonly seed?: number
  readonly frequencyPenalty?: number
  readonly presencePenalty?: number
}

/** How much the model is to think before it answers, and how much of that is to be seen. */
export interface ReasoningRequest {
  /** `off` asks for none, `adaptive` lets the model decide, `budget` grants a number of tokens. */
  readonly mode?: 'off' | 'adaptive' | 'budget'
  /** Tokens. */
  readonly budget?: number
  /** `none | minimal | low | medium | high | xhigh | max`, or what the vendor invents next. */
  readonly effort?: string
  /** How readable reasoning is wanted: Responses `auto | concise | detailed`. */
  readonly summary?: string
  /** Messages `display`: `summarized | omitted | updates`. */
  readonly display?: string
}

/** What the words of the answer have to be: free, any JSON, or JSON of a schema. */
export type Format =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema'
      /** Absent in Messages, required in the other two. */
      readonly name?: string
      readonly description?: string
      readonly schema: JsonObject
      readonly strict?: boolean | null
    }

/** A request, whatever protocol it came in. Members that are absent were not said. */
export interface Prompt {
  readonly model: string
  readonly turns: readonly Turn[]
  readonly tools: readonly Tool[]
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
  /** Tokens. */
  readonly maxTokens?: number
  readonly sampling: Sampling
  readonly reasoning?: ReasoningRequest
  /** `low | medium | high`. */
  readonly verbosity?: string
  readonly format?: Format
  readonly stream: boolean
  /** Whether a Chat Completions client asked for the usage chunk. */
  readonly streamUsage?: boolean
  /** The end user, as the client's service knows them (Messages `metadata.user_id`). */
  readonly user?: string
  /** OpenAI's pairs of texts that are kept with a stored answer. */
  readonly metadata?: JsonObject
  /** As the client said it: the tiers of OpenAI and of Messages have names of their own. */
  readonly serviceTier?: string
  /** Whether the service may keep the answer (OpenAI). */
  readonly store?: boolean
  /** What requests with the same beginning share, so that they reach the same cache (OpenAI). */
  readonly cacheKey?: string
  /** How long the cache keeps the prompt (OpenAI): `in_memory | 24h`. */
  readonly cacheRetention?: string
  /** How OpenAI caches the prompt: `{mode, ttl}`. */
  readonly cacheOptions?: JsonObject
  /** A hash of the end user, by which OpenAI watches for abuse. */
  readonly safetyId?: string
  /** By which model OpenAI moderates the input and the output, and whether it blocks them: `{model, policy}`. */
  readonly moderation?: JsonObject
  /** Log probabilities of the answer's tokens, with this many alternatives. */
  readonly logprobs?: { readonly top?: number }
  /** Answers wanted. */
  readonly choices?: number
  /** A breakpoint for the whole request (Messages, top level). */
  readonly cache?: CacheMark
  readonly extras?: Extras
}
