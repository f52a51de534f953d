import {
  asObject,
  asObjects,
  isObject,
  type Json,
  type JsonObject,
  type MutableJson,
  type ProtocolId,
} from '@crossfeed/protocols'
import { asList, without } from './copy-on-write.ts'

/** A tool's schema in the form that services take, with the words of JSON Schema that could not be kept as they were. */
export interface PlainSchema {
  /** The same object when nothing had to change. */
  readonly schema: JsonObject
  readonly joined: readonly string[]
}

const unions = ['allOf', 'anyOf', 'oneOf'] as const
const limits = ['enum', 'const', 'not'] as const
/** Members that hold values, not schemas. */
const values: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples'])

/**
 * A function takes one object: OpenAI and Anthropic refuse a schema without `type: "object"`, one with a union, an enum or a
 * negation at the top, and OpenAI also one without `properties` and a list without `items`. Alternatives become one object
 * that has the members of all of them, of which those are required that each alternative requires.
 */
export function plainSchema(given: JsonObject, protocol: ProtocolId): PlainSchema {
  const joined: string[] = []
  const typed = asObjectSchema(joinUnions(given, given, joined, { left: mostBranches }))
  return { schema: protocol === 'messages' ? typed : withItems(withProperties(typed)), joined }
}

/** Any other type is a mistake that the service should tell the client. */
function asObjectSchema(schema: JsonObject): JsonObject {
  const { type } = schema
  const isOpen = type === undefined || type === null || (Array.isArray(type) && type.includes('object'))
  return isOpen ? { ...schema, type: 'object' } : schema
}

function withProperties(schema: JsonObject): JsonObject {
  return schema['type'] !== 'object' || isObject(schema['properties']) ? schema : { ...schema, properties: {} }
}

/** Schemas may be among their own alternatives, so that there is no end of them. */
const mostBranches = 500

/** The schema with the members of its alternatives among its own; `root` is where its references lead. */
function joinUnions(schema: JsonObject, root: JsonObject, joined: string[], branches: { left: number }): JsonObject {
  let next = resolved(schema, root)
  for (const word of unions) {
    const list = asList(next[word])
    if (!list) continue
    joined.push(word)
    const objects = asObjects(list).slice(0, branches.left)
    branches.left -= objects.length
    const parts = objects.map((branch) => joinUnions(branch, root, [], branches))
    next = joinBranches(without(next, word), parts, word === 'allOf')
  }
  for (const word of limits)
    if (next[word] !== undefined) {
      joined.push(word)
      next = without(next, word)
    }
  return next
}

function joinBranches(schema: JsonObject, branches: readonly JsonObject[], areAllMeant: boolean): JsonObject {
  const own = asObject(schema['properties'])
  const properties: MutableJson = { ...own }
  for (const branch of branches)
    for (const [name, member] of Object.entries(asObject(branch['properties']) ?? {}))
      if (member !== undefined)
        properties[name] = eitherOf(Object.hasOwn(properties, name) ? properties[name] : undefined, member)
  const lists = branches.map((branch) => asList(branch['required']) ?? [])
  const [first = [], ...others] = lists
  const shared = areAllMeant ? lists.flat() : first.filter((name) => others.every((list) => list.includes(name)))
  const required = [...new Set([...(asList(schema['required']) ?? []), ...shared])]
  const kept: MutableJson = { ...without(schema, 'required'), properties }
  if (required.length > 0) kept['required'] = required
  return kept
}

/** A member that two alternatives describe. */
function eitherOf(one: Json | undefined, other: Json): Json {
  if (one === undefined || JSON.stringify(one) === JSON.stringify(other)) return other
  const before = asList(asObject(one)?.['anyOf'])
  return { anyOf: before && Object.keys(asObject(one) ?? {}).length === 1 ? [...before, other] : [one, other] }
}

/** A schema that is nothing but a name for another one in the same document, as generators write them. */
function resolved(schema: JsonObject, root: JsonObject): JsonObject {
  let current = schema
  for (let hops = 0; hops < 8; hops++) {
    const { $ref } = current
    const found = typeof $ref === 'string' && $ref.startsWith('#/') ? follow($ref, root) : undefined
    if (!found) return current
    current = { ...found, ...without(current, '$ref') }
  }
  return without(current, '$ref')
}

function follow(pointer: string, root: JsonObject): JsonObject | undefined {
  let current: Json | undefined = root
  for (const step of pointer.slice(2).split('/')) {
    const name = decodeURIComponentSafely(step).replaceAll('~1', '/').replaceAll('~0', '~')
    const object: JsonObject | undefined = asObject(current)
    current = object && Object.hasOwn(object, name) ? object[name] : undefined
  }
  return asObject(current)
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Every list says what its items are: anything, where it said nothing. The same object when all do. */
function withItems(schema: JsonObject, depth = 0): JsonObject {
  if (depth > 32) return schema
  let copy: MutableJson | undefined
  for (const name in schema) {
    const value = schema[name]
    if (value === undefined || values.has(name)) continue
    const next = Array.isArray(value) ? listWithItems(value, depth) : itemsIn(value, depth)
    if (next !== value) (copy ??= { ...schema })[name] = next
  }
  const isList = schema['type'] === 'array' && schema['items'] === undefined && schema['prefixItems'] === undefined
  return isList ? { ...(copy ?? schema), items: {} } : (copy ?? schema)
}

function listWithItems(list: readonly Json[], depth: number): readonly Json[] {
  let copy: Json[] | undefined
  for (const [at, value] of list.entries()) {
    const next = itemsIn(value, depth)
    if (next !== value) (copy ??= [...list])[at] = next
  }
  return copy ?? list
}

function itemsIn(value: Json, depth: number): Json {
  return isObject(value) ? withItems(value, depth + 1) : value
}
