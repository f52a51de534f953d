import { isGiven, isObject, objectsOf, stringOf, stringsOf } from '../json.ts'
import type { JsonObject } from '../json.ts'

/** Keywords that strict mode does not take ("Structured outputs", supported schemas). */
const refused = (
  'oneOf allOf not if then else dependentRequired dependentSchemas patternProperties propertyNames unevaluatedProperties ' +
  'contains uniqueItems default'
).split(' ')

/**
 * What OpenAI finds wrong with a schema that an output is to be held to, in its words: every object is closed, all of its
 * properties are required, and each value has a type.
 */
export function findStrictFault(schema: JsonObject, path: readonly string[] = []): string | undefined {
  const where = `In context=${contextOf(path)}`
  const keyword = refused.find((one) => schema[one] !== undefined)
  if (keyword !== undefined) return `${where}, '${keyword}' is not permitted.`
  if (!['type', 'anyOf', '$ref'].some((one) => isGiven(schema[one]))) return `${where}, schema must have a 'type' key.`
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  if ([schema['type']].flat().includes('object')) {
    if (schema['additionalProperties'] !== false) {
      return `${where}, 'additionalProperties' is required to be supplied and to be false.`
    }
    const required = stringsOf(schema['required'])
    const missing = Object.keys(properties).find((name) => !required.includes(name))
    if (missing !== undefined) {
      return `${where}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`
    }
  }
  for (const [step, inner] of innerSchemas(schema, properties)) {
    const fault = findStrictFault(inner, [...path, ...step])
    if (fault !== undefined) return fault
  }
  return undefined
}

/** What is wrong with a format that an answer is to have (`json_schema`): no object at all, or strict and not fit for it. */
export function findFormatFault({ name, schema, strict }: JsonObject): string | undefined {
  if (!isObject(schema)) return undefined
  const { type } = schema
  const fault =
    type === 'object'
      ? strict === true && findStrictFault(schema)
      : `schema must be a JSON Schema of 'type: "object"', got 'type: ${JSON.stringify(type ?? 'None')}'.`
  return fault ? `Invalid schema for response_format '${stringOf(name)}': ${fault}` : undefined
}

/** The way to a part of a schema, as OpenAI writes it. */
export const contextOf = (path: readonly string[]): string => {
  if (path.length === 1) return `('${path[0]}',)`
  return `(${path.map((step) => `'${step}'`).join(', ')})`
}

function innerSchemas(
  schema: JsonObject,
  properties: JsonObject,
): readonly (readonly [step: readonly string[], inner: JsonObject])[] {
  const named = (member: string, map: unknown): readonly (readonly [readonly string[], JsonObject])[] =>
    Object.entries(isObject(map) ? map : {}).flatMap(([name, inner]) =>
      isObject(inner) ? [[[member, name], inner] as const] : [],
    )
  return [
    ...named('properties', properties),
    ...named('$defs', schema['$defs']),
    ...named('definitions', schema['definitions']),
    ...objectsOf(schema['anyOf']).map((inner, at) => [['anyOf', String(at)], inner] as const),
    ...(isObject(schema['items']) ? [[['items'], schema['items']] as const] : []),
  ]
}
