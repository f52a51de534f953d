import { asObject, asString, type Json, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import type { PatchContext, RequestPatch } from '../provider.ts'
import { mapMember, withMember } from './copy-on-write.ts'
import { plainSchema } from './plain-schema.ts'

const reason =
  'user-pain 4.12: "object schema missing properties", "array schema missing items", "must have type \'object\'", "does not support oneOf, allOf, or anyOf at the top level": one such tool of an MCP server fails every request'

/** The schema of each function in the form that OpenAI and Anthropic take, in all three protocols. */
export const toolSchemas: readonly RequestPatch[] = [
  { name: 'tool-schemas', reason, protocol: 'chat', apply: (body, _, context) => mendTools(body, 'chat', context) },
  {
    name: 'tool-schemas',
    reason,
    protocol: 'responses',
    apply: (body, _, context) => mapMember(mendTools(body, 'responses', context), 'input', carriedTools(context)),
  },
  {
    name: 'tool-schemas',
    reason,
    protocol: 'messages',
    apply: (body, _, context) => mendTools(body, 'messages', context),
  },
]

/** The same for a server of another vendor, which may be less strict: what its own protocol's clients say stays. */
export const translatedToolSchemas: readonly RequestPatch[] = toolSchemas.map((patch) => ({
  ...patch,
  apply: (body, target, context) => (context.from === target.protocol ? body : patch.apply(body, target, context)),
}))

/** Codex may carry its tools in an item of the input. */
function carriedTools(context: PatchContext): (item: Json) => Json {
  return (item) => {
    const object = asObject(item)
    return object?.['type'] === 'additional_tools' ? mendTools(object, 'responses', context) : item
  }
}

function mendTools(holder: JsonObject, protocol: ProtocolId, context: PatchContext): JsonObject {
  return mapMember(holder, 'tools', (value, at) => {
    const tool = asObject(value)
    if (!tool) return value
    if (protocol === 'messages')
      return isOwn(tool) ? mendMember(tool, 'input_schema', `tools[${at}]`, protocol, context) : tool
    if (protocol === 'responses' && tool['type'] === 'namespace') return mendTools(tool, protocol, context)
    if (tool['type'] !== 'function') return tool
    if (protocol === 'responses') return mendMember(tool, 'parameters', `tools[${at}]`, protocol, context)
    const called = asObject(tool['function'])
    return called
      ? withMember(tool, 'function', mendMember(called, 'parameters', `tools[${at}]`, protocol, context))
      : tool
  })
}

/** A tool of the client's, not one that the service defines. */
function isOwn(tool: JsonObject): boolean {
  const type = asString(tool['type'])
  return type === undefined || type === 'custom'
}

function mendMember(
  tool: JsonObject,
  member: string,
  path: string,
  protocol: ProtocolId,
  context: PatchContext,
): JsonObject {
  const given = asObject(tool[member])
  if (!given) return tool
  const { schema, joined } = plainSchema(given, protocol)
  if (joined.length > 0)
    context.lose({ path: `${path}.${member}.${joined.join('+')}`, why: 'a function takes one object: it was joined' })
  return withMember(tool, member, schema)
}
