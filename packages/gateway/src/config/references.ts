import { isObject } from '@crossfeed/protocols'
import type { Env } from './home.ts'
import type { Report } from './report.ts'

/** The variable that a text refers to, as `env:NAME` or `os.environ/NAME` (GW-08). */
function variableOf(value: unknown): string | undefined {
  return typeof value === 'string' ? /^(?:env:|os\.environ\/)(\w+)$/.exec(value)?.[1] : undefined
}

/** Whether a text stands for the value of a variable. */
export function isReference(text: string): boolean {
  return variableOf(text) !== undefined
}

/** A copy of `value` with each reference replaced by that variable's value. One that is not set is a problem. */
export function resolveReferences(value: unknown, path: readonly PropertyKey[], env: Env, report: Report): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => resolveReferences(item, [...path, index], env, report))
  }
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, resolveReferences(item, [...path, key], env, report)]),
    )
  }
  const variable = variableOf(value)
  if (variable === undefined) return value
  if (env[variable]) return env[variable]
  const message = `${path.join('.')} names the variable ${variable}, which is not set`
  report.problem(path, message, `Set ${variable}, or remove the line.`, 'config-missing-env')
  return value
}
