import { askedEffort, budgetOfEffort, fitEffort } from '../core/effort.ts'
import { asBoolean, asNumber, asObject, asString, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { ReasoningRequest } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'

/** Request members that ask for reasoning: OpenAI's, OpenRouter's, DeepSeek's and Copilot's, DashScope's. */
export const reasoningMembers: ReadonlySet<string> = new Set([
  'reasoning_effort',
  'reasoning',
  'thinking',
  'thinking_budget',
  'enable_thinking',
])

/** How much reasoning a request asks for; undefined when it does not say. */
export function readReasoningRequest(body: JsonObject): ReasoningRequest | undefined {
  const nested = asObject(body['reasoning'])
  const thinking = asObject(body['thinking'])
  const word = asString(body['reasoning_effort']) ?? asString(nested?.['effort'])
  // Groq's word for what the model does by itself; no other API knows it.
  const effort = word === 'default' ? undefined : word
  const budget =
    asNumber(nested?.['max_tokens']) ?? asNumber(thinking?.['budget_tokens']) ?? asNumber(body['thinking_budget'])
  const on = isOn(thinking) ?? asBoolean(nested?.['enabled']) ?? asBoolean(body['enable_thinking'])
  if (effort === undefined && budget === undefined && on === undefined) return undefined
  const said = effort === undefined ? {} : { effort }
  if (effort === 'none' || on === false || budget === 0) return { mode: 'off', ...said }
  if (budget !== undefined) return { mode: 'budget', budget, ...said }
  return on ? { mode: 'adaptive', ...said } : said
}

function isOn(thinking: JsonObject | undefined): boolean | undefined {
  const type = asString(thinking?.['type'])
  return type === undefined ? undefined : type !== 'disabled'
}

/** `reasoning_effort` for what was asked, within what the model takes; undefined leaves the choice to the model. */
export function writeEffort(asked: ReasoningRequest, traits: Traits, lose: ReportLoss): string | undefined {
  const { efforts } = traits.reasoning
  if (asked.mode === 'off') {
    if (efforts?.includes('none')) return 'none'
    // Said to a server about which nothing is known only if the client named it so.
    if (efforts === undefined && asked.effort !== undefined) return asked.effort
    if (efforts?.length !== 0) lose({ path: 'reasoning', why: 'the server has no word for no reasoning' })
    return undefined
  }
  const wanted = askedEffort(asked, efforts)
  return wanted === undefined ? undefined : fitEffort(wanted, efforts, lose)
}

/** DashScope's members for what was asked: thinking on or off, and its budget where one was meant. */
export function writeThinkingBudget(asked: ReasoningRequest): JsonObject {
  if (asked.mode === 'off' || asked.effort === 'none') return { enable_thinking: false }
  const budget = asked.budget ?? (asked.effort === undefined ? Infinity : budgetOfEffort(asked.effort))
  return { enable_thinking: true, ...(Number.isFinite(budget) ? { thinking_budget: budget } : {}) }
}

/** The `thinking` switch for what was asked; undefined when neither reasoning nor none was asked for. */
export function writeThinkingSwitch(asked: ReasoningRequest): 'enabled' | 'disabled' | undefined {
  if (asked.mode === 'off' || asked.effort === 'none') return 'disabled'
  return asked.mode === undefined && asked.effort === undefined ? undefined : 'enabled'
}
