import { asBoolean, asNumber, asObject, asString, asStrings, rest, type JsonObject } from '../core/json.ts'
import type { Tool, WebSearchTool } from '../core/prompt.ts'
import { leftovers } from './extras.ts'

const functionMembers: ReadonlySet<string> = new Set(['name', 'description', 'input_schema', 'cache_control'])
const strictMembers: ReadonlySet<string> = new Set([...functionMembers, 'strict'])

/** A tool of a request: a function, web search, or a typed tool of this API, kept whole. */
export function readTool(tool: JsonObject): Tool {
  const type = tool['type']
  const name = asString(tool['name'])
  if (name !== undefined && (type === undefined || type === null || type === 'custom')) return readFunction(tool, name)
  if (typeof type === 'string' && /^web_search_\d+$/.test(type)) return readWebSearch(tool)
  return { kind: 'native', protocol: 'messages', value: tool }
}

function readFunction(tool: JsonObject, name: string): Tool {
  const description = asString(tool['description'])
  const schema = asObject(tool['input_schema'])
  // A stated `strict: false` is the default; it stays in extras, so that no other API is sent it.
  const strict = asBoolean(tool['strict']) === true
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema }),
    ...(strict ? { strict } : {}),
    ...leftovers(tool, strict ? strictMembers : functionMembers),
  }
}

function readWebSearch(tool: JsonObject): WebSearchTool {
  const allowedDomains = asStrings(tool['allowed_domains'])
  const blockedDomains = asStrings(tool['blocked_domains'])
  const location = asObject(tool['user_location'])
  const maxUses = asNumber(tool['max_uses'])
  const taken = new Set<string>()
  if (allowedDomains) taken.add('allowed_domains')
  if (blockedDomains) taken.add('blocked_domains')
  if (location) taken.add('user_location')
  if (maxUses !== undefined) taken.add('max_uses')
  return {
    kind: 'web-search',
    protocol: 'messages',
    ...(allowedDomains ? { allowedDomains } : {}),
    ...(blockedDomains ? { blockedDomains } : {}),
    ...(location ? { location } : {}),
    ...(maxUses === undefined ? {} : { maxUses }),
    extras: { messages: rest(tool, taken) ?? {} },
  }
}
