import { isObject, numberOf, objectsOf, stringsOf } from '../json.ts'
import type { JsonObject } from '../json.ts'

/** The smallest document that a JSON schema allows: required members only. `root` is where `$ref` looks. */
export function exampleOf(schema: JsonObject, root: JsonObject, depth = 0): unknown {
  if (depth > 20) return null
  if (typeof schema['$ref'] === 'string') {
    const target = resolve(schema['$ref'], root)
    return target === undefined ? {} : exampleOf(target, root, depth + 1)
  }
  if ('const' in schema) return schema['const']
  if ('default' in schema) return schema['default']
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  const choice = objectsOf(schema['anyOf'])[0] ?? objectsOf(schema['oneOf'])[0]
  if (choice !== undefined) return exampleOf(choice, root, depth + 1)
  const all = objectsOf(schema['allOf'])
  if (all.length > 0) return Object.assign({}, ...all.map((part) => exampleOf(part, root, depth + 1)))
  const type = Array.isArray(schema['type']) ? stringsOf(schema['type'])[0] : schema['type']
  return exampleOfType(type ?? (isObject(schema['properties']) ? 'object' : undefined), schema, root, depth)
}

function exampleOfType(type: unknown, schema: JsonObject, root: JsonObject, depth: number): unknown {
  switch (type) {
    case 'string':
      return stringExample(schema)
    case 'integer':
    case 'number':
      return numberOf(schema['minimum']) ?? (numberOf(schema['exclusiveMinimum']) ?? -1) + 1
    case 'boolean':
      return true
    case 'null':
      return null
    case 'array': {
      const items = isObject(schema['items']) ? schema['items'] : {}
      return Array.from({ length: numberOf(schema['minItems']) ?? 0 }, () => exampleOf(items, root, depth + 1))
    }
    default:
      return objectExample(schema, root, depth)
  }
}

function objectExample(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const entries = stringsOf(schema['required']).map((name): [string, unknown] => {
    const member = properties[name]
    return [name, isObject(member) ? exampleOf(member, root, depth + 1) : null]
  })
  return Object.fromEntries(entries)
}

function stringExample(schema: JsonObject): string {
  switch (schema['format']) {
    case 'date':
      return '2026-01-01'
    case 'date-time':
      return '2026-01-01T00:00:00Z'
    case 'email':
      return 'someone@example.com'
    case 'uri':
      return 'https://example.com/'
    default:
      return 'example'
        .padEnd(numberOf(schema['minLength']) ?? 0, '.')
        .slice(0, numberOf(schema['maxLength']) ?? undefined)
  }
}

function resolve(reference: string, root: JsonObject): JsonObject | undefined {
  let value: unknown = root
  for (const step of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    value = isObject(value) ? value[step] : undefined
  }
  return isObject(value) ? value : undefined
}
