import { invalidMember } from '../core/error.ts'
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
import type { Format, Prompt, Tool, Turn } from '../core/prompt.ts'
import { readTurn } from './read-turns.ts'
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
    turns.push(readTurn(item))
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

function readList(body: JsonObject, member: string): readonly JsonObject[] {
  const list = body[member]
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) throw invalidMember(member, `Invalid type for '${member}': expected a list.`)
  return list.map((one: Json, index) => {
    if (isObject(one)) return one
    throw invalidMember(`${member}[${index}]`, `Invalid type for '${member}[${index}]': expected an object.`)
  })
}

function readInput(input: Json | undefined): readonly JsonObject[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  return readList({ input }, 'input')
}

/** Everything but the turns and the tools. */
function readSettings(body: JsonObject): Omit<Prompt, 'turns' | 'tools'> {
  const consumed = new Set(['model', 'input', 'tools', 'stream'])
  const take = <T>(member: string, value: T | undefined): T | undefined => {
    if (value !== undefined) consumed.add(member)
    return value
  }
  const model = asString(body['model'])
  if (model === undefined && !isObject(body['prompt']))
    throw invalidMember('model', `Missing required parameter: 'model'.`)
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
    moderation: take('moderation', asObject(body['moderation'])),
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
