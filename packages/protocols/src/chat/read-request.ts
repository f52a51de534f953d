import {
  asBoolean,
  asNumber,
  asObject,
  asObjects,
  asString,
  asStrings,
  isObject,
  present,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { Format, Prompt, Sampling, Turn } from '../core/prompt.ts'
import { readContent, readMark } from './content.ts'
import { badMember } from './error.ts'
import { readTurns } from './read-turns.ts'
import { readReasoningRequest, reasoningMembers } from './reasoning-request.ts'
import { keep, type Said, type Spelling } from './spelling.ts'
import { readToolChoice } from './tool-choice.ts'
import { readTools } from './tools.ts'

/**
 * A Chat Completions request in the words of the core. Understands the dialects of compatible servers; throws
 * `invalid-request` with the member's path.
 */
export function readRequest(body: JsonObject): Prompt {
  const model = asString(body['model'])
  if (!model) throw badMember('model', 'expected the name of a model')
  const turns = [...readSystem(body['system']), ...readTurns(body['messages'])]
  const toolChoice = readToolChoice(body)
  const format = readFormat(body['response_format'])
  const reasoning = readReasoningRequest(body)
  const completionTokens = asNumber(body['max_completion_tokens'])
  const maxTokens = completionTokens ?? asNumber(body['max_tokens'])
  const streamOptions = asObject(body['stream_options'])
  const streamUsage = asBoolean(streamOptions?.['include_usage'])
  const taken = new Set<string>(['model', 'messages', 'tools', 'functions', 'web_search_options', 'system'])

  const take = <T>(member: string, value: T | undefined): T | undefined => {
    if (value !== undefined) taken.add(member)
    return value
  }
  const metadata = take('metadata', asObject(body['metadata']))
  const store = take('store', asBoolean(body['store']))
  const top = body['logprobs'] === true ? take('top_logprobs', asNumber(body['top_logprobs'])) : undefined
  const sparse = {
    // A message of the grammar of 2023 has one call.
    parallelToolCalls:
      take('parallel_tool_calls', asBoolean(body['parallel_tool_calls'])) ??
      (asObjects(body['functions']).length > 0 ? false : undefined),
    maxTokens: take(completionTokens === undefined ? 'max_tokens' : 'max_completion_tokens', maxTokens),
    verbosity: take('verbosity', asString(body['verbosity'])),
    streamUsage,
    user: take('user', asString(body['user'])),
    metadata,
    serviceTier: take('service_tier', asString(body['service_tier'])),
    store,
    cacheKey: take('prompt_cache_key', asString(body['prompt_cache_key'])),
    cacheRetention: take('prompt_cache_retention', asString(body['prompt_cache_retention'])),
    cacheOptions: take('prompt_cache_options', asObject(body['prompt_cache_options'])),
    moderation: take('moderation', asObject(body['moderation'])),
    safetyId: take('safety_identifier', asString(body['safety_identifier'])),
    choices: take('n', asNumber(body['n'])),
    toolChoice,
    format,
    reasoning,
    logprobs: body['logprobs'] === true ? take('logprobs', present({ top })) : undefined,
  }
  const sampling = readSampling(body, take)
  const stream = take('stream', body['stream'] === true ? true : undefined) ?? false

  const { cache } = readMark(body['cache_control'])
  const note: { -readonly [K in keyof Spelling]: Spelling[K] } = {}
  if (maxTokens !== undefined) note.maxTokens = completionTokens === undefined ? 'max_tokens' : 'max_completion_tokens'
  const said = (word: unknown, names: Iterable<string>): Said => ({ word, members: pick(body, names, taken) })
  if (toolChoice) note.toolChoice = said(toolChoice, ['tool_choice', 'function_call'])
  if (format) note.format = said(format, ['response_format'])
  if (reasoning) note.reasoning = said(reasoning, reasoningMembers)
  const silent = emptyMembers(body, taken)
  note.members = pick(body, cache ? [...silent, 'cache_control'] : silent, taken)

  return {
    model,
    turns,
    tools: readTools(body),
    sampling,
    stream,
    ...present({ ...sparse, cache }),
    ...keep(restOf(body, taken, streamOptions), note),
  }
}

/** Instructions where Messages has them: clients that speak both protocols mix them up. */
function readSystem(system: Json | undefined): readonly Turn[] {
  const parts = typeof system === 'string' || Array.isArray(system) ? readContent(system, 'system') : []
  return parts.length === 0 ? [] : [{ role: 'system', level: 'instructions', parts }]
}

const samplingMembers = [
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
  ['seed', 'seed'],
  ['frequency_penalty', 'frequencyPenalty'],
  ['presence_penalty', 'presencePenalty'],
] as const

function readSampling(body: JsonObject, take: <T>(member: string, value: T | undefined) => T | undefined): Sampling {
  const sampling: { -readonly [K in keyof Sampling]: Sampling[K] } = {}
  for (const [member, word] of samplingMembers) {
    const value = take(member, asNumber(body[member]))
    if (value !== undefined) sampling[word] = value
  }
  const { stop: said } = body
  const stop = take('stop', typeof said === 'string' ? [said] : asStrings(said))
  if (stop) sampling.stop = stop
  return sampling
}

function readFormat(value: Json | undefined): Format | undefined {
  if (!isObject(value)) return undefined
  if (value['type'] === 'text') return { kind: 'text' }
  if (value['type'] === 'json_object') return { kind: 'json' }
  const inner = asObject(value['json_schema'])
  if (value['type'] !== 'json_schema') return undefined
  if (!inner) throw badMember('response_format.json_schema', 'expected an object')
  const name = asString(inner['name'])
  const description = asString(inner['description'])
  const strict = inner['strict'] === null ? null : asBoolean(inner['strict'])
  return {
    kind: 'schema',
    schema: asObject(inner['schema']) ?? {},
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  }
}

/** The members of `body` with these names, which count as taken from here on. */
function pick(body: JsonObject, names: Iterable<string>, taken: Set<string>): JsonObject {
  const picked: MutableJson = {}
  for (const name of names) {
    if (body[name] === undefined || taken.has(name)) continue
    picked[name] = body[name]
    taken.add(name)
  }
  return picked
}

/** Members whose presence says nothing: nulls, `logprobs: false`, `stream: false`, text alone, a limit said twice. */
function emptyMembers(body: JsonObject, taken: ReadonlySet<string>): string[] {
  return Object.keys(body).filter((name) => {
    const value = body[name]
    if (taken.has(name)) return false
    if (value === null) return true
    if (name === 'modalities') return Array.isArray(value) && value.length === 1 && value[0] === 'text'
    if (name === 'max_tokens') return value === body['max_completion_tokens']
    return value === false && (name === 'logprobs' || name === 'stream')
  })
}

/** What no word carries; of `stream_options` what is not `include_usage`. */
function restOf(
  body: JsonObject,
  taken: ReadonlySet<string>,
  streamOptions: JsonObject | undefined,
): JsonObject | undefined {
  const kept: MutableJson = { ...rest(body, new Set([...taken, 'stream_options'])) }
  if (streamOptions) {
    const { include_usage: _usage, ...others } = streamOptions
    if (Object.keys(others).length > 0) kept['stream_options'] = others
  }
  return Object.keys(kept).length > 0 ? kept : undefined
}
