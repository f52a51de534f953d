import { GatewayError } from '../core/error.ts'
import {
  asBoolean,
  asNumber,
  asObject,
  asString,
  isObject,
  present,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Format, Prompt, Tool, Turn } from '../core/prompt.ts'
import { readSealsOfClient } from '../core/seal.ts'
import { readContent } from './content.ts'
import { readCall, readCompaction } from './items.ts'
import { readReasoning } from './reasoning.ts'
import { readReasoningRequest } from './reasoning-request.ts'
import { readToolChoice } from './tool-choice.ts'
import { readItemTools, readTools } from './tools.ts'

/**
 * A Responses request in the core's words. Throws `GatewayError('invalid-request', 400)` for a member that cannot be
 * understood. `extras.responses` is always there, so that a writer knows where the request comes from.
 */
export function readRequest(body: JsonObject): Prompt {
  const settings = readSettings(body)
  const turns: Turn[] = []
  const instructions = asString(body['instructions'])
  if (instructions) turns.push({ role: 'system', level: 'instructions', parts: [{ kind: 'text', text: instructions }] })
  const items = readInput(body['input'])
  const tools: Tool[] = [...readTools(readList(body, 'tools'))]
  let known: Set<string> | undefined
  for (const item of items) {
    turns.push(readItem(item))
    if (item['type'] !== 'additional_tools' && item['type'] !== 'tool_search_output') continue
    // What a search found may be in the request's own list too, or have been found before.
    const names = (known ??= new Set(tools.map(fullName)))
    const found = readItemTools(item).filter((tool) => !('name' in tool && names.has(fullName(tool))))
    for (const tool of found) {
      names.add(fullName(tool))
      tools.push(tool)
    }
  }
  return { ...settings, turns, tools }
}

/** What tells a tool from others: its name, in its group. */
function fullName(tool: Tool): string {
  if (!('name' in tool)) return ''
  return JSON.stringify([tool.kind === 'namespace', 'namespace' in tool ? tool.namespace : null, tool.name])
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError('invalid-request', 400, message, {
    reason: 'invalid-member',
    upstream: { type: 'invalid_request_error', param },
  })
}

function readList(body: JsonObject, member: string): readonly JsonObject[] {
  const list = body[member]
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) throw invalid(member, `Invalid type for '${member}': expected a list.`)
  return list.map((one: Json, index) => {
    if (isObject(one)) return one
    throw invalid(`${member}[${index}]`, `Invalid type for '${member}[${index}]': expected an object.`)
  })
}

function readInput(input: Json | undefined): readonly JsonObject[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  return readList({ input }, 'input')
}

const readSeal = readSealsOfClient('responses')

/** One input item as one turn. Items without a word stay whole, in the position where they stood. */
function readItem(item: JsonObject): Turn {
  switch (item['type'] ?? 'message') {
    case 'message':
      return readMessage(item) ?? nativeTurn(item)
    case 'function_call':
    case 'custom_tool_call':
      return { role: 'assistant', parts: [readCall(item, 'keep')] }
    case 'function_call_output':
    case 'custom_tool_call_output':
      // One that names its tool and no call tells of itself, and answers nothing.
      return item['call_id'] === undefined && asString(item['name']) !== undefined ? nativeTurn(item) : readOutput(item)
    case 'reasoning':
      return { role: 'assistant', parts: [readReasoning(item, readSeal, 'keep')] }
    case 'compaction':
    case 'compaction_summary':
      return { role: 'assistant', parts: [readCompaction(item, readSeal, 'keep')] }
    default:
      return nativeTurn(item)
  }
}

function nativeTurn(item: JsonObject): Turn {
  // A reference may leave out its type.
  const type = asString(item['type']) ?? (item['role'] === undefined ? 'item_reference' : '')
  const fromUser = type.endsWith('_output') || fromClient.has(type)
  return { role: fromUser ? 'user' : 'assistant', parts: [{ kind: 'native', protocol: 'responses', value: item }] }
}

const fromClient: ReadonlySet<string> = new Set([
  'additional_tools',
  'compaction_trigger',
  'item_reference',
  'mcp_approval_response',
])

type Role = Pick<Turn, 'role' | 'level'>

const roles: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['user', { role: 'user' }],
  ['assistant', { role: 'assistant' }],
  ['system', { role: 'system' }],
  ['developer', { role: 'system', level: 'developer' }],
])

function readMessage(item: JsonObject): Turn | undefined {
  const role = roles.get(asString(item['role']) ?? '')
  const content = item['content']
  const usable = typeof content === 'string' || (Array.isArray(content) && content.every(isObject))
  if (!role || !usable) return undefined
  const parts = readContent(content, role.role === 'assistant')
  const kept: MutableJson = { ...rest(item, new Set(['type', 'role', 'content'])) }
  // Told apart from a turn that is a native item; and an empty message is written back only for its own protocol.
  if (item['type'] === 'message' || parts.length === 0 || parts.some(isNative)) kept['type'] = 'message'
  // The string form: restored as long as the message is still one plain text.
  if (typeof content === 'string') kept['content'] = ''
  return { ...role, parts, ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}) }
}

