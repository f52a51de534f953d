import { asObject, isObject, type Json, type JsonObject, type MutableJson, type ProtocolId } from '@crossfeed/protocols'
import { mapMember, withMember } from '../../providers/patches/copy-on-write.ts'

/** The word for a list of types, which becomes one type that may be null. */
export const typeLists = 'type[]'

/** Members whose members are schemas under names of the client's. */
const named: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
])
/** Members that hold values, not schemas. */
const values: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples', 'required', 'type'])

/**
 * The body whose schemas, of tools and of the output, have none of these words of JSON Schema; the same where they have none.
 * `drop` hears each word that goes, as often as it stands there.
 */
export function withoutSchemaWords(
  body: JsonObject,
  protocol: ProtocolId,
  words: ReadonlySet<string>,
  drop: (word: string) => void = () => {},
): JsonObject {
  const plain = (schema: JsonObject): JsonObject => plainOf(schema, { words, drop })
  const tools = mapTools(body, protocol, plain)
  switch (protocol) {
    case 'messages':
      return within(tools, ['output_config', 'format', 'schema'], plain)
    case 'responses':
      return within(tools, ['text', 'format', 'schema'], plain)
    case 'chat':
      return within(tools, ['response_format', 'json_schema', 'schema'], plain)
  }
}

type Change = (schema: JsonObject) => JsonObject

function mapTools(holder: JsonObject, protocol: ProtocolId, change: Change): JsonObject {
  return mapMember(holder, 'tools', (value) => {
    const tool = asObject(value)
    if (!tool) return value
    if (tool['type'] === 'namespace') return mapTools(tool, protocol, change)
    if (protocol === 'chat') return within(tool, ['function', 'parameters'], change)
    return within(tool, [protocol === 'messages' ? 'input_schema' : 'parameters'], change)
  })
}

/** The object with what stands at the end of a path changed; the same object where nothing stands there. */
function within(holder: JsonObject, [member, ...rest]: readonly string[], change: Change): JsonObject {
  if (member === undefined) return change(holder)
  const inner = asObject(holder[member])
  return inner ? withMember(holder, member, within(inner, rest, change)) : holder
}

/** What goes, and who hears of it. */
interface Unknown {
  readonly words: ReadonlySet<string>
  readonly drop: (word: string) => void
}

function plainOf(schema: JsonObject, unknown: Unknown): JsonObject {
  const { words, drop } = unknown
  const plain: MutableJson = {}
  let changed = false
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined) continue
    if (words.has(name)) {
      changed = true
      drop(name)
      // One value is all that `const` allows, and so a list of one.
      if (name === 'const' && !words.has('enum') && schema['enum'] === undefined) plain['enum'] = [value]
      continue
    }
    const next = name === 'type' && words.has(typeLists) ? oneType(value, plain) : plainMember(name, value, unknown)
    if (next !== value && name === 'type') drop(typeLists)
    changed ||= next !== value
    plain[name] = next
  }
  return changed ? plain : schema
}

function oneType(type: Json, plain: MutableJson): Json {
  if (!Array.isArray(type)) return type
  if (type.includes('null')) plain['nullable'] = true
  return type.find((one: Json) => one !== 'null') ?? 'string'
}

function plainMember(name: string, value: Json, unknown: Unknown): Json {
  if (values.has(name)) return value
  if (named.has(name)) return isObject(value) ? mapValues(value, (one) => plainValue(one, unknown)) : value
  return plainValue(value, unknown)
}

function plainValue(value: Json, unknown: Unknown): Json {
  if (isObject(value)) return plainOf(value, unknown)
  if (!Array.isArray(value)) return value
  let changed = false
  const plain = value.map((one: Json) => {
    const next = plainValue(one, unknown)
    changed ||= next !== one
    return next
  })
  return changed ? plain : value
}

function mapValues(object: JsonObject, change: (value: Json) => Json): JsonObject {
  let changed = false
  const mapped = Object.entries(object).map(([name, value]) => {
    const next = value === undefined ? value : change(value)
    changed ||= next !== value
    return [name, next] as const
  })
  return changed ? Object.fromEntries(mapped) : object
}
