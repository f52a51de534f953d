import type { ReportLoss } from './loss.ts'
import type { ReasoningRequest } from './prompt.ts'

/** Reasoning efforts of all vendors, weakest first. */
export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra'] as const
/** One of them. */
export type Effort = (typeof efforts)[number]

const ladder: readonly string[] = efforts

/** The smallest budget of thinking tokens that the Messages API takes (platform.claude.com, "Extended thinking"). */
export const leastBudget = 1024

/** Budgets from here on, in tokens, are an effort's. The lower two bounds are those that proxies agreed on (TR-18). */
const lowUpTo = 8000
const highFrom = 24_000
/** Above the 31,999 tokens that are the most that coding agents ask for by budget, so that those stay `high`. */
const xhighFrom = 32_768

/**
 * The effort that a budget of thinking tokens stands for. `xhigh` is answered only where the model offers it: a budget can
 * be asked of any server, a word that it does not know cannot.
 */
export function effortOfBudget(tokens: number, offered: readonly string[] | undefined): string {
  if (tokens <= lowUpTo) return 'low'
  if (tokens < highFrom) return 'medium'
  return tokens >= xhighFrom && offered?.includes('xhigh') ? 'xhigh' : 'high'
}

/**
 * The thinking budget, in tokens, that an effort stands for: `effortOfBudget` turned round, for which an effort that is not
 * known counts as `medium`. `max` and `ultra` are without bound: the most that a model takes.
 */
export function budgetOfEffort(effort: string | undefined): number {
  switch (effort) {
    case 'none':
      return 0
    case 'minimal':
      return leastBudget
    case 'low':
      return lowUpTo
    case 'high':
      return highFrom
    case 'xhigh':
      return xhighFrom
    case 'max':
    case 'ultra':
      return Infinity
    default:
      return 16_000
  }
}

/**
 * The thinking budget for what was asked, in tokens: within the model's bounds and below the limit of the whole answer.
 * The client's own number is kept where it fits. An effort asks for no number, and a number above the limit cannot be had:
 * either leaves half of the limit to the answer, or a quarter where the least budget takes more. Undefined when even that
 * does not fit, since an answer that is cut at its first words is worse than one without thinking.
 */
export function fitBudget(
  asked: { readonly budget?: number | undefined; readonly effort?: string | undefined },
  { min, max }: { readonly min: number; readonly max: number },
  limit: number,
): number | undefined {
  const { budget } = asked
  const wanted = Math.min(Math.max(budget ?? budgetOfEffort(asked.effort), min), max)
  if (budget !== undefined && budget >= min && wanted < limit) return wanted
  const most = Math.max(Math.floor(limit / 2), min)
  return limit - most < limit / 4 ? undefined : Math.min(wanted, most)
}

/**
 * The effort to send when `asked` was wanted and the model takes `offered`: the same when it is offered, else the nearest
 * lower that still reasons, else the lowest. Undefined when the model takes none. A word that nobody knows is kept: it may be
 * a vendor's newest, and otherwise the service says itself what is wrong with it.
 */
export function nearestEffort(asked: string, offered: readonly string[]): string | undefined {
  if (offered.length === 0 || offered.includes(asked)) return offered.length === 0 ? undefined : asked
  const wanted = ladder.indexOf(asked)
  if (wanted < 0) return asked
  const known = offered
    .filter((effort) => effort !== 'none' && ladder.includes(effort))
    .toSorted((one, other) => ladder.indexOf(one) - ladder.indexOf(other))
  return known.findLast((effort) => ladder.indexOf(effort) < wanted) ?? known[0]
}

/** The effort that is asked for, in its own word or as a budget; undefined when none is. */
export function askedEffort(
  { effort, budget }: ReasoningRequest,
  offered: readonly string[] | undefined,
): string | undefined {
  return effort ?? (budget === undefined ? undefined : effortOfBudget(budget, offered))
}

/** `nearestEffort`, reported where it is another than was asked for. What a model takes is not known when `offered` is undefined. */
export function fitEffort(asked: string, offered: readonly string[] | undefined, lose: ReportLoss): string | undefined {
  const chosen = offered ? nearestEffort(asked, offered) : asked
  if (chosen === asked) return asked
  const instead = chosen === undefined ? 'nothing' : `'${chosen}'`
  lose({ path: 'reasoning.effort', why: `the model does not take '${asked}'; ${instead} is asked instead` })
  return chosen
}
