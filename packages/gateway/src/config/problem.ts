import { GatewayError } from '@crossfeed/protocols'

/** One thing wrong in a config file. */
export interface Problem {
  readonly line: number
  /** What is wrong, without file and line. */
  readonly message: string
  /** The line itself, without anything secret; empty when there is nothing to show. */
  readonly shown: string
  readonly fix: string
  /** Stable kebab word. */
  readonly reason: 'config-syntax' | 'config-unknown-key' | 'config-value' | 'config-missing-env' | 'config-entry'
}

/** The error for a config file with problems: the first one in full, the number of the others; `asked` is the path that was given. */
export function configError(file: string, problems: readonly [Problem, ...Problem[]], asked?: string): GatewayError {
  const [first, ...others] = problems
  const path = asked === undefined ? '' : ` --config ${/\s/.test(asked) ? `"${asked}"` : asked}`
  const more = others.length === 0 ? '' : ` (and ${others.length} more: crossfeed config check${path})`
  const message = `${headline(file, first)}${more}${first.shown === '' ? '' : `\n${excerpt(first)}`}`
  return new GatewayError('invalid-request', 400, message, { reason: first.reason, fix: first.fix })
}

/** `config.yaml, line 14: unknown key "prot"`. */
export function headline(file: string, problem: Problem): string {
  return `${file}, line ${problem.line}: ${problem.message}`
}

/** `14 |   prot: 4141`. */
export function excerpt(problem: Problem): string {
  return `${problem.line} | ${problem.shown}`
}
