import type { Problem } from './problem.ts'
import type { Source } from './source.ts'

type Path = readonly PropertyKey[]

/** Where the readers of a config file say what is wrong in it and what is not used. */
export interface Report {
  /** Stops the start. The line at `path` is shown. */
  problem(path: Path, message: string, fix: string, reason?: Problem['reason']): void
  /** Something that is not as it looks; the start goes on. */
  warn(path: Path, message: string): void
}

/** What was said, with lines. */
export interface Said extends Report {
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/** Creates a report on the file called `name`. */
export function createReport(source: Source, name: string): Said {
  const problems: Problem[] = []
  const warnings: string[] = []
  return {
    problems,
    warnings,
    problem(path, message, fix, reason = 'config-value') {
      problems.push({ ...source.locate(path), message, fix, reason })
    },
    warn(path, message) {
      warnings.push(`${name}, line ${source.locate(path).line}: ${message}`)
    },
  }
}
