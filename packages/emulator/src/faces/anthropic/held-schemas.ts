import { isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { invalid } from './refuse.ts'

/** Refuses schemas that no output can be held to ("Structured outputs", JSON Schema limitations): of formats and of strict tools. */
export function checkHeld(body: JsonObject): void {
  const config = isObject(body['output_config']) ? body['output_config'] : {}
  for (const [where, format] of [
    ['output_config.format.schema', config['format']],
    ['output_format.schema', body['output_format']],
  ] as const) {
    if (isObject(format) && isObject(format['schema'])) checkSchema(format['schema'], where)
  }
  for (const [at, tool] of objectsOf(body['tools']).entries()) {
    if (tool['strict'] === true && isObject(tool['input_schema']))
      checkSchema(tool['input_schema'], `tools.${at}.custom`)
  }
}

/** Keywords that go for no value of a type; `minItems` may be 0 or 1. */
const bounds: Readonly<Record<string, readonly string[]>> = {
  integer: ['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum', 'multipleOf'],
  number: ['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum', 'multipleOf'],
  string: ['maxLength', 'minLength'],
  array: ['maxItems', 'uniqueItems'],
}

function checkSchema(schema: JsonObject, where: string): void {
  const { type } = schema
  const found = (Object.hasOwn(bounds, stringOf(type)) ? bounds[stringOf(type)] : undefined)?.filter(
    (keyword) => schema[keyword] !== undefined,
  )
  if (found !== undefined && found.length > 0) {
    const named = found.length > 1 ? `properties ${found.join(', ')} are` : `property '${found[0]}' is`
    throw invalid(`${where}: For '${stringOf(type)}' type, ${named} not supported`)
  }
  if (type === 'object' && schema['additionalProperties'] !== false) {
    throw invalid(
      schema['additionalProperties'] === true
        ? `${where}: For 'object' type, 'additionalProperties: true' is not supported. Please set 'additionalProperties' to false`
        : `${where}: For 'object' type, 'additionalProperties' must be explicitly set to false`,
    )
  }
  const maps = [schema['properties'], schema['$defs'], schema['definitions']].filter(isObject)
  const inner = [...maps.flatMap((map) => Object.values(map)), schema['items']].filter(isObject)
  const unions = [schema['anyOf'], schema['allOf']].flatMap(objectsOf)
  for (const one of [...inner, ...unions]) checkSchema(one, where)
}
