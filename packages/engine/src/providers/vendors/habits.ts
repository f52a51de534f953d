import type { Traits } from '@crossfeed/protocols'
import type { ProviderSettings } from '../settings.ts'
import { hostOf } from './hosts.ts'

/** What a vendor's Chat Completions does otherwise than others that speak the same protocol. */
export interface VendorHabits {
  /** The member that carries readable reasoning in history; `none` where any is refused. */
  readonly reasoningField?: Traits['reasoningField']
  /** What its models think never stands in the content within tags. */
  readonly partsThinking?: true
  /** Other members with the same meaning are refused. */
  readonly refusesOthers?: true
  /** Reasoning is switched by `thinking: {type: 'enabled' | 'disabled'}`. */
  readonly switchesThinking?: true
  /** A call cannot be forced while the model thinks, which it does unless told otherwise. */
  readonly forcesUnthinking?: true
  /** What stands in an assistant's message for reasoning that is not there, and in which messages something has to. */
  readonly missingReasoning?: { readonly text: string; readonly in: 'all' | 'calls' }
  /** Ids of calls have nine letters and digits, and words of the user may not follow results. */
  readonly strictTurns?: true
  /** The output is limited by `max_tokens` only. */
  readonly oldLimit?: true
  /** The type of its tool that searches the web, with settings in `parameters`. */
  readonly searchTool?: string
  /** A call without the signature of its own model is refused. */
  readonly signsCalls?: true
}

const none: VendorHabits = {}
const unthinking: VendorHabits = { partsThinking: true, switchesThinking: true, forcesUnthinking: true }

/**
 * By host. OpenRouter: "Server tools" of its documents. Groq and Cerebras: "property 'reasoning_content' is
 * unsupported", their documents say `reasoning`. Google: "Unknown name … Cannot find field". DeepSeek ("Thinking mode"):
 * "The `reasoning_content` in the thinking mode must be passed back to the API", in every message, be it empty.
 * Moonshot: "thinking is enabled but reasoning_content is missing in assistant tool call message", where an empty one
 * counts as missing. Both: "Thinking mode does not support this tool_choice". GLM ("Thinking mode" of docs.z.ai) has the
 * switch of these two.
 */
const habits: readonly (readonly [RegExp, VendorHabits])[] = [
  [
    /(?:^|\.)openrouter\.ai$/,
    { reasoningField: 'reasoning', partsThinking: true, searchTool: 'openrouter:web_search' },
  ],
  [/^api\.(?:groq\.com|cerebras\.ai)$/, { reasoningField: 'reasoning', refusesOthers: true }],
  [/^api\.mistral\.ai$/, { reasoningField: 'none', partsThinking: true, strictTurns: true, oldLimit: true }],
  [
    /^generativelanguage\.googleapis\.com$|aiplatform\.googleapis\.com$/,
    { reasoningField: 'none', partsThinking: true, signsCalls: true },
  ],
  [/^api\.deepseek\.com$/, { ...unthinking, oldLimit: true, missingReasoning: { text: '', in: 'all' } }],
  [/^api\.moonshot\.(?:ai|cn)$/, { ...unthinking, missingReasoning: { text: ' ', in: 'calls' } }],
  [/^api\.z\.ai$|^open\.bigmodel\.cn$/, { partsThinking: true, switchesThinking: true, oldLimit: true }],
]

/** The habits of the vendor at a provider's address; none where it is not known. */
export function habitsOf(settings: ProviderSettings): VendorHabits {
  const host = hostOf(settings)
  return habits.find(([hosts]) => hosts.test(host))?.[1] ?? none
}
