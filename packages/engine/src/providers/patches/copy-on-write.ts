import { asObject, type Json, type JsonObject, type MutableJson } from '@crossfeed/protocols'

/** The list in `value`; undefined when it is not a list. */
export function asList(value: Json | undefined): readonly Json[] | undefined {
  return Array.isArray(value) ? value : undefined
}

/** `object` without the members in `keys`; the same object when it has none of them. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  if (!keys.some((key) => object[key] !== undefined)) return object
  const copy: MutableJson = { ...object }
  for (const key of keys) delete copy[key]
  return copy
}

/** `object` with one member changed; without it when `value` is undefined; the same object when nothing changes. */
export function withMember(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  if (object[key] === value) return object
  return value === undefined ? without(object, key) : { ...object, [key]: value }
}

/** The list with every item replaced by what `change` gives, undefined leaves it out; the same list when all stay. */
export function mapList(
  list: readonly Json[],
  change: (item: Json, index: number) => Json | undefined,
): readonly Json[] {
  let copy: Json[] | undefined
  for (const [index, item] of list.entries()) {
    const next = change(item, index)
    if (next !== item && !copy) copy = list.slice(0, index)
    if (copy && next !== undefined) copy.push(next)
  }
  return copy ?? list
}

/** `change` for the objects of a list; other values stay. */
export function onObject(change: (object: JsonObject) => JsonObject | undefined): (item: Json) => Json | undefined {
  return (item) => {
    const object = asObject(item)
    return object ? change(object) : item
  }
}

/** `object` with the list under `key` mapped as by `mapList`; the same object when that is no list or nothing changes. */
export function mapMember(
  object: JsonObject,
  key: string,
  change: (item: Json, index: number) => Json | undefined,
): JsonObject {
  const list = asList(object[key])
  return list ? withMember(object, key, mapList(list, change)) : object
}
