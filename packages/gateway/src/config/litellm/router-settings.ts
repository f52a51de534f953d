import type { Alias, CoolDown, Fallbacks } from '@crossfeed/engine'
import { isObject, nearest } from '@crossfeed/protocols'
import type { Report } from '../report.ts'
import type { Section } from './section.ts'

/** The sections of a LiteLLM file besides its models. */
export interface Sections {
  readonly router: Section | undefined
  readonly library: Section | undefined
  readonly general: Section | undefined
}

/** Names that fallbacks may lead to. */
interface Groups {
  readonly names: ReadonlySet<string>
  /** Any other name may be a model's too. */
  readonly isOpen: boolean
}

/** Aliases of groups (`model_group_alias`): the same targets by another name. */
export function readGroupAliases({ router }: Sections, aliases: readonly Alias[], report: Report): readonly Alias[] {
  const given = router?.value('model_group_alias')
  if (router === undefined || given === undefined) return []
  const path = [...router.path, 'model_group_alias']
  if (!isObject(given)) {
    report.problem(path, 'router_settings.model_group_alias is not a map of names to names', 'Correct the line.')
    return []
  }
  return Object.entries(given).flatMap(([name, item]) => {
    const group = isObject(item) ? item.model : item
    if (isObject(item) && item.hidden === true) {
      report.warn(
        [...path, name],
        `router_settings.model_group_alias.${name}.hidden (LiteLLM) is not used: it is listed`,
      )
    }
    if (aliases.some((alias) => alias.name === name)) {
      report.warn(
        [...path, name],
        `model_group_alias ${name} (LiteLLM) is not used: model_list has an entry of that name`,
      )
      return []
    }
    const found = aliases.find((alias) => alias.name === group)
    if (found) return [{ ...found, name }]
    const near = nearest(
      String(group),
      aliases.map((alias) => alias.name),
    )
    const fix = near === undefined ? 'Name a model_name of model_list.' : `Did you mean ${near}?`
    const message = `model_group_alias ${name} leads to ${String(group)}, which is in no entry of model_list`
    report.problem([...path, name], message, fix, 'config-entry')
    return []
  })
}

/** The four kinds of fallbacks; what `router_settings` says wins over `litellm_settings`. */
export function readFallbackLists(sections: Sections, groups: Groups, report: Report): Fallbacks {
  const read = (key: string): { map: Record<string, readonly string[]>; plain: readonly string[] } => {
    const section = [sections.router, sections.library].find((one) => one?.value(key) !== undefined)
    const found = readFallbackList(section?.value(key) ?? [], [...(section?.path ?? []), key], report)
    const path = [...(section?.path ?? []), key]
    const keep = (names: readonly string[]): readonly string[] =>
      names.filter((name) => isKnown(name, groups, path, report))
    for (const name of Object.keys(found.map)) {
      if (name === '*' || groups.isOpen || groups.names.has(name)) continue
      const near = nearest(name, groups.names)
      const hint = near === undefined ? '' : `; did you mean ${near}?`
      report.warn(path, `${path.join('.')} is for ${name}, which is in no entry of model_list${hint}`)
    }
    return {
      map: Object.fromEntries(Object.entries(found.map).map(([name, names]) => [name, keep(names)])),
      plain: keep(found.plain),
    }
  }
  const general = read('fallbacks')
  const { '*': forAll = [], ...map } = general.map
  const byDefault = read('default_fallbacks').plain
  return {
    general: map,
    contextWindow: read('context_window_fallbacks').map,
    contentPolicy: read('content_policy_fallbacks').map,
    byDefault: [...new Set([...byDefault, ...forAll, ...general.plain])],
  }
}

/** A list of maps from a name to names; a name alone stands for all. */
function readFallbackList(
  given: unknown,
  path: readonly PropertyKey[],
  report: Report,
): { map: Record<string, readonly string[]>; plain: readonly string[] } {
  const map = new Map<string, readonly string[]>()
  const plain: string[] = []
  const items: readonly unknown[] = Array.isArray(given) ? given : [given]
  items.forEach((item, index) => {
    if (typeof item === 'string') return plain.push(item)
    for (const [name, names] of isObject(item) ? Object.entries(item) : []) {
      const listed: readonly unknown[] = Array.isArray(names) ? names : [names]
      const known = listed.filter((one) => typeof one === 'string')
      map.set(name, known)
      if (known.length < listed.length) {
        const message = `${path.join('.')}: a fallback of ${name} is no name; messages and parameters of a fallback are not used`
        report.warn([...path, index, name], message)
      }
    }
    if (isObject(item)) return
    const fix = 'Write a list such as [{"name": ["another name"]}].'
    report.problem([...path, index], `${path.join('.')} is not a list of maps from a name to names`, fix)
  })
  return { map: Object.fromEntries(map), plain }
}

function isKnown(name: string, { names, isOpen }: Groups, path: readonly PropertyKey[], report: Report): boolean {
  if (isOpen || names.has(name)) return true
  const near = nearest(name, names)
  const fix = near === undefined ? 'Add an entry with this model_name.' : `Did you mean ${near}?`
  report.problem(path, `${path.join('.')} names ${name}, which is in no entry of model_list`, fix, 'config-entry')
  return false
}

/** `allowed_fails`, `cooldown_time` (seconds) and `disable_cooldowns`. */
export function readCoolDown({ router, library }: Sections): Partial<CoolDown> {
  const allowedFails = router?.number('allowed_fails') ?? library?.number('allowed_fails')
  const seconds = router?.number('cooldown_time') ?? library?.number('cooldown_time')
  const isOff = router?.value('disable_cooldowns') === true
  return {
    ...(allowedFails === undefined ? {} : { allowedFails }),
    ...(isOff ? { coolDownMs: 0 } : {}),
    ...(seconds === undefined || isOff ? {} : { coolDownMs: Math.round(seconds * 1000) }),
  }
}
