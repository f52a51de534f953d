import { isObject, type Json } from './json.ts'

/** Values that a member has anyway where nobody says it (reference of Responses and of Chat Completions). */
const defaults: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['truncation', 'disabled'],
  ['search_context_size', 'medium'],
  ['external_web_access', true],
  ['verbosity', 'medium'],
])

/** Whether a member asks for nothing: its value is empty, or what goes without saying. Leaving it out loses nothing. */
export function asksNothing(member: string, value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true
  if (value === false || defaults.has(member)) return value === (defaults.get(member) ?? false)
  if (Array.isArray(value)) return value.length === 0
  return isObject(value) && Object.entries(value).every(([name, inner]) => asksNothing(name, inner))
}
