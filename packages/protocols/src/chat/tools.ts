import { asBoolean, asObject, asObjects, asString, isObject, rest, type Json, type JsonObject } from '../core/json.ts'
import type { CustomTool, FunctionTool, Tool } from '../core/prompt.ts'
import { readMark, restMarked } from './content.ts'
import { badMember } from './error.ts'
import { keep, restWith } from './spelling.ts'
import { isWebSearch, readSearchOptions, readSearchTool } from './web-search.ts'

/** The tools of a request: `tools`, the older `functions`, and `web_search_options`. */
export function readTools(body: JsonObject): Tool[] {
  return [
    ...readList(body['tools'], 'tools').map((tool, index) => readTool(tool, `tools[${index}]`)),
    ...readList(body['functions'], 'functions').map((tool, index) => readLegacy(tool, `functions[${index}]`)),
    ...readSearchOptions(asObject(body['web_search_options'])),
  ]
}

function readList(value: Json | undefined, path: string): readonly JsonObject[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw badMember(path, 'expected a list')
  const wrong = value.findIndex((one: Json) => !isObject(one))
  if (wrong >= 0) throw badMember(`${path}[${wrong}]`, 'expected an object')
  return asObjects(value)
}

const functionMembers = new Set(['name', 'description', 'parameters', 'strict'])
const nestedToolMembers = new Set(['type', 'function', 'cache_control'])
const flatToolMembers = new Set([
  'type',
  'name',
  'description',
  'parameters',
  'input_schema',
  'strict',
  'cache_control',
])
const customMembers = new Set(['name', 'description', 'format'])
const nestedCustomMembers = new Set(['type', 'custom'])
const flatCustomMembers = new Set(['type', 'name', 'description', 'format'])

/**
 * Nested as Chat Completions has it, or flat as Responses and Messages have it: Cursor sends all of them, also in one list.
 * Mistral's clients leave `type` out.
 */
function readTool(value: JsonObject, path: string): Tool {
  const type = value['type'] ?? 'function'
  const inner = asObject(value['function'])
  if (type === 'function' && inner && asObject(inner['cache_control'])) return readMarkedWithin(value, inner, path)
  if (type === 'function' && inner) {
    const kept = restMarked(value, nestedToolMembers, ['function', inner, functionMembers])
    return { ...readFunction(inner, `${path}.function`), ...readMark(value['cache_control']), ...keep(kept) }
  }
  // Google's own way to name a tool, such as `{googleSearch: {}}`, which LiteLLM passes on.
  if (value['type'] === undefined && value['name'] === undefined && !inner)
    return { kind: 'native', protocol: 'chat', value }
  if (type === 'function' || isObject(value['input_schema']))
    return {
      ...readFunction(value, path),
      ...readMark(value['cache_control']),
      ...keep(restMarked(value, flatToolMembers)),
    }
  const search = isWebSearch(type) ? readSearchTool(value) : undefined
  if (search) return search
  const custom = asObject(value['custom'])
  if (type === 'custom' && custom) {
    const format = asObject(custom['format'])
    const kept = restWith(value, nestedCustomMembers, [['custom', custom, customMembers]])
    const knownFormat = format ? restFormat(format) : undefined
    return {
      ...readCustom(custom, `${path}.custom`, format && flattenGrammar(format)),
      ...keep(knownFormat ? { ...kept, custom: { ...asObject(kept?.['custom']), format: knownFormat } } : kept),
    }
  }
  if (type === 'custom')
    return { ...readCustom(value, path, asObject(value['format'])), ...keep(rest(value, flatCustomMembers)) }
  return { kind: 'native', protocol: 'chat', value }
}

/** A tool with its cache mark inside of the function, where LiteLLM's documents have it ("Prompt caching"). */
function readMarkedWithin(value: JsonObject, inner: JsonObject, path: string): FunctionTool {
  const kept = restWith(value, nestedToolMembers, [['function', restMarked(inner, flatToolMembers), noMembers]])
  const tool = readFunction(inner, `${path}.function`)
  return { ...tool, ...readMark(inner['cache_control']), ...keep(kept, { markWithin: true }) }
}

const noMembers: ReadonlySet<string> = new Set()

function readFunction(value: JsonObject, path: string): FunctionTool {
  const name = asString(value['name'])
  if (!name) throw badMember(`${path}.name`, 'expected a name')
  const description = asString(value['description'])
  const schema = asObject(value['parameters'] ?? value['input_schema'])
  const strict = value['strict'] === null ? null : asBoolean(value['strict'])
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema ? { schema } : {}),
    ...(strict === undefined ? {} : { strict }),
  }
}

function readLegacy(value: JsonObject, path: string): FunctionTool {
  return { ...readFunction(value, path), ...keep(rest(value, functionMembers), { legacy: true }) }
}

function readCustom(value: JsonObject, path: string, format: JsonObject | undefined): CustomTool {
  const name = asString(value['name'])
  if (!name) throw badMember(`${path}.name`, 'expected a name')
  const description = asString(value['description'])
  return {
    kind: 'custom',
    name,
    ...(description === undefined ? {} : { description }),
    ...(format ? { format } : {}),
  }
}

/** Chat nests a grammar's members; the core has them flat, as Responses does. */
function flattenGrammar(format: JsonObject): JsonObject {
  const grammar = asObject(format['grammar'])
  if (format['type'] !== 'grammar' || !grammar) return format
  return { type: 'grammar', syntax: grammar['syntax'], definition: grammar['definition'] }
}

const formatMembers = new Set(['type', 'grammar'])
const grammarMembers = new Set(['syntax', 'definition'])

function restFormat(format: JsonObject): JsonObject | undefined {
  const grammar = asObject(format['grammar'])
  // A format that is no grammar is kept whole in the word itself.
  if (format['type'] !== 'grammar' || !grammar) return undefined
  return restWith(format, formatMembers, [['grammar', grammar, grammarMembers]])
}
