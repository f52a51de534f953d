import { effortOfBudget, fitBudget, fitEffort, leastBudget } from '../core/effort.ts'
import { asNumber, asString, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, ReasoningRequest } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'

const members: ReadonlySet<string> = new Set(['type', 'budget_tokens', 'display'])

/** What a `thinking` asks for and its members without a word; undefined when it is of no known type. */
export function readReasoningRequest(
  thinking: JsonObject,
): { readonly reasoning: ReasoningRequest; readonly kept?: JsonObject } | undefined {
  const mode = readMode(thinking)
  if (!mode) return undefined
  const display = asString(thinking['display'])
  const kept = rest(thinking, members)
  return {
    reasoning: { ...mode, ...(display === undefined ? {} : { display }) },
    ...(kept ? { kept } : {}),
  }
}

function readMode(thinking: JsonObject): ReasoningRequest | undefined {
  const budget = asNumber(thinking['budget_tokens'])
  if (thinking['type'] === 'enabled') return budget === undefined ? undefined : { mode: 'budget', budget }
  if (thinking['type'] === 'adaptive') return { mode: 'adaptive' }
  return thinking['type'] === 'disabled' ? { mode: 'off' } : undefined
}

/** Efforts that every model with `output_config.effort` has. */
const commonEfforts: readonly string[] = ['low', 'medium', 'high']

/** `thinking` and `output_config.effort` of a request; either may be unsaid. */
export interface ChosenReasoning {
  readonly thinking?: MutableJson
  readonly effort?: string
}

/** What of the rest of the request decides on reasoning. */
export interface ReasoningLimits {
  readonly maxTokens: number
  /** Whether `tool_choice` forces a call. */
  readonly forced: boolean
  /** Whether the call that is being answered stands without the thinking that led to it. */
  readonly bare: boolean
}

/**
 * Reasoning in the target model's own terms: a client's budget becomes adaptive thinking on a model that has no other, an
 * effort becomes a budget on a model that takes only those. An effort that the model has not becomes the next lower one.
 */
export function chooseReasoning(
  prompt: Prompt,
  traits: Traits,
  limits: ReasoningLimits,
  lose: ReportLoss,
): ChosenReasoning {
  const wish = prompt.reasoning
  if (!wish) return {}
  // Effort without thinking is a request of this API; from another, an effort asks for reasoning.
  const ownEffort = prompt.extras?.messages?.['output_config'] !== undefined
  const foreign = wish.mode === undefined && !ownEffort
  if (wish.mode === 'off') {
    const off = takesThinking(traits) ? { thinking: { type: 'disabled' } } : {}
    return { ...off, ...effortMember(wish.effort, traits, lose) }
  }
  if (foreign && (wish.effort === 'none' || (wish.effort === undefined && wish.summary === undefined))) return {}
  if (wish.mode === undefined && !foreign) return effortMember(wish.effort, traits, lose)
  const thinking = chooseThinking(wish, traits, limits, foreign, lose)
  const isAdaptive = thinking?.['type'] === 'adaptive'
  if (isAdaptive && wish.effort === undefined && wish.budget !== undefined)
    return { thinking, ...effortMember(effortOfBudget(wish.budget, traits.reasoning.efforts), traits, lose) }
  // A budget says it already; a client's own effort is said beside it.
  const said = isAdaptive || !foreign || traits.reasoning.efforts?.length ? effortMember(wish.effort, traits, lose) : {}
  return { ...(thinking ? { thinking } : {}), ...said }
}

function takesThinking({ reasoning }: Traits): boolean {
  return reasoning.adaptive || reasoning.budget !== undefined
}

function chooseThinking(
  wish: ReasoningRequest,
  traits: Traits,
  limits: ReasoningLimits,
  foreign: boolean,
  lose: ReportLoss,
): MutableJson | undefined {
  const { adaptive, budget } = traits.reasoning
  if (!takesThinking(traits)) {
    if (!traits.reasoning.efforts?.length) lose({ path: 'reasoning', why: 'the model does not reason' })
    return undefined
  }
  const useAdaptive = adaptive && !(wish.mode === 'budget' && budget)
  if (limits.forced && (foreign || !useAdaptive)) {
    lose({ path: 'reasoning', why: 'thinking cannot go with a tool choice that forces a call' })
    return undefined
  }
  const summarized = foreign || wish.summary !== undefined ? 'summarized' : undefined
  if (useAdaptive) {
    const display = wish.display ?? summarized
    return { type: 'adaptive', ...(display === undefined ? {} : { display }) }
  }
  if (limits.bare) {
    // "When thinking is enabled, a final assistant message must start with a thinking block": a 400 otherwise.
    lose({ path: 'reasoning', why: 'the last call came back without the thinking that must stand before it' })
    return undefined
  }
  const bounds = budget ?? { min: leastBudget, max: Number.MAX_SAFE_INTEGER }
  const tokens = fitBudget({ budget: wish.budget, effort: wish.effort ?? 'high' }, bounds, limits.maxTokens)
  if (tokens === undefined) {
    lose({ path: 'reasoning', why: `${limits.maxTokens} output tokens leave no room for thinking` })
    return undefined
  }
  const display = wish.display === undefined ? {} : { display: wish.display }
  return { type: 'enabled', budget_tokens: tokens, ...display }
}

function effortMember(effort: string | undefined, traits: Traits, lose: ReportLoss): { readonly effort?: string } {
  if (effort === undefined || effort === 'none') return {}
  const efforts = traits.reasoning.efforts ?? (effort === 'minimal' ? commonEfforts : undefined)
  const fitted = fitEffort(effort, efforts, lose)
  return fitted === undefined ? {} : { effort: fitted }
}
