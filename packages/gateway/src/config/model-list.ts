import { asObject, asString, type Json } from '@crossfeed/protocols'
import type { Problem } from './problem.ts'
import type { Source } from './source.ts'

/** LiteLLM's `model_list`, as far as it names Copilot models: public name → Copilot's name. */
export interface ModelList {
  readonly mappings: Readonly<Record<string, string>>
  readonly warnings: readonly string[]
  readonly problems: readonly Problem[]
}

const prefix = 'github_copilot/'

/** Reads `model_list`. An entry for another provider is a problem, so that no request goes astray. */
export function readModelList(value: unknown, source: Source, name: string): ModelList {
  const mappings: Record<string, string> = {}
  const warnings: string[] = []
  const problems: Problem[] = []
  if (value === undefined) return { mappings, warnings, problems }
  if (!Array.isArray(value)) {
    const message = 'model_list is not a list'
    const fix = 'Write a list of entries with model_name and litellm_params.'
    return {
      mappings,
      warnings,
      problems: [{ ...source.locate(['model_list']), message, fix, reason: 'config-value' }],
    }
  }
  value.forEach((item: Json | undefined, index) => {
    const entry = asObject(item)
    const parameters = asObject(entry?.litellm_params)
    const publicName = asString(entry?.model_name)
    const model = asString(parameters?.model)
    const where = source.locate(['model_list', index])
    const called = `model_list entry ${index + 1}${publicName === undefined ? '' : ` (${publicName})`}`
    const wrong = (message: string, fix: string): void => {
      problems.push({ ...where, shown: '', message: `${called} ${message}`, fix, reason: 'config-entry' })
    }
    if (!publicName) return wrong('has no model_name', 'Add model_name: the name that clients ask for.')
    if (!model) return wrong('has no litellm_params.model', 'Add litellm_params: with model: github_copilot/<name>.')
    if (!model.startsWith(prefix)) {
      return wrong(
        `is for ${model}, which is not a Copilot model`,
        `Only ${prefix}<name> can be served yet; remove the entry.`,
      )
    }
    const target = model.slice(prefix.length)
    if (mappings[publicName] !== undefined && mappings[publicName] !== target) {
      warnings.push(`${name}, line ${where.line}: ${publicName} is listed before; the first entry is used`)
      return
    }
    mappings[publicName] = target
    for (const key of Object.keys(parameters ?? {})) {
      if (key !== 'model') warnings.push(`${name}, line ${where.line}: litellm_params.${key} (LiteLLM) is not used yet`)
    }
  })
  return { mappings, warnings, problems }
}
