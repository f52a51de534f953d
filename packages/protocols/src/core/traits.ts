import { leastBudget } from './effort.ts'

/**
 * What one target accepts within (or short of) its protocol's grammar. Facts of a provider and a model, given as data so
 * that writers hold no vendor's name.
 */
export interface Traits {
  /** Chat: the member that carries readable reasoning in history; `none` where a server refuses any. */
  readonly reasoningField: 'reasoning_content' | 'reasoning_text' | 'reasoning' | 'none'
  /**
   * Chat: what is thought may stand in the content, before what is said, within `<think>` tags. `opened`: answers were heard
   * that have only the closing one, since the model's template has begun their thoughts.
   */
  readonly thinkTags?: boolean | 'opened'
  /** Chat: which token limit the model takes. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  /** Free-text tools and their grammar. Without them a custom tool becomes a function with one string. */
  readonly customTools: boolean
  /** Responses: named groups of tools. Without them the members get flat names. */
  readonly namespaces: boolean
  /** Responses: a search for tools that the client runs (`tool_search`). Without it the search becomes a function. */
  readonly toolSearch: boolean
  /** Tools that the provider runs: all that the protocol has, or none. */
  readonly hostedTools: boolean
  /** Chat: the type of the tool by which the provider searches the web, with its settings in `parameters`. */
  readonly searchTool?: string
  /** Whether a conversation may end with an assistant turn. */
  readonly prefill: boolean
  /** Chat: an assistant turn at the end is gone on with, as Messages does, and not answered. */
  readonly continues?: boolean
  /** Images inside tool results, where the protocol can hold them. */
  readonly toolResultMedia: boolean
  /** Documents (PDF) as input. */
  readonly documents: boolean
  /** Whether it takes the stop sequences that its protocol has; it does unless this says otherwise. */
  readonly stops?: boolean
  /** Structured output by JSON schema. */
  readonly jsonSchema: boolean
  /**
   * Breakpoints on parts: Messages' `cache_control`, a chat dialect with the same on parts, or on whole messages (as
   * `cache_control` too: a provider whose messages call it otherwise renames it).
   */
  readonly cacheMarks: 'none' | 'parts' | 'messages'
  /** How reasoning is asked for: what the model takes of effort, budget, adaptive thinking. */
  readonly reasoning: {
    /** Efforts that the model names, weakest first; undefined when it is not known which it takes. */
    readonly efforts?: readonly string[]
    readonly adaptive: boolean
    /** Token bounds; undefined when the model takes no budget. */
    readonly budget?: { readonly min: number; readonly max: number }
    /**
     * Chat: `enable_thinking` and `thinking_budget` (tokens) where the model takes these and no effort; `thinking: {type}`
     * where that is its switch, beside an effort.
     */
    readonly member?: 'thinking_budget' | 'thinking'
  }
  /** The model's own maximum of output tokens: the value sent where the protocol demands one and the client gave none. */
  readonly maxOutput?: number
  /** Longest tool name. Names beyond it, or with other characters than `[A-Za-z0-9_-]`, are replaced and mapped back. */
  readonly toolNameLength: number
  /** Whether Messages may hold turns of role system inside the conversation. */
  readonly systemTurns: boolean
}

/** A target about which nothing is known beyond its protocol: the protocol as its vendor documents it. */
export const plainTraits: Traits = {
  reasoningField: 'reasoning_content',
  maxTokensField: 'max_tokens',
  customTools: true,
  namespaces: true,
  toolSearch: true,
  hostedTools: true,
  prefill: true,
  toolResultMedia: true,
  documents: true,
  jsonSchema: true,
  cacheMarks: 'parts',
  reasoning: { adaptive: true, budget: { min: leastBudget, max: 128_000 } },
  toolNameLength: 64,
  systemTurns: false,
}