function isNative(part: Part): boolean {
  return part.kind === 'native'
}

function readOutput(item: JsonObject): Turn {
  const output = item['output']
  const listed = Array.isArray(output)
  const kept: MutableJson = { ...rest(item, new Set(['type', 'call_id', 'output'])) }
  // The list form, and what is neither text nor list, restored when this protocol is written again.
  if (listed) kept['output'] = []
  const text = listed || typeof output === 'string' ? output : JSON.stringify(output ?? '')
  return {
    role: 'user',
    parts: [
      {
        kind: 'tool-result',
        id: asString(item['call_id']) ?? '',
        content: readContent(output === undefined || output === null ? '' : text, false),
        failed: false,
        form: item['type'] === 'custom_tool_call_output' ? 'text' : 'json',
        ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}),
      },
    ],
  }
}

/** Everything but the turns and the tools. */
function readSettings(body: JsonObject): Omit<Prompt, 'turns' | 'tools'> {
  const consumed = new Set(['model', 'input', 'tools', 'stream'])
  const take = <T>(member: string, value: T | undefined): T | undefined => {
    if (value !== undefined) consumed.add(member)
    return value
  }
  const model = asString(body['model'])
  if (model === undefined && !isObject(body['prompt'])) throw invalid('model', `Missing required parameter: 'model'.`)
  if (asString(body['instructions'])) consumed.add('instructions')
  const toolChoice = take('tool_choice', readToolChoice(body['tool_choice']))
  const reasoning = asObject(body['reasoning'])
  const text = asObject(body['text'])
  const include = Array.isArray(body['include']) ? body['include'] : []
  const top = take('top_logprobs', asNumber(body['top_logprobs']))
  const logprobs = top !== undefined || include.includes('message.output_text.logprobs')
  const settings = {
    parallelToolCalls: take('parallel_tool_calls', asBoolean(body['parallel_tool_calls'])),
    maxTokens: take('max_output_tokens', asNumber(body['max_output_tokens'])),
    user: take('user', asString(body['user'])),
    metadata: take('metadata', asObject(body['metadata'])),
    serviceTier: take('service_tier', asString(body['service_tier'])),
    store: take('store', asBoolean(body['store'])),
    cacheKey: take('prompt_cache_key', asString(body['prompt_cache_key'])),
    cacheRetention: take('prompt_cache_retention', asString(body['prompt_cache_retention'])),
    cacheOptions: take('prompt_cache_options', asObject(body['prompt_cache_options'])),
    safetyId: take('safety_identifier', asString(body['safety_identifier'])),
    toolChoice,
  }
  const temperature = take('temperature', asNumber(body['temperature']))
  const topP = take('top_p', asNumber(body['top_p']))
  const nested: MutableJson = {}
  const asked = reasoning ? readReasoningRequest(reasoning, nested) : undefined
  const spoken = text ? readTextSettings(text, nested) : {}
  if (reasoning) consumed.add('reasoning')
  if (text) consumed.add('text')
  return {
    model: model ?? '',
    stream: body['stream'] === true,
    sampling: { ...(temperature === undefined ? {} : { temperature }), ...(topP === undefined ? {} : { topP }) },
    ...present(settings),
    ...(logprobs ? { logprobs: top === undefined ? {} : { top } } : {}),
    ...(asked ? { reasoning: asked } : {}),
    ...spoken,
    extras: { responses: { ...rest(body, consumed), ...nested } },
  }
}

function readTextSettings(text: JsonObject, nested: MutableJson): Pick<Prompt, 'verbosity' | 'format'> {
  const verbosity = asString(text['verbosity'])
  const wire = asObject(text['format'])
  const read = wire ? readFormat(wire) : undefined
  const kept: MutableJson = { ...rest(text, new Set(verbosity === undefined ? [] : ['verbosity'])) }
  if (read) {
    if (read.rest) kept['format'] = read.rest
    else delete kept['format']
  }
  if (Object.keys(kept).length > 0 || (verbosity === undefined && !read)) nested['text'] = kept
  return { ...(verbosity === undefined ? {} : { verbosity }), ...(read ? { format: read.format } : {}) }
}

function readFormat(wire: JsonObject): { readonly format: Format; readonly rest: JsonObject | undefined } | undefined {
  const schema = asObject(wire['schema'])
  const name = asString(wire['name'])
  const description = asString(wire['description'])
  const strict = wire['strict']
  switch (wire['type']) {
    case 'text':
      return { format: { kind: 'text' }, rest: rest(wire, new Set(['type'])) }
    case 'json_object':
      return { format: { kind: 'json' }, rest: rest(wire, new Set(['type'])) }
    case 'json_schema': {
      if (!schema) return undefined
      const consumed = ['type', 'schema']
      if (name !== undefined) consumed.push('name')
      if (description !== undefined) consumed.push('description')
      const hasStrict = typeof strict === 'boolean' || strict === null
      if (hasStrict) consumed.push('strict')
      const format: Format = {
        kind: 'schema',
        schema,
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(hasStrict ? { strict } : {}),
      }
      return { format, rest: rest(wire, new Set(consumed)) }
    }
    default:
      return undefined
  }
}
