import { isObject, type JsonObject } from '@crossfeed/protocols'
import { describeIssue } from './describe-issue.ts'
import type { FileConfig } from './file-config.ts'
import { foreignKeys } from './foreign-keys.ts'
import type { Env } from './home.ts'
import { liteLlmKeys, readLiteLlm, withVariables } from './litellm/read-litellm.ts'
import type { Problem } from './problem.ts'
import { resolveReferences } from './references.ts'
import { createReport, type Report } from './report.ts'
import { chooseSound } from './sound-part.ts'
import type { Source, SyntaxSlip } from './source.ts'
import { readProviders, readSupplies } from './supplies/read-supplies.ts'
import { noSupplies, type Supplies } from './supplies/supplies.ts'

/** What a config file says, what in it is not used yet, and what is wrong with it. */
export interface Checked {
  readonly config: FileConfig
  readonly supplies: Supplies
  readonly warnings: readonly string[]
  readonly problems: readonly Problem[]
}

/** What a file says that says nothing. */
const nothing: Checked = { config: {}, supplies: noSupplies, warnings: [], problems: [] }

/** Checks the values of a config file. Loads the schema. */
export async function checkConfig(source: Source, name: string, env: Env): Promise<Checked> {
  if (source.syntax.length > 0) return { ...nothing, problems: source.syntax.map(syntaxProblem) }
  const value = source.value ?? {}
  if (!isObject(value)) {
    const problem = {
      line: 1,
      message: 'not a map of settings',
      shown: '',
      fix: 'Write one setting a line, such as port: 4141.',
    }
    return { ...nothing, problems: [{ ...problem, reason: 'config-value' }] }
  }
  const report = createReport(source, name)
  const { foreign, own, unused } = split(value)
  for (const key of unused) report.warn([key], `${key} (${foreignKeys[key] ?? ''}) is not used yet`)
  const fullEnv = withVariables(foreign, env, report)
  const resolved = Object.fromEntries(
    Object.entries(own).map(([key, item]) => [key, resolveOwn(key, item, fullEnv, report)]),
  )
  const { fileSchema, keysAt } = await import('./schema.ts')
  const parsed = fileSchema.safeParse(resolved)
  const issues = parsed.error?.issues ?? []
  const wrong = issues.flatMap((issue) => describeIssue(issue, { value: resolved, source, keysAt }))
  // What is wrong besides is said in the same run.
  const { sound, providers: unsound } = chooseSound(resolved, issues)
  const file = parsed.data ?? fileSchema.safeParse(sound).data ?? {}
  const read = readProviders(file, report)
  const providers = { ...read, leftOut: new Set([...read.leftOut, ...unsound]) }
  const liteLlm = readLiteLlm(
    foreign,
    {
      names: new Set([...Object.keys(file.providers ?? {}), ...unsound]),
      codex: providers.codex[0]?.name,
      hasCopilot: file.copilot === true,
    },
    fullEnv,
    report,
  )
  const config = merge(liteLlm.config, file)
  const supplies = readSupplies(config, providers, liteLlm.supplies, report)
  const problems = [...report.problems, ...wrong].sort((a, b) => a.line - b.line)
  const { warnings } = report
  return problems.length > 0 ? { ...nothing, warnings, problems } : { config, supplies, warnings, problems }
}

/** The keys of a file by whose they are: LiteLLM's, ours, and those that have no feature here yet. */
function split(value: JsonObject): { foreign: JsonObject; own: JsonObject; unused: readonly string[] } {
  const isForeign = (key: string): boolean => liteLlmKeys.includes(key)
  const isUnused = (key: string): boolean => Object.hasOwn(foreignKeys, key)
  const entries = Object.entries(value)
  return {
    foreign: Object.fromEntries(entries.filter(([key]) => isForeign(key))),
    own: Object.fromEntries(entries.filter(([key]) => !isForeign(key) && !isUnused(key))),
    unused: Object.keys(value).filter(isUnused),
  }
}

/** References resolved, but not those of providers that are switched off: what they need may not be there. */
function resolveOwn(key: string, item: unknown, env: Env, report: Report): unknown {
  if (key !== 'providers' || !isObject(item)) return resolveReferences(item, [key], env, report)
  return Object.fromEntries(
    Object.entries(item).map(([name, provider]) => {
      const isOff = isObject(provider) && provider['enabled'] === false
      return [name, isOff ? provider : resolveReferences(provider, [key, name], env, report)]
    }),
  )
}

/** The file's own keys over what its LiteLLM sections say. Keys for clients count from both. */
function merge(foreign: FileConfig, own: FileConfig): FileConfig {
  const apiKeys = [...(own.auth?.apiKeys ?? []), ...(foreign.auth?.apiKeys ?? [])]
  return {
    ...foreign,
    ...own,
    ...(own.auth || foreign.auth ? { auth: { ...own.auth, apiKeys } } : {}),
    ...(own.timeouts || foreign.timeouts ? { timeouts: { ...foreign.timeouts, ...own.timeouts } } : {}),
    ...(own.models || foreign.models ? { models: { ...foreign.models, ...own.models } } : {}),
    ...(own.extraHeaders || foreign.extraHeaders
      ? { extraHeaders: { ...foreign.extraHeaders, ...own.extraHeaders } }
      : {}),
  }
}

function syntaxProblem({ line, message, fix }: SyntaxSlip): Problem {
  return { line, message, shown: '', fix, reason: 'config-syntax' }
}
