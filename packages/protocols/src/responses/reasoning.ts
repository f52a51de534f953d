import { asObject, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, ReasoningRequest } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { ownExtras } from './extras.ts'

/** The efforts in use, weakest first. What is not here is a vendor's own and passes as it is. */
const ranking: readonly string[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra']

/** The `reasoning` member of a request; undefined when nothing was asked. */
export function writeReasoningSettings(prompt: Prompt, traits: Traits, lose: ReportLoss): JsonObject | undefined {
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
  const wanted = asked.effort ?? (asked.budget === undefined ? undefined : effortOfBudget(asked.budget, efforts))
  if (wanted === undefined || !efforts || efforts.includes(wanted)) return wanted
  const rank = ranking.indexOf(wanted)
  if (efforts.length > 0 && rank < 0) return wanted
  const willing = efforts.filter((effort) => effort !== 'none')
  const lower = willing.findLast((effort) => ranking.indexOf(effort) < rank)
  const chosen = lower ?? willing[0]
  const instead = chosen === undefined ? 'nothing' : `'${chosen}'`
  lose({ path: 'reasoning.effort', why: `the model does not take '${wanted}'; ${instead} is asked instead` })
  return chosen
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

/** The effort that a budget of thinking tokens amounts to. */
function effortOfBudget(tokens: number, efforts: readonly string[] | undefined): string {
  if (tokens <= 4096) return 'low'
  if (tokens <= 16_384) return 'medium'
  return tokens > 32_768 && efforts?.includes('xhigh') ? 'xhigh' : 'high'
}

/** Whether an answer may hold reasoning, as far as the traits tell. */
export function mayReason(traits: Traits): boolean {
  return traits.reasoning.efforts === undefined || traits.reasoning.efforts.length > 0
}
