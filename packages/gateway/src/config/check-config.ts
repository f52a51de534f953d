import { isObject } from '@crossfeed/protocols'
import type { z } from 'zod'
import type { FileConfig } from './file-config.ts'
import { foreignKeys } from './foreign-keys.ts'
import type { Env } from './home.ts'
import { readModelList } from './model-list.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import type { Source } from './source.ts'

/** What a config file says, what in it is not used yet, and what is wrong with it. */
export interface Checked {
  readonly config: FileConfig
  readonly warnings: readonly string[]
  readonly problems: readonly Problem[]
}

/** Checks the values of a config file. Loads the schema. */
export async function checkConfig(source: Source, name: string, env: Env): Promise<Checked> {
  if (source.syntax.length > 0) return { config: {}, warnings: [], problems: source.syntax.map(syntaxProblem) }
  const value = source.value ?? {}
  if (!isObject(value)) {
    const problem = {
      line: 1,
      message: 'not a map of settings',
      shown: '',
      fix: 'Write one setting a line, such as port: 4141.',
    }
    return { config: {}, warnings: [], problems: [{ ...problem, reason: 'config-value' }] }
  }
  const problems: Problem[] = []
  const warnings: string[] = []
  const { model_list: modelList, ...own } = resolveReferences(value, env, source, problems)
  for (const key of Object.keys(own)) {
    const origin = Object.hasOwn(foreignKeys, key) ? foreignKeys[key] : undefined
    if (origin === undefined) continue
    warnings.push(`${name}, line ${source.locate([key]).line}: ${key} (${origin}) is not used yet`)
    delete own[key]
  }
  const listed = readModelList(modelList, source, name)
  problems.push(...listed.problems)
  warnings.push(...listed.warnings)
  const { fileSchema, keysAt } = await import('./schema.ts')
  const parsed = fileSchema.safeParse(own)
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => describe(issue, source, keysAt)))
  if (problems.length > 0) return { config: {}, warnings, problems: problems.sort((a, b) => a.line - b.line) }
  const config = parsed.data ?? {}
  if (Object.keys(listed.mappings).length > 0) config.modelMappings = { ...listed.mappings, ...config.modelMappings }
  return { config, warnings, problems: [] }
}

function syntaxProblem({ line, message }: { line: number; message: string }): Problem {
  return { line, message, shown: '', fix: 'Mend the line; nothing was changed.', reason: 'config-syntax' }
}

/** One problem for a wrong value, one for each unknown key. */
function describe(
  issue: z.core.$ZodIssue,
  source: Source,
  keysAt: (path: readonly PropertyKey[]) => readonly string[] | undefined,
): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearest(key, keysAt(issue.path) ?? [])
      const place = issue.path.length === 0 ? '' : ` in ${issue.path.join('.')}`
      const fix = near === undefined ? `Known here: ${(keysAt(issue.path) ?? []).join(', ')}.` : `Did you mean ${near}?`
      const message = `unknown key "${key}"${place}`
      return { ...source.locate([...issue.path, key]), message, fix, reason: 'config-unknown-key' }
    })
  }
  const expected = issue.code === 'invalid_key' ? 'a header name' : issue.message
  const message = `${issue.path.join('.')} is not ${expected}`
  return [
    { ...source.locate(issue.path), message, fix: 'Correct the line; nothing was changed.', reason: 'config-value' },
  ]
}

/** A copy of the settings with each `env:NAME` and `os.environ/NAME` replaced by that variable's value. */
function resolveReferences(
  value: Readonly<Record<string, unknown>>,
  env: Env,
  source: Source,
  problems: Problem[],
): Record<string, unknown> {
  const resolve = (item: unknown, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(item)) return item.map((entry, index) => resolve(entry, [...path, index]))
    if (isObject(item)) {
      return Object.fromEntries(Object.entries(item).map(([key, entry]) => [key, resolve(entry, [...path, key])]))
    }
    const variable = typeof item === 'string' ? /^(?:env:|os\.environ\/)(\w+)$/.exec(item)?.[1] : undefined
    if (variable === undefined) return item
    if (env[variable]) return env[variable]
    const message = `${path.join('.')} names the variable ${variable}, which is not set`
    problems.push({
      ...source.locate(path),
      message,
      fix: `Set ${variable}, or remove the line.`,
      reason: 'config-missing-env',
    })
    return item
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, Object.hasOwn(foreignKeys, key) ? item : resolve(item, [key])]),
  )
}
