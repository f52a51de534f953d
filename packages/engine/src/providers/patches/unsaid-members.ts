import { asObject, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { asList, mapMember, onObject, without, withMember } from './copy-on-write.ts'

const reason =
  "openai/openai-openapi#348, openai/openai-node#1341: Invalid 'messages[1].tool_calls': empty array. Expected an array with minimum length 1. Python's clients write what is not there as null, or as a list of nothing"

/** Members of a chat that its published schema knows, and not as null. */
const chat = {
  body: [
    'user',
    'response_format',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'functions',
    'function_call',
    'web_search_options',
    'prompt_cache_options',
  ],
  turn: ['name', 'tool_calls', 'tool_call_id'],
  called: ['description', 'parameters'],
} as const

/** The same of Messages, with the sampling that older models take. */
const messages = {
  body: [
    'system',
    'metadata',
    'stop_sequences',
    'stream',
    'temperature',
    'top_k',
    'top_p',
    'thinking',
    'output_config',
    'service_tier',
    'tools',
    'tool_choice',
    'mcp_servers',
  ],
  tool: ['description', 'input_examples', 'allowed_callers', 'defer_loading', 'strict'],
  // The last two are members of answers, which Python dumps whole and sends back.
  block: ['content', 'is_error', 'caller', 'toolset_name', 'parsed_output'],
} as const

/**
 * What a relaying client says by null, or by an empty list, is nothing: it is left out where the protocol knows the member,
 * but not so. A translation writes none of it, and of a Responses body every member may be null.
 */
export const unsaidMembers: readonly RequestPatch[] = [
  {
    name: 'unsaid-members',
    reason,
    protocol: 'chat',
    apply: (body, _target, { from }) => (from === 'chat' ? withoutUnsaidChat(body) : body),
  },
  {
    name: 'unsaid-members',
    reason,
    protocol: 'messages',
    apply: (body, _target, { from }) => (from === 'messages' ? withoutUnsaidMessages(body) : body),
  },
]

const withTools = ['tools', 'tool_choice', 'parallel_tool_calls'] as const

function withoutUnsaidChat(body: JsonObject): JsonObject {
  const said = withoutEmpty(withoutNulls(body, chat.body), 'functions')
  // Without tools, "'tool_choice' is only allowed when 'tools' are specified".
  const hasNone = body['tools'] === null || asList(body['tools'])?.length === 0
  const chosen = hasNone ? without(said, ...withTools) : said
  return mapMember(
    mapMember(chosen, 'tools', onObject(withoutUnsaidFunction)),
    'messages',
    onObject((turn) => withoutEmpty(withoutNulls(turn, chat.turn), 'tool_calls')),
  )
}

function withoutUnsaidMessages(body: JsonObject): JsonObject {
  const tooled = mapMember(withoutNulls(body, messages.body), 'tools', onObject(withoutUnsaidTool))
  return mapMember(
    tooled,
    'messages',
    onObject((turn) => mapMember(turn, 'content', onObject(withoutUnsaidBlock))),
  )
}

const withoutUnsaidTool = (tool: JsonObject): JsonObject => withoutNulls(tool, messages.tool)
const withoutUnsaidBlock = (block: JsonObject): JsonObject => withoutNulls(block, messages.block)

function withoutUnsaidFunction(tool: JsonObject): JsonObject {
  const called = asObject(tool['function'])
  return called ? withMember(tool, 'function', withoutNulls(called, chat.called)) : tool
}

/** The same object when none of the members is null. */
function withoutNulls(object: JsonObject, members: readonly string[]): JsonObject {
  const nulls = members.filter((member) => object[member] === null)
  return nulls.length === 0 ? object : without(object, ...nulls)
}

function withoutEmpty(object: JsonObject, member: string): JsonObject {
  return asList(object[member])?.length === 0 ? without(object, member) : object
}
