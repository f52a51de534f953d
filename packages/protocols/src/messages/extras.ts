import { isObject, rest, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { CacheMark } from '../core/part.ts'
import type { Extras } from '../core/protocol.ts'

const typeOnly: ReadonlySet<string> = new Set(['type'])
const typeAndTtl: ReadonlySet<string> = new Set(['type', 'ttl'])

/** Members that mean nothing unless the object that they belong to is written: left out when only their rest is known. */
const partial: ReadonlySet<string> = new Set([
  'thinking',
  'tool_choice',
  'cache_control',
  'format',
  'output_format',
  'source',
])

/** The members as extras of this protocol; nothing when there are none. */
export function asExtras(members: JsonObject | undefined): { readonly extras?: Extras } {
  return members ? { extras: { messages: members } } : {}
}

/**
 * What a reader did not take of an object: its cache mark, and as extras every member outside `known` (which names
 * `cache_control` too), joined by `more`: the untaken rest of nested objects.
 */
export function leftovers(
  object: JsonObject,
  known: ReadonlySet<string>,
  more?: JsonObject,
): { readonly cache?: CacheMark; readonly extras?: Extras } {
  let members = rest(object, known)
  if (more) members = { ...members, ...more }
  if (object['cache_control'] === undefined) return asExtras(members)
  const { cache, kept } = readCache(object['cache_control'])
  if (kept !== undefined) members = { ...members, cache_control: kept }
  return { ...(cache ? { cache } : {}), ...asExtras(members) }
}

/** The breakpoint that a `cache_control` stands for, and what of it has no word: a stated `5m`, `scope`, another type. */
export function readCache(value: Json): { readonly cache?: CacheMark; readonly kept?: Json } {
  if (!isObject(value) || value['type'] !== 'ephemeral') return { kept: value }
  const ttl = value['ttl']
  if (ttl !== undefined && ttl !== '5m' && ttl !== '1h') return { kept: value }
  const kept = rest(value, ttl === '5m' ? typeOnly : typeAndTtl)
  return { cache: { ttl: ttl ?? '5m' }, ...(kept ? { kept } : {}) }
}

/** `cache_control` for a mark. Five minutes is the API's default and goes unsaid. */
export function writeCache(mark: CacheMark): JsonObject {
  return mark.ttl === '5m' ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: mark.ttl }
}

/** `written` with the members that only this protocol knows; where both have a member, objects merge and `written` wins. */
export function restore(written: MutableJson, extras: Extras | undefined): JsonObject {
  const kept = extras?.messages
  return kept ? merge(written, kept) : written
}

function merge(written: MutableJson, kept: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(kept)) {
    const present = Object.hasOwn(written, key) ? written[key] : undefined
    if (isObject(present) && isObject(value)) written[key] = merge({ ...present }, value)
    else if (present === undefined && !isOrphan(key, value)) written[key] = value
  }
  return written
}

function isOrphan(key: string, value: Json | undefined): boolean {
  if (!isObject(value)) return false
  if (partial.has(key)) return value['type'] === undefined
  return Object.keys(value).length === 0 && key === 'output_config'
}
