/** Reasoning efforts of all vendors, weakest first. */
const ladder: readonly string[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'ultra']

/**
 * The effort to send when `asked` was wanted and the model takes `offered`: the same when it is offered, else the
 * nearest lower, else the lowest offered. Undefined when the model takes none. A word that nobody knows is kept, so that
 * the service says itself what is wrong with it.
 */
export function effortFor(asked: string, offered: readonly string[]): string | undefined {
  if (offered.length === 0) return undefined
  if (offered.includes(asked)) return asked
  const wanted = ladder.indexOf(asked)
  if (wanted < 0) return asked
  const known = offered.filter((effort) => ladder.includes(effort)).sort(byStrength)
  return known.findLast((effort) => ladder.indexOf(effort) <= wanted) ?? known[0] ?? asked
}

function byStrength(one: string, other: string): number {
  return ladder.indexOf(one) - ladder.indexOf(other)
}

/** The effort that a thinking budget stands for, by the thresholds that proxies agreed on. */
export function effortOfBudget(tokens: number): string {
  if (tokens <= 8000) return 'low'
  return tokens >= 24_000 ? 'high' : 'medium'
}

/** A thinking budget for an effort: the inverse of `effortOfBudget`, medium when none was named. */
export function budgetOfEffort(effort: string | undefined): number {
  switch (effort) {
    case 'none':
    case 'minimal':
      return 1024
    case 'low':
      return 8000
    case 'high':
      return 24_000
    case 'xhigh':
    case 'max':
    case 'ultra':
      return 32_000
    default:
      return 16_000
  }
}
