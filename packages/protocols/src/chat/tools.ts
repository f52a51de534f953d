import {
  asBoolean,
  asObject,
  asObjects,
  asString,
  isObject,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { CustomTool, FunctionTool, Tool, ToolChoice, WebSearchTool } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { badMember, readMark, restMarked, writeMark } from './content.ts'
import { keep, restore, restWith, spellingOf } from './spelling.ts'

/** The tools of a request: `tools`, the older `functions`, and `web_search_options`. */
export function readTools(body: JsonObject): Tool[] {
  return [
    ...readList(body['tools'], 'tools').map((tool, index) => readTool(tool, `tools[${index}]`)),
    ...readList(body['functions'], 'functions').map((tool, index) => readLegacy(tool, `functions[${index}]`)),
    ...readWebSearch(asObject(body['web_search_options'])),
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
  if (type === 'function' || isObject(value['input_schema']))
    return {
      ...readFunction(value, path),
      ...readMark(value['cache_control']),
      ...keep(restMarked(value, flatToolMembers)),
    }
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

function readWebSearch(options: JsonObject | undefined): WebSearchTool[] {
  if (!options) return []
  const place = asObject(asObject(options['user_location'])?.['approximate'])
  const location = place ? { location: { type: 'approximate', ...place } } : {}
  const size = asString(options['search_context_size'])
  const contextSize = size === undefined ? {} : { contextSize: size }
  return [{ kind: 'web-search', protocol: 'chat', ...location, ...contextSize, extras: { chat: options } }]
}

/** The tool members of a request, and what the tool choice needs to know of them. */
export interface WrittenTools {
  readonly members: MutableJson
  readonly kinds: ReadonlyMap<string, 'function' | 'custom'>
  readonly any: boolean
}

/** Tools on the wire; what the target does not take is reported. */
export function writeTools(tools: readonly Tool[], traits: Traits, lose: ReportLoss): WrittenTools {
  const list: JsonObject[] = []
  const functions: MutableJson[] = []
  const kinds = new Map<string, 'function' | 'custom'>()
  const members: MutableJson = {}
  tools.forEach((tool, index) => {
    switch (tool.kind) {
      case 'function': {
        kinds.set(tool.name, 'function')
        const legacy = spellingOf(tool.extras).legacy === true
        if (legacy) functions.push(restore(writeFunction(tool), tool.extras?.chat))
        else list.push(writeNested(tool, traits))
        return
      }
      case 'custom':
        kinds.set(tool.name, 'custom')
        list.push(writeCustom(tool))
        return
      case 'web-search': {
        const options = writeWebSearch(tool, traits, `tools[${index}]`, lose)
        if (options) members['web_search_options'] = options
        return
      }
      case 'native':
        if (tool.protocol === 'chat') list.push(tool.value)
        else lose({ path: `tools[${index}]`, why: `only the ${tool.protocol} protocol has this kind of tool` })
        return
      case 'namespace':
        // The group's members stand in the list by their own names.
        return
    }
  })
  if (list.length > 0) members['tools'] = list
  if (functions.length > 0) members['functions'] = functions
  return { members, kinds, any: list.length > 0 || functions.length > 0 }
}

function writeFunction(tool: FunctionTool): MutableJson {
  const target: MutableJson = { name: tool.name }
  if (tool.description !== undefined) target['description'] = tool.description
  if (tool.schema) target['parameters'] = tool.schema
  if (tool.strict !== undefined) target['strict'] = tool.strict
  return target
}

function writeNested(tool: FunctionTool, traits: Traits): MutableJson {
  const called = writeFunction(tool)
  const target: MutableJson = { type: 'function', function: called }
  const kept = tool.extras?.chat
  const isMarked = tool.cache !== undefined && traits.cacheMarks === 'parts'
  if (spellingOf(tool.extras).markWithin) {
    if (isMarked && tool.cache) called['cache_control'] = writeMark(tool.cache)
    const inner = asObject(kept?.['function'])
    return restore(target, isMarked || !inner ? kept : { ...kept, function: withoutMark(inner) })
  }
  if (isMarked && tool.cache) target['cache_control'] = writeMark(tool.cache)
  return restore(target, isMarked || !kept ? kept : withoutMark(kept))
}

function withoutMark({ cache_control: _mark, ...others }: JsonObject): JsonObject {
  return others
}

function writeCustom(tool: CustomTool): MutableJson {
  const custom: MutableJson = { name: tool.name }
  if (tool.description !== undefined) custom['description'] = tool.description
  if (tool.format) {
    const { type, syntax, definition } = tool.format
    custom['format'] =
      type === 'grammar' && syntax !== undefined ? { type, grammar: { syntax, definition } } : tool.format
  }
  return restore({ type: 'custom', custom }, tool.extras?.chat)
}

function writeWebSearch(tool: WebSearchTool, traits: Traits, path: string, lose: ReportLoss): JsonObject | undefined {
  if (tool.protocol === 'chat' && tool.extras?.chat) return tool.extras.chat
  if (!traits.hostedTools) {
    lose({ path, why: 'the target runs no web search' })
    return undefined
  }
  for (const member of ['allowedDomains', 'blockedDomains', 'maxUses'] as const)
    if (tool[member] !== undefined)
      lose({ path: `${path}.${member}`, why: 'web search in Chat Completions has no such setting' })
  const size = tool.contextSize === undefined ? {} : { search_context_size: tool.contextSize }
  if (!tool.location) return size
  const { type: _type, ...approximate } = tool.location
  return { ...size, user_location: { type: 'approximate', approximate } }
}

/** The choices of Messages that name no tool. */
const messagesModes: ReadonlyMap<string, 'auto' | 'none' | 'required'> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['any', 'required'],
])

/** What `tool_choice` or the older `function_call` says; undefined when neither is there. */
export function readToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body['tool_choice'] ?? body['function_call']
  if (choice === undefined || choice === null) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice }
  // Mistral's word for `required`.
  if (choice === 'any') return { mode: 'required' }
  const object = asObject(choice)
  const mode = object && messagesModes.get(asString(object['type']) ?? '')
  if (mode) return { mode }
  const type = object?.['type'] ?? (body['tool_choice'] === undefined ? 'function' : undefined)
  const named = asObject(object?.[type === 'custom' ? 'custom' : 'function']) ?? object
  const name = asString(named?.['name'])
  if (name !== undefined && (type === 'function' || type === 'custom' || type === 'tool'))
    return { mode: 'tool', name, form: type === 'custom' ? 'text' : 'json' }
  const allowed = asObject(object?.['allowed_tools']) ?? object
  if (type === 'allowed_tools' && allowed && Array.isArray(allowed['tools'])) {
    const names = asObjects(allowed['tools']).map((tool) => {
      const inner = asObject(tool['function']) ?? asObject(tool['custom']) ?? tool
      return asString(inner['name'])
    })
    if (names.every((one) => one !== undefined))
      return { mode: 'allowed', require: allowed['mode'] === 'required', names }
  }
  return { mode: 'native', protocol: 'chat', value: choice }
}

