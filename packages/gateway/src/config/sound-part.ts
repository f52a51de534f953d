import { isObject } from '@crossfeed/protocols'
import type { z } from 'zod'

/** A map of settings. */
type Part = Readonly<Record<string, unknown>>

const routes = ['aliases', 'fallbacks', 'contextWindowFallbacks', 'contentPolicyFallbacks', 'defaultFallbacks']
/** What means nothing without another part. */
const dependents: Readonly<Record<string, readonly string[]>> = {
  copilot: routes,
  providers: routes,
  aliases: routes,
}

/** The parts of a file in which the schema finds nothing wrong, and the names of the providers that are not among them. */
export function chooseSound(
  file: Part,
  issues: readonly z.core.$ZodIssue[],
): { readonly sound: Part; readonly providers: readonly string[] } {
  const keys = new Set<string>()
  const providers = new Set<string>()
  for (const { path, ...issue } of issues) {
    const [key, name] = path
    if (key === undefined) for (const one of issue.code === 'unrecognized_keys' ? issue.keys : []) keys.add(one)
    else if (key === 'providers' && name !== undefined) providers.add(String(name))
    else for (const one of [String(key), ...(dependents[String(key)] ?? [])]) keys.add(one)
  }
  const without = (object: Part, gone: ReadonlySet<string>): Part =>
    Object.fromEntries(Object.entries(object).filter(([key]) => !gone.has(key)))
  const sound = without(file, keys)
  const kept = isObject(sound['providers']) ? { providers: without(sound['providers'], providers) } : {}
  return { sound: { ...sound, ...kept }, providers: [...providers] }
}
