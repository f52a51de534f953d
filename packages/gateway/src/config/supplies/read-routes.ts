import type { Alias, AliasTarget, Fallbacks } from '@crossfeed/engine'
import type { FileConfig, FileTarget } from '../file-config.ts'
import type { Report } from '../report.ts'
import { fixUnknownProvider, isCopilot, type KnownProviders } from './provider-names.ts'

/** Reads `aliases`. Targets of providers that are left out are dropped, with a warning. */
export function readAliases(file: FileConfig, known: KnownProviders, report: Report): readonly Alias[] {
  return Object.entries(file.aliases ?? {}).flatMap(([name, given]) => {
    const isList = Array.isArray(given)
    const targets = (isList ? given : [given]).flatMap((one, index) => {
      const path = isList ? ['aliases', name, index] : ['aliases', name]
      const target = readTarget(one)
      const stars = [name, target?.model ?? ''].map((text) => text.split('*').length - 1)
      if (stars.some((count, at) => count > (at === 0 ? 1 : (stars[0] ?? 0)))) {
        const message = `aliases.${name}: a star in a name stands for any text, once; one in a target, for the same text`
        report.problem(path, message, 'Write for instance claude-*: anthropic/claude-*.', 'config-entry')
        return []
      }
      if (target === undefined) {
        const supply = known.served.has('copilot') ? 'copilot' : 'provider'
        const fix = String(one).includes('/') ? 'Name both.' : `Write ${supply}/${String(one)}.`
        report.problem(path, `aliases.${name}: ${String(one)} is not provider/model`, fix, 'config-entry')
        return []
      }
      return isServed(target.provider, path, `aliases.${name}`, known, report) ? [target] : []
    })
    return targets.length === 0 ? [] : [{ name, targets: inOrder(targets) }]
  })
}

function readTarget(given: string | FileTarget): AliasTarget | undefined {
  if (typeof given !== 'string') return { ...given, provider: plainName(given.provider) }
  const slash = given.indexOf('/')
  if (slash < 1 || slash === given.length - 1) return undefined
  return { provider: plainName(given.slice(0, slash)), model: given.slice(slash + 1) }
}

function plainName(provider: string): string {
  return isCopilot(provider) ? 'copilot' : provider
}

/** A list is an order of preference, unless it says orders or weights itself. */
function inOrder(targets: readonly AliasTarget[]): readonly AliasTarget[] {
  const isSaid = targets.some(({ order, weight }) => order !== undefined || weight !== undefined)
  return isSaid || targets.length === 1 ? targets : targets.map((target, order) => ({ ...target, order }))
}

function isServed(
  provider: string,
  path: readonly PropertyKey[],
  where: string,
  known: KnownProviders,
  report: Report,
): boolean {
  if (known.served.has(provider)) return true
  if (known.leftOut.has(provider)) {
    report.warn(path, `${where}: ${provider} is disabled or has no key; this target is left out`)
    return false
  }
  report.problem(
    path,
    `${where}: there is no provider ${provider}`,
    fixUnknownProvider(provider, known),
    'config-entry',
  )
  return false
}

/** Reads the four kinds of fallbacks. Bare names are aliases' or models'; what stands before a slash is a provider. */
export function readFallbacks(
  file: FileConfig,
  aliases: readonly Alias[],
  known: KnownProviders,
  report: Report,
): Fallbacks {
  const isAlias = (name: string): boolean => aliases.some((alias) => standsFor(alias.name, name))
  const keep = (given: readonly string[], path: readonly PropertyKey[]): readonly string[] =>
    given.filter((name, index) => {
      const slash = name.indexOf('/')
      if (slash < 1 || isAlias(name)) return true
      return isServed(plainName(name.slice(0, slash)), [...path, index], path.join('.'), known, report)
    })
  const read = (key: 'fallbacks' | 'contextWindowFallbacks' | 'contentPolicyFallbacks'): Fallbacks['general'] =>
    Object.fromEntries(Object.entries(file[key] ?? {}).map(([name, given]) => [name, keep(given, [key, name])]))
  return {
    general: read('fallbacks'),
    contextWindow: read('contextWindowFallbacks'),
    contentPolicy: read('contentPolicyFallbacks'),
    byDefault: keep(file.defaultFallbacks ?? [], ['defaultFallbacks']),
  }
}

/** Whether a name is an alias's, which may have a star for any text. */
function standsFor(alias: string, name: string): boolean {
  const star = alias.indexOf('*')
  if (star === -1) return alias === name
  return name.startsWith(alias.slice(0, star)) && name.endsWith(alias.slice(star + 1))
}
