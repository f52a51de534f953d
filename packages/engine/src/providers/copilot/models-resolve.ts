import { isEnabled } from './models-read.ts'
import type { Model } from '../model.ts'
import { nearestNames } from '../nearest-names.ts'

/** Finds models of one list by any spelling of their names. */
export interface Resolver {
  /**
   * The model of a name: exact; else by dot, dash and case; else without a date or `-latest` at the end. The prefixes
   * `github_copilot/`, `copilot/` and `claude/` are dropped, and `[1m]` at the end asks for the long variant where there
   * is one.
   */
  resolve(name: string): Model | undefined
  /** The ids that are spelled most alike, of models that can be used. */
  nearest(name: string, count: number): string[]
}

/** No model has a longer name. Looking for one takes time for its length. */
const longestName = 200
const prefix = /^(?:github[_-]copilot|copilot|claude)\//i
const longMark = /(?:\[1m\])+$/i
const dated = /-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/i

/** Creates the lookup of a list. */
export function createResolver(models: readonly Model[]): Resolver {
  const exact = new Map(models.map((model) => [model.id, model]))
  const alike = new Map<string, Model>()
  for (const model of models) {
    const known = alike.get(normal(model.id))
    if (known === undefined || (!isEnabled(known) && isEnabled(model))) alike.set(normal(model.id), model)
  }

  const find = (name: string): Model | undefined =>
    exact.get(name) ?? alike.get(normal(name)) ?? alike.get(normal(name).replace(dated, ''))

  function resolve(name: string): Model | undefined {
    const same = exact.get(name)
    if (same !== undefined || name.length > longestName) return same
    const short = name.replace(longMark, '')
    const bare = short.replace(prefix, '')
    const model = find(short) ?? find(bare)
    if (model === undefined || short === name) return model
    return alike.get(`${normal(model.id)}-1m`) ?? model
  }

  function nearest(name: string, count: number): string[] {
    if (name.length > longestName) return []
    const usable = models.filter((model) => isEnabled(model) && (model.endpoints.length > 0 || model.embeddings))
    const wanted = name.replace(longMark, '').replace(prefix, '').replace(dated, '')
    return nearestNames(
      wanted,
      usable.map((model) => model.id),
      count,
    )
  }

  return { resolve, nearest }
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll('.', '-')
}
