import { isObject } from '@crossfeed/protocols'
import type { Env } from '../home.ts'
import { resolveReferences } from '../references.ts'
import type { Report } from '../report.ts'

/** What a section is read with. */
export interface SectionParts {
  readonly env: Env
  readonly report: Report
  /** Keys that nobody read: by name, where the first one stands and how often. */
  readonly unused: Map<string, { readonly path: readonly PropertyKey[]; times: number }>
}

/** One map of a LiteLLM file, read key by key. `null` is as good as absent. References are resolved when they are read. */
export interface Section {
  readonly path: readonly PropertyKey[]
  /** Not blank. */
  text(key: string): string | undefined
  number(key: string): number | undefined
  /** As it stands, references resolved. */
  value(key: string): unknown
  section(key: string): Section | undefined
  /** Keys that need no warning. */
  accept(...keys: readonly string[]): void
  /** Counts the keys that were not read as unused, called `label.key`. */
  close(label: string): void
}

/** A section of the map at `path`. */
export function createSection(
  map: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  parts: SectionParts,
): Section {
  const read = new Set<string>()
  const { report } = parts
  const resolved = new Map<string, unknown>()
  const value = (key: string): unknown => {
    read.add(key)
    const found = Object.hasOwn(map, key) ? map[key] : undefined
    if (found === null || found === undefined) return undefined
    // Once each: a variable that is not set is one problem.
    if (!resolved.has(key)) resolved.set(key, resolveReferences(found, [...path, key], parts.env, report))
    return resolved.get(key)
  }
  const wrong = (key: string, expected: string): undefined => {
    report.problem([...path, key], `${[...path, key].join('.')} is not ${expected}`, 'Correct the line.')
    return undefined
  }
  return {
    path,
    value,
    text(key) {
      const found = value(key)
      if (found === undefined) return undefined
      if (typeof found !== 'string') return wrong(key, 'text')
      return found.trim() || undefined
    },
    number(key) {
      const found = value(key)
      if (found === undefined) return undefined
      const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found
      return typeof number === 'number' && Number.isFinite(number) ? number : wrong(key, 'a number')
    },
    section(key) {
      read.add(key)
      const found = Object.hasOwn(map, key) ? map[key] : undefined
      if (found === null || found === undefined) return undefined
      return isObject(found) ? createSection(found, [...path, key], parts) : wrong(key, 'a map')
    },
    accept(...keys) {
      for (const key of keys) read.add(key)
    },
    close(label) {
      for (const key of Object.keys(map)) {
        if (read.has(key)) continue
        const name = `${label}.${key}`
        const known = parts.unused.get(name)
        if (known) known.times++
        else parts.unused.set(name, { path: [...path, key], times: 1 })
      }
    },
  }
}
