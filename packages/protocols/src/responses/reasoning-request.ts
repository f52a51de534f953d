import { askedEffort, fitEffort } from '../core/effort.ts'
import { asObject, asString, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, ReasoningRequest } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { ownExtras } from './extras.ts'

/** What a `reasoning` member asks for; its members without a word go into `nested`. */
export function readReasoningRequest(reasoning: JsonObject, nested: MutableJson): ReasoningRequest | undefined {
  const effort = asString(reasoning['effort'])
  const summary = asString(reasoning['summary'])
  const consumed = [...(effort === undefined ? [] : ['effort']), ...(summary === undefined ? [] : ['summary'])]
  const kept = rest(reasoning, new Set(consumed))
  // An empty object is kept as such.
  if (kept || consumed.length === 0) nested['reasoning'] = kept ?? {}
  if (consumed.length === 0) return undefined
  return {
    ...(effort === 'none' ? { mode: 'off' } : {}),
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined ? {} : { summary }),
  }
}

/** The `reasoning` member of a request; undefined when nothing was asked. */
export function writeReasoningRequest(prompt: Prompt, traits: Traits, lose: ReportLoss): JsonObject | undefined {
  const own = asObject(ownExtras(prompt)['reasoning'])
  const effort = prompt.reasoning ? chooseEffort(prompt.reasoning, traits, lose) : undefined
  const summary = prompt.reasoning ? chooseSummary(prompt.reasoning) : undefined
  const written: JsonObject = {
    ...own,
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined ? {} : { summary }),
  }
  return Object.keys(written).length > 0 ? written : undefined
}

/** Thinking that a Messages client wants to see needs a summary here; Chat clients have no slot that asks for one. */
function chooseSummary(asked: ReasoningRequest): string | undefined {
  if (asked.summary !== undefined) return asked.summary
  const thinking = asked.mode === 'adaptive' || asked.mode === 'budget'
  return thinking && asked.display !== 'omitted' ? 'auto' : undefined
}

function chooseEffort(asked: ReasoningRequest, traits: Traits, lose: ReportLoss): string | undefined {
  const { efforts } = traits.reasoning
  if (asked.mode === 'off' || asked.effort === 'none') return chooseNone(asked, efforts, lose)
  const wanted = askedEffort(asked, efforts)
  return wanted === undefined ? undefined : fitEffort(wanted, efforts, lose)
}

function chooseNone(
  asked: ReasoningRequest,
  efforts: readonly string[] | undefined,
  lose: ReportLoss,
): string | undefined {
  // Said in so many words, it is the client's own choice; thinking turned off in Messages is not.
  if (!efforts && asked.effort === 'none') return 'none'
  if (efforts?.includes('none')) return 'none'
  if (efforts?.length === 0) return undefined
  const lowest = efforts?.[0]
  lose({
    path: 'reasoning',
    why: `reasoning cannot be turned off${lowest === undefined ? '' : `; '${lowest}' is asked instead`}`,
  })
  return lowest
}

/** Whether an answer may hold reasoning, as far as the traits tell. */
export function mayReason(traits: Traits): boolean {
  return traits.reasoning.efforts === undefined || traits.reasoning.efforts.length > 0
}
