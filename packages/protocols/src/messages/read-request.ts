import {
  asNumber,
  asObject,
  asString,
  asStrings,
  isObject,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { Format, Prompt, Sampling, Tool, ToolChoice } from '../core/prompt.ts'
import { badMember } from './error.ts'
import { readCache } from './extras.ts'
import { readReasoningRequest } from './reasoning-request.ts'
import { readTurns } from './read-turns.ts'
import { readToolChoice } from './tool-choice.ts'
import { readTool } from './tools.ts'

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
  if (typeof model !== 'string') throw badMember('model', 'a string is required')
  const reading: Reading = { body, taken: new Set(['model', 'messages', 'system', 'tools']), nested: {} }
  const turns = readTurns(body)
  const tools = readTools(body['tools'])
  const prompt: Writable<Prompt> = { model, turns, tools, sampling: readSampling(reading), stream: false }
  const maxTokens = take(reading, 'max_tokens', asNumber)
  if (maxTokens !== undefined) prompt.maxTokens = maxTokens
  const serviceTier = take(reading, 'service_tier', asTier)
  if (serviceTier !== undefined) prompt.serviceTier = serviceTier
  if (take(reading, 'stream', asTrue)) prompt.stream = true
  readChoice(prompt, reading)
  readReasoning(prompt, reading)
  readFormat(prompt, reading)
  readUser(prompt, reading)
  readWholeCache(prompt, reading)
  const kept = rest(body, reading.taken)
  const nested = Object.keys(reading.nested).length > 0
  if (kept || nested) prompt.extras = { messages: { ...kept, ...reading.nested } }
  return prompt
}

/** A word of the core under construction. */
type Writable<T> = { -readonly [M in keyof T]: T[M] }

/** The member when it is understood; then it is no longer of the rest. */
function take<T>({ body, taken }: Reading, name: string, understand: (value: unknown) => T | undefined): T | undefined {
  const value = understand(body[name])
  if (value !== undefined) taken.add(name)
  return value
}

function asTier(value: unknown): string | undefined {
  return value === 'auto' || value === 'standard_only' ? value : undefined
}

/** A stated `false` is the default and stays in the rest. */
function asTrue(value: unknown): true | undefined {
  return value === true ? value : undefined
}

function readTools(tools: Json | undefined): readonly Tool[] {
  if (tools === undefined || tools === null) return []
  if (!Array.isArray(tools)) throw badMember('tools', 'a list is required')
  return tools.map((tool: Json, index) => {
    if (!isObject(tool)) throw badMember(`tools.${index}`, 'an object is required')
    return readTool(tool)
  })
}

function readChoice(prompt: Writable<Prompt>, { body, taken, nested }: Reading): void {
  const choice = asObject(body['tool_choice'])
  const read = choice && readToolChoice(choice)
  if (!read) return
  taken.add('tool_choice')
  const { kept, ...words } = read
  if (kept) nested['tool_choice'] = kept
  Object.assign(prompt, words)
  if (isSearch(words.toolChoice, prompt.tools)) prompt.toolChoice = { mode: 'web-search' }
}

/** Whether the chosen tool is the provider's search, which is a tool like any other here. */
function isSearch(choice: ToolChoice | undefined, tools: readonly Tool[]): boolean {
  return choice?.mode === 'tool' && choice.name === 'web_search' && tools.some((tool) => tool.kind === 'web-search')
}

function readSampling(reading: Reading): Sampling {
  const sampling: Writable<Sampling> = {}
  const temperature = take(reading, 'temperature', asNumber)
  if (temperature !== undefined) sampling.temperature = temperature
  const topP = take(reading, 'top_p', asNumber)
  if (topP !== undefined) sampling.topP = topP
  const topK = take(reading, 'top_k', asNumber)
  if (topK !== undefined) sampling.topK = topK
  const stop = take(reading, 'stop_sequences', asStrings)
  if (stop !== undefined) sampling.stop = stop
  return sampling
}

function readReasoning(prompt: Writable<Prompt>, { body, taken, nested }: Reading): void {
  const wire = asObject(body['thinking'])
  const thinking = wire && readReasoningRequest(wire)
  if (thinking) taken.add('thinking')
  if (thinking?.kept) nested['thinking'] = thinking.kept
  const effort = asString(asObject(body['output_config'])?.['effort'])
  if (!thinking && effort === undefined) return
  prompt.reasoning = { ...thinking?.reasoning, ...(effort === undefined ? {} : { effort }) }
}

/** The output format, and the rest of `output_config`: kept even when empty, as the sign that it was there. */
function readFormat(prompt: Writable<Prompt>, { body, taken, nested }: Reading): void {
  const config = asObject(body['output_config'])
  const current = config && readSchema(config['format'])
  if (config) {
    taken.add('output_config')
    const unread = { ...rest(config, effortMembers), ...(current ? { format: current.kept } : {}) }
    if (current && !current.kept) delete unread.format
    // An effort that is null, or not a word, has been left by the reader above.
    if (config['effort'] !== undefined && typeof config['effort'] !== 'string')
      nested['output_config'] = { ...unread, effort: config['effort'] }
    else nested['output_config'] = unread
  }
  if (current) {
    prompt.format = current.format
    return
  }
  const older = readSchema(body['output_format'])
  if (!older) return
  taken.add('output_format')
  nested['output_format'] = older.kept ?? {}
  prompt.format = older.format
}

function readSchema(value: Json | undefined): { format: Format; kept: JsonObject | undefined } | undefined {
  const wire = asObject(value)
  const schema = asObject(wire?.['schema'])
  if (!wire || !schema || wire['type'] !== 'json_schema') return undefined
  return { format: { kind: 'schema', schema }, kept: rest(wire, formatMembers) }
}

function readUser(prompt: Writable<Prompt>, { body, taken, nested }: Reading): void {
  const metadata = asObject(body['metadata'])
  const user = asString(metadata?.['user_id'])
  if (!metadata || user === undefined) return
  taken.add('metadata')
  const kept = rest(metadata, userMembers)
  if (kept) nested['metadata'] = kept
  prompt.user = user
}

function readWholeCache(prompt: Writable<Prompt>, { body, taken, nested }: Reading): void {
  const value = body['cache_control']
  if (value === undefined) return
  taken.add('cache_control')
  const { cache, kept } = readCache(value)
  if (kept !== undefined) nested['cache_control'] = kept
  if (cache) prompt.cache = cache
}
