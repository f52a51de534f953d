import { asObject, isObject, type Json, type JsonObject } from '../core/json.ts'

/** Keywords whose value is no schema. */
const plain: ReadonlySet<string> = new Set(
  (
    'type required additionalProperties enum const title description $schema $id pattern multipleOf minimum maximum ' +
    'exclusiveMinimum exclusiveMaximum minItems maxItems'
  ).split(' '),
)
const maps: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])
const types: ReadonlySet<unknown> = new Set(['string', 'number', 'boolean', 'integer', 'object', 'array', 'null'])
const formats: ReadonlySet<unknown> = new Set('date-time time date duration email hostname ipv4 ipv6 uuid'.split(' '))

/** The most that one schema may hold; `characters` are those of all names and values of `enum` and `const`. */
const most = { properties: 5000, levels: 10, values: 1000, characters: 120_000 }

/**
 * Whether OpenAI's strict mode takes a schema as it is ("Structured outputs", supported schemas): an object on top, every object
 * closed with all of its properties required, no other keywords than these. For all others `strict` is a 400.
 */
export function isStrictSchema(schema: JsonObject): boolean {
  const counts: Counts = { properties: 0, values: 0, characters: 0 }
  if (schema['type'] !== 'object' || schema['anyOf'] !== undefined || !fits(schema, schema, 0, counts)) return false
  return counts.properties <= most.properties && counts.values <= most.values && counts.characters <= most.characters
}

interface Counts {
  properties: number
  values: number
  characters: number
}

function fits(schema: Json | undefined, root: JsonObject, level: number, counts: Counts): boolean {
  if (!isObject(schema) || level > most.levels) return false
  const reference = schema['$ref']
  if (reference !== undefined) return Object.keys(schema).length === 1 && leadsTo(reference, root)
  for (const [keyword, value] of Object.entries(schema)) {
    if (value === undefined || plain.has(keyword)) continue
    if (maps.has(keyword)) {
      if (!mapFits(value, root, keyword === 'properties' ? level + 1 : level, counts)) return false
    } else if (keyword === 'items') {
      if (!fits(value, root, level + 1, counts)) return false
    } else if (keyword === 'anyOf') {
      if (!Array.isArray(value) || value.length === 0) return false
      if (!value.every((one: Json) => fits(one, root, level, counts))) return false
    } else if (keyword !== 'format' || !formats.has(value)) return false
  }
  countValues(schema, counts)
  return isShaped(schema)
}

function mapFits(map: Json, root: JsonObject, level: number, counts: Counts): boolean {
  if (!isObject(map)) return false
  counts.properties += Object.keys(map).length
  return Object.entries(map).every(([name, one]) => {
    counts.characters += name.length
    return fits(one, root, level, counts)
  })
}

/** Whether a reference leads to the whole schema or to one of its definitions. */
function leadsTo(reference: Json, root: JsonObject): boolean {
  if (typeof reference !== 'string') return false
  if (reference === '#') return true
  const [, member, name] = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(reference) ?? []
  return member !== undefined && name !== undefined && asObject(asObject(root[member])?.[name]) !== undefined
}

function countValues(schema: JsonObject, counts: Counts): void {
  const listed = Array.isArray(schema['enum']) ? schema['enum'] : []
  counts.values += listed.length
  for (const value of [...listed, schema['const'] ?? '']) counts.characters += String(value).length
}

/** Whether it says of what type its value is, an object all of its names and an array its items. */
function isShaped(schema: JsonObject): boolean {
  const { type } = schema
  if (type === undefined) return schema['anyOf'] !== undefined
  const said: readonly Json[] = Array.isArray(type) ? type : [type]
  if (!said.every((one) => types.has(one))) return false
  if (said.includes('array') && schema['items'] === undefined) return false
  const names = Object.keys(asObject(schema['properties']) ?? {})
  if (!said.includes('object')) return names.length === 0
  const required: ReadonlySet<Json> = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
  return schema['additionalProperties'] === false && names.every((name) => required.has(name))
}
