import { asObject, asObjects, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'

/** A schema that the API can hold an output to. */
export interface StrictSchema {
  readonly schema: JsonObject
  /** Keywords that it cannot, and that stand in descriptions instead. */
  readonly told: readonly string[]
  /** Whether an object was closed that was not. */
  readonly closes: boolean
  /** Properties that may be left out, and those of several types: the API counts them over a whole request. */
  readonly optional: number
  readonly unions: number
}

const kept: ReadonlySet<string> = new Set(['type', 'required', 'const', 'title', 'description', 'default'])
const maps: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions'])
const formats: ReadonlySet<unknown> = new Set(
  'date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' '),
)

/**
 * The schema in the part of JSON Schema that the API can hold an output to: every object closed, bounds as words of the
 * description (so does the vendor's SDK, lib/transform-json-schema; what else it sends is a 400). Undefined for what cannot be
 * said there at all: objects with any names, and schemas that hold themselves.
 */
export function fitSchema(schema: JsonObject): StrictSchema | undefined {
  if (isOpen(schema) || isRecursive(schema)) return undefined
  const counts: Counts = { told: new Set(), closes: false, optional: 0, unions: 0 }
  const fitted = fit(schema, counts)
  return { ...counts, schema: fitted, told: [...counts.told] }
}

interface Counts {
  readonly told: Set<string>
  closes: boolean
  optional: number
  unions: number
}

function fit(schema: JsonObject, counts: Counts): JsonObject {
  // Nothing may stand beside a reference.
  if (typeof schema['$ref'] === 'string')
    return isObject(schema['$defs'])
      ? { $ref: schema['$ref'], $defs: fitMap(schema['$defs'], counts) }
      : { $ref: schema['$ref'] }
  const fitted: MutableJson = {}
  const words: string[] = []
  const tell = (name: string, value: Json): void => {
    counts.told.add(name)
    words.push(`${name}: ${JSON.stringify(value)}`)
  }
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined || name === '$schema' || name === 'additionalProperties') continue
    const list = Array.isArray(value) && value.every(isObject) ? value : undefined
    if (kept.has(name)) fitted[name] = value
    else if (maps.has(name) && isObject(value)) fitted[name] = fitMap(value, counts)
    else if (name === 'items' && isObject(value)) fitted[name] = fit(value, counts)
    else if ((name === 'anyOf' || name === 'allOf') && list) fitted[name] = list.map((one) => fit(one, counts))
    else if (name === 'oneOf' && list) fitted['anyOf'] = list.map((one) => fit(one, counts))
    else if (name === 'enum' && Array.isArray(value) && !value.some((one: Json) => typeof one === 'object' && one))
      fitted[name] = value
    else if (name === 'format' && formats.has(value)) fitted[name] = value
    else if (name === 'minItems' && (value === 0 || value === 1)) fitted[name] = value
    else tell(name, value)
  }
  const properties = asObject(fitted['properties'])
  if (properties) {
    fitted['type'] ??= 'object'
    countProperties(properties, fitted['required'], counts)
  }
  if (isOfType(fitted, 'object')) {
    fitted['additionalProperties'] = false
    if (schema['additionalProperties'] !== false) counts.closes = true
    if (schema['additionalProperties'] === true) counts.told.add('additionalProperties')
  }
  if (words.length > 0) {
    const about = typeof fitted['description'] === 'string' ? `${fitted['description']}\n\n` : ''
    fitted['description'] = `${about}{${words.join(', ')}}`
  }
  return fitted
}

function fitMap(map: JsonObject, counts: Counts): JsonObject {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [name, isObject(value) ? fit(value, counts) : value]),
  )
}

function countProperties(properties: JsonObject, required: Json | undefined, counts: Counts): void {
  const names: ReadonlySet<Json> = new Set(Array.isArray(required) ? required : [])
  for (const [name, value] of Object.entries(properties)) {
    if (!names.has(name)) counts.optional++
    const property = asObject(value)
    if (Array.isArray(property?.['type']) || Array.isArray(property?.['anyOf'])) counts.unions++
  }
}

function isOfType(schema: JsonObject, type: string): boolean {
  const said = schema['type']
  return Array.isArray(said) ? said.includes(type) : said === type
}

/** Whether some object in it has names that only the output knows: closed, it could only be empty. */
function isOpen(schema: Json): boolean {
  if (Array.isArray(schema)) return schema.some(isOpen)
  if (!isObject(schema)) return false
  const others = schema['additionalProperties']
  const isMap = isObject(others) || schema['patternProperties'] !== undefined
  const isAny = others !== false && isOfType(schema, 'object') && !hasShape(schema)
  return isMap || isAny || subschemas(schema).some(isOpen)
}

function hasShape(schema: JsonObject): boolean {
  return ['properties', 'anyOf', 'oneOf', 'allOf', '$ref', 'enum', 'const'].some((name) => schema[name] !== undefined)
}

function subschemas(schema: JsonObject): readonly JsonObject[] {
  const named = [...maps].flatMap((name) => Object.values(asObject(schema[name]) ?? {}))
  const listed = ['anyOf', 'oneOf', 'allOf'].flatMap((name) => asObjects(schema[name]))
  return [...asObjects(named), ...listed, ...asObjects([schema['items']])]
}

/** Whether a reference in it leads back to what it stands in. */
function isRecursive(root: JsonObject): boolean {
  const definitions = { ...asObject(root['definitions']), ...asObject(root['$defs']) }
  const done = new Set<string>()
  const visit = (schema: JsonObject, within: ReadonlySet<string>): boolean => {
    const target = schema['$ref']
    if (typeof target === 'string') {
      const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(target)?.[1]
      if (name === undefined || within.has(name)) return true
      if (done.has(name)) return false
      const found = asObject(definitions[name])
      if (found && visit(found, new Set([...within, name]))) return true
      done.add(name)
      return false
    }
    const { $defs: _defs, definitions: _definitions, ...others } = schema
    return subschemas(others).some((one) => visit(one, within))
  }
  const own = new Set<string>()
  return visit(root, own) || Object.values(definitions).some((one) => isObject(one) && visit(one, own))
}
