import type { Alias } from './aliases.ts'
import { shortName } from './short-name.ts'

/** Aliases whose names stand for many, such as `claude-*`. */
export interface Patterns {
  /** What a name leads to by the pattern that says most of it. */
  find(name: string): Matched | undefined
  /** The same, by patterns that begin with a supply's name or another word before a slash. */
  findWithin(name: string): Matched | undefined
}

/** An alias under the name that was asked for, the star's text in its targets. */
export interface Matched extends Alias {
  /** Its name as it is configured. */
  readonly pattern: string
}

/**
 * The patterns among `aliases`. Longer ones are asked first, as by LiteLLM; the star's text takes the place of a star in a target's
 * model. `hasLongVariants` says which providers have models whose names end in `[1m]`.
 */
export function createPatterns(aliases: readonly Alias[], hasLongVariants: (provider: string) => boolean): Patterns {
  const patterns = aliases.filter(({ name }) => hasStar(name)).sort((a, b) => b.name.length - a.name.length)
  const within = patterns.filter(({ name }) => name.slice(0, name.indexOf('*')).includes('/'))
  const find = (name: string, among: readonly Alias[]): Matched | undefined => {
    for (const alias of among) {
      const text = readStar(alias.name, name)
      if (text === undefined) continue
      const targets = alias.targets.map((target) => ({
        ...target,
        model: fillStar(target.model, hasLongVariants(target.provider) ? text : shortName(text)),
      }))
      return { name, pattern: alias.name, targets }
    }
    return undefined
  }
  return { find: (name) => find(name, patterns), findWithin: (name) => find(name, within) }
}

/** Whether a name stands for many. */
export function hasStar(name: string): boolean {
  return name.includes('*')
}

/** What stands in `name` for the star of a pattern; undefined where the pattern does not fit. Empty text does not count. */
export function readStar(pattern: string, name: string): string | undefined {
  const star = pattern.indexOf('*')
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)]
  const fits = name.length >= pattern.length && name.startsWith(before) && name.endsWith(after)
  return fits ? name.slice(before.length, name.length - after.length) : undefined
}

/** The pattern with a text for its star; a name without a star as it is. */
export function fillStar(pattern: string, text: string): string {
  return pattern.replace('*', () => text)
}
