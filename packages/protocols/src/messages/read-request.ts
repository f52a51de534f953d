import { GatewayError } from '../core/error.ts'
import {
  asNumber,
  asObject,
  asString,
  isObject,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Format, Prompt, ReasoningRequest, Sampling, Tool, ToolChoice, Turn } from '../core/prompt.ts'
import { unwrapSeal } from '../core/seal.ts'
import { readContent, type ReadSeal } from './content.ts'
import { asExtras, readCache } from './extras.ts'
import { readThinking } from './reasoning.ts'
import { readTool, readToolChoice } from './tools.ts'

const readSeal: ReadSeal = (data, id) => unwrapSeal(data, 'messages', id)
const turnMembers: ReadonlySet<string> = new Set(['role', 'content'])
const userMembers: ReadonlySet<string> = new Set(['user_id'])
const effortMembers: ReadonlySet<string> = new Set(['effort'])
const formatMembers: ReadonlySet<string> = new Set(['type', 'schema'])

/** A body under reading: what is taken of it, and the untaken rest of members that are objects. */
interface Reading {
  readonly body: JsonObject
  readonly taken: Set<string>
  readonly nested: MutableJson
}

/** A request of the Messages API. Whatever has no word, or is not of the documented type, is kept in extras. */
export function readRequest(body: JsonObject): Prompt {
  const model = body['model']
  if (typeof model !== 'string') throw invalid('model', 'a string is required')
  const reading: Reading = { body, taken: new Set(['model', 'messages', 'system', 'tools']), nested: {} }
  const turns = [...readSystem(body['system']), ...readMessages(body['messages'])]
  const tools = readTools(body['tools'])
  const prompt = {
    model,
    turns,
    tools,
    ...readChoice(reading, tools),
    ...taken(reading, 'max_tokens', asNumber, (maxTokens) => ({ maxTokens })),
    sampling: readSampling(reading),
    ...readReasoning(reading),
    ...readFormat(reading),
    ...readUser(reading),
    ...taken(reading, 'service_tier', asTier, (serviceTier) => ({ serviceTier })),
    ...readWholeCache(reading),
    stream: taken(reading, 'stream', asTrue, (stream) => ({ stream })).stream ?? false,
  }
  const kept = rest(body, reading.taken)
  const nested = Object.keys(reading.nested).length > 0
  return { ...prompt, ...asExtras(kept || nested ? { ...kept, ...reading.nested } : undefined) }
}

/** The member in words when it is understood; then it is no longer of the rest. */
function taken<T, W extends object>(
  { body, taken: names }: Reading,
  name: string,
  understand: (value: unknown) => T | undefined,
  say: (value: T) => W,
): Partial<W> {
  const value = understand(body[name])
  if (value === undefined) return {}
  names.add(name)
  return say(value)
}

function asTier(value: unknown): string | undefined {
  return value === 'auto' || value === 'standard_only' ? value : undefined
}

/** A stated `false` is the default and stays in the rest. */
function asTrue(value: unknown): true | undefined {
  return value === true ? value : undefined
}

function asStrings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
}

function readSystem(system: Json | undefined): readonly Turn[] {
  const parts = readContent(system, readSeal)
  if (!parts) throw invalid('system', 'a string or a list of blocks is required')
  return parts.length === 0 ? [] : [{ role: 'system', level: 'instructions', parts }]
}

function readMessages(messages: Json | undefined): readonly Turn[] {
  if (!Array.isArray(messages)) throw invalid('messages', 'a list is required')
  return messages.map((message: Json, index) => readMessage(message, `messages.${index}`))
}

function readMessage(message: Json, path: string): Turn {
  if (!isObject(message)) throw invalid(path, 'an object is required')
  const role = message['role']
  if (role !== 'user' && role !== 'assistant' && role !== 'system')
    throw invalid(`${path}.role`, '"user", "assistant" or "system" is required')
  const parts: readonly Part[] | undefined = readContent(message['content'], readSeal)
  if (!parts) throw invalid(`${path}.content`, 'a string or a list of blocks is required')
  return { role, parts, ...asExtras(rest(message, turnMembers)) }
}