/** `tool_choice` for the tools that were written; undefined when there is nothing to say. */
export function writeToolChoice(choice: ToolChoice, written: WrittenTools, lose: ReportLoss): Json | undefined {
  switch (choice.mode) {
    case 'tool': {
      if (!written.kinds.has(choice.name)) {
        lose({ path: 'toolChoice', why: `the chosen tool ${choice.name} is not among the tools that the target takes` })
        return undefined
      }
      const { name } = choice
      return choice.form === 'text' && written.kinds.get(name) === 'custom'
        ? { type: 'custom', custom: { name } }
        : { type: 'function', function: { name } }
    }
    case 'allowed': {
      const names = choice.names.filter((name) => written.kinds.has(name))
      if (names.length < choice.names.length)
        lose({ path: 'toolChoice', why: 'some of the allowed tools are not among the tools that the target takes' })
      if (names.length === 0) return 'none'
      const tools = names.map((name) => {
        const type = written.kinds.get(name) ?? 'function'
        return { type, [type]: { name } }
      })
      return { type: 'allowed_tools', allowed_tools: { mode: choice.require ? 'required' : 'auto', tools } }
    }
    case 'web-search':
      lose({ path: 'toolChoice', why: 'Chat Completions cannot demand a web search' })
      return undefined
    case 'native':
      if (choice.protocol === 'chat') return choice.value
      lose({ path: 'toolChoice', why: `only the ${choice.protocol} protocol has this choice` })
      return undefined
    default:
      return choice.mode
  }
}
