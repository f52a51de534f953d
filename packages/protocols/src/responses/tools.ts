import {
  asObject,
  asObjects,
  asString,
  asStrings,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { CustomTool, FunctionTool, NamespaceTool, Tool, WebSearchTool } from '../core/prompt.ts'
import type { Extras } from '../core/protocol.ts'
import { keepRest } from './extras.ts'

/** The extras member that names the item which brought a tool; this protocol writes the tool only there. */
export const fromItem = 'additional_tools'

/** The tools of a request in the core's words, the members of a namespace right behind it. */
export function readTools(tools: readonly JsonObject[]): readonly Tool[] {
  return tools.flatMap((tool) => readTool(tool))
}

/** The tools that an `additional_tools` or `tool_search_output` item brings, each marked so that it is not written twice. */
export function readItemTools(item: JsonObject): readonly Tool[] {
  return readTools(asObjects(item['tools'])).flatMap((tool) => {
    if (tool.kind === 'native') return []
    const from = asString(item['type']) ?? ''
    const extras: Extras = { ...tool.extras, responses: { ...tool.extras?.responses, [fromItem]: from } }
    return [{ ...tool, extras }]
  })
}

function readTool(tool: JsonObject): readonly Tool[] {
  const name = asString(tool['name'])
  switch (tool['type']) {
    case 'function':
      return [name === undefined ? native(tool) : readFunction(tool, name)]
    case 'custom':
      return [name === undefined ? native(tool) : readCustom(tool, name)]
    case 'namespace':
      return name === undefined ? [native(tool)] : readNamespace(tool, name)
    default:
      return [isWebSearch(tool['type']) ? readSearch(tool) : native(tool)]
  }
}

function native(value: JsonObject): Tool {
  return { kind: 'native', protocol: 'responses', value }
}

function readFunction(tool: JsonObject, name: string): FunctionTool {
  const consumed = ['type', 'name']
  const description = asString(tool['description'])
  const schema = asObject(tool['parameters'])
  const strict = tool['strict']
  const hasStrict = typeof strict === 'boolean' || strict === null
  if (description !== undefined) consumed.push('description')
  if (schema) consumed.push('parameters')
  if (hasStrict) consumed.push('strict')
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema ? { schema } : {}),
    ...(hasStrict ? { strict } : {}),
    ...keepRest(tool, consumed),
  }
}

function readCustom(tool: JsonObject, name: string): CustomTool {
  const consumed = ['type', 'name']
  const description = asString(tool['description'])
  const format = asObject(tool['format'])
  if (description !== undefined) consumed.push('description')
  if (format) consumed.push('format')
  return {
    kind: 'custom',
    name,
    ...(description === undefined ? {} : { description }),
    ...(format ? { format } : {}),
    ...keepRest(tool, consumed),
  }
}

function readNamespace(tool: JsonObject, name: string): readonly Tool[] {
  const members = Array.isArray(tool['tools']) ? readTools(asObjects(tool['tools'])) : []
  // A group that holds what the core cannot put into one stays whole.
  const named = members.flatMap((member) => (member.kind === 'function' || member.kind === 'custom' ? [member] : []))
  if (named.length !== members.length) return [native(tool)]
  const consumed = ['type', 'name', 'tools']
  const description = asString(tool['description'])
  if (description !== undefined) consumed.push('description')
  const head: NamespaceTool = {
    kind: 'namespace',
    name,
    ...(description === undefined ? {} : { description }),
    ...keepRest(tool, consumed),
  }
  return [head, ...named.map((member) => ({ ...member, namespace: name }))]
}

function readSearch(tool: JsonObject): WebSearchTool {
  const filters = asObject(tool['filters'])
  const allowed = asStrings(filters?.['allowed_domains'])
  const blocked = asStrings(filters?.['blocked_domains'])
  const location = asObject(tool['user_location'])
  const contextSize = asString(tool['search_context_size'])
  const read = [...(location ? ['user_location'] : []), ...(contextSize === undefined ? [] : ['search_context_size'])]
  const kept: MutableJson = { ...rest(tool, new Set(['type', 'filters', ...read])) }
  if (tool['type'] !== 'web_search') kept['type'] = tool['type']
  if (!filters && tool['filters'] !== undefined) kept['filters'] = tool['filters']
  const consumed = [...(allowed ? ['allowed_domains'] : []), ...(blocked ? ['blocked_domains'] : [])]
  const inner = filters ? rest(filters, new Set(consumed)) : undefined
  if (inner) kept['filters'] = inner
  return {
    kind: 'web-search',
    protocol: 'responses',
    ...(allowed ? { allowedDomains: allowed } : {}),
    ...(blocked ? { blockedDomains: blocked } : {}),
    ...(location ? { location } : {}),
    ...(contextSize === undefined ? {} : { contextSize }),
    ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}),
  }
}

/** Whether a tool, or a choice, of this type is the provider's web search. */
export function isWebSearch(type: Json | undefined): boolean {
  return typeof type === 'string' && /^web_search(?:_preview)?(?:_\d{4}_\d\d_\d\d)?$/.test(type)
}

/** Whether a tool, or a choice, of this type is run by the provider. */
export function isHosted(type: Json | undefined): boolean {
  return typeof type === 'string' && (hosted.has(type) || type.startsWith('web_search'))
}

const hosted: ReadonlySet<string> = new Set(['image_generation', 'code_interpreter', 'file_search', 'mcp'])