function readTools(tools: Json | undefined): readonly Tool[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw invalid('tools', 'a list is required')
  return tools.map((tool: Json, index) => {
    if (!isObject(tool)) throw invalid(`tools.${index}`, 'an object is required')
    return readTool(tool)
  })
}

function readChoice(
  { body, taken: names, nested }: Reading,
  tools: readonly Tool[],
): Pick<Prompt, 'toolChoice' | 'parallelToolCalls'> {
  const choice = asObject(body['tool_choice'])
  const read = choice && readToolChoice(choice)
  if (!read) return {}
  names.add('tool_choice')
  const { kept, ...words } = read
  if (kept) nested['tool_choice'] = kept
  return isSearch(words.toolChoice, tools) ? { ...words, toolChoice: { mode: 'web-search' } } : words
}

/** Whether the chosen tool is the provider's search, which is a tool like any other here. */
function isSearch(choice: ToolChoice | undefined, tools: readonly Tool[]): boolean {
  return choice?.mode === 'tool' && choice.name === 'web_search' && tools.some((tool) => tool.kind === 'web-search')
}

function readSampling(reading: Reading): Sampling {
  return {
    ...taken(reading, 'temperature', asNumber, (temperature) => ({ temperature })),
    ...taken(reading, 'top_p', asNumber, (topP) => ({ topP })),
    ...taken(reading, 'top_k', asNumber, (topK) => ({ topK })),
    ...taken(reading, 'stop_sequences', asStrings, (stop) => ({ stop })),
  }
}

function readReasoning(reading: Reading): { reasoning?: ReasoningRequest } {
  const wire = asObject(reading.body['thinking'])
  const thinking = wire && readThinking(wire)
  if (thinking) reading.taken.add('thinking')
  if (thinking?.kept) reading.nested['thinking'] = thinking.kept
  const effort = asString(asObject(reading.body['output_config'])?.['effort'])
  if (!thinking && effort === undefined) return {}
  return { reasoning: { ...thinking?.reasoning, ...(effort === undefined ? {} : { effort }) } }
}

/** The output format, and the rest of `output_config`: kept even when empty, as the sign that it was there. */
function readFormat({ body, taken: names, nested }: Reading): { format?: Format } {
  const config = asObject(body['output_config'])
  const current = config && readSchema(config['format'])
  if (config) {
    names.add('output_config')
    const unread = { ...rest(config, effortMembers), ...(current ? { format: current.kept } : {}) }
    if (current && !current.kept) delete unread.format
    // An effort that is null, or not a word, has been left by the reader above.
    if (config['effort'] !== undefined && typeof config['effort'] !== 'string')
      nested['output_config'] = { ...unread, effort: config['effort'] }
    else nested['output_config'] = unread
  }
  if (current) return { format: current.format }
  const older = readSchema(body['output_format'])
  if (!older) return {}
  names.add('output_format')
  nested['output_format'] = older.kept ?? {}
  return { format: older.format }
}

function readSchema(value: Json | undefined): { format: Format; kept: JsonObject | undefined } | undefined {
  const wire = asObject(value)
  const schema = asObject(wire?.['schema'])
  if (!wire || !schema || wire['type'] !== 'json_schema') return undefined
  return { format: { kind: 'schema', schema }, kept: rest(wire, formatMembers) }
}

function readUser({ body, taken: names, nested }: Reading): { user?: string } {
  const metadata = asObject(body['metadata'])
  const user = asString(metadata?.['user_id'])
  if (!metadata || user === undefined) return {}
  names.add('metadata')
  const kept = rest(metadata, userMembers)
  if (kept) nested['metadata'] = kept
  return { user }
}

function readWholeCache({ body, taken: names, nested }: Reading): Pick<Prompt, 'cache'> {
  const value = body['cache_control']
  if (value === undefined) return {}
  names.add('cache_control')
  const { cache, kept } = readCache(value)
  if (kept !== undefined) nested['cache_control'] = kept
  return cache ? { cache } : {}
}

function invalid(member: string, what: string): GatewayError {
  return new GatewayError('invalid-request', 400, `${member}: ${what}`, {
    reason: 'invalid-request',
    upstream: { type: 'invalid_request_error', param: member },
  })
}
