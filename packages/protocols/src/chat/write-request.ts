import type { JsonObject, MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Format, Prompt, Turn } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { pathsOf } from '../core/unsaid.ts'
import { markEnd } from './mark-end.ts'
import { writeEffort, writeThinkingBudget, writeThinkingSwitch } from './reasoning-request.ts'
import { isNoted, restore, spellingOf, type Said } from './spelling.ts'
import { writeToolChoice } from './tool-choice.ts'
import { writeTools } from './write-tools.ts'
import { writeTurns } from './write-turns.ts'

/** The request on the wire of Chat Completions, for a target with these traits. What it cannot say is reported. */
export function writeRequest(prompt: Prompt, traits: Traits, lose: ReportLoss): JsonObject {
  const note = spellingOf(prompt.extras)
  const own = isNoted(prompt.extras)
  const tools = writeTools(prompt.tools, traits, lose)
  const told = isForced(prompt.format, traits) ? instruct(prompt.turns, prompt.format, lose) : prompt.turns
  // Where marks are none, caching needs none; and who speaks this protocol has a mark of the whole request.
  const turns = prompt.cache && !own && traits.cacheMarks !== 'none' ? markEnd(told, prompt.cache) : told
  const body: MutableJson = { model: prompt.model, messages: writeTurns(turns, traits, lose), ...tools.members }

  if (prompt.toolChoice) {
    const choice = writeToolChoice(prompt.toolChoice, tools, lose)
    if (holds(note.toolChoice, prompt.toolChoice) && choice !== undefined) Object.assign(body, note.toolChoice.members)
    // A choice among no tools is refused, and says nothing.
    else if (choice !== undefined && tools.any) body['tool_choice'] = choice
  }
  // Functions are called one by one anyway, and the member is refused beside them.
  const isParallel = tools.members['tools'] !== undefined || (own && tools.members['functions'] === undefined)
  if (prompt.parallelToolCalls !== undefined && isParallel) body['parallel_tool_calls'] = prompt.parallelToolCalls
  const limit = chooseLimit(prompt, own, lose)
  if (limit !== undefined) body[maxTokensField(traits, note.maxTokens)] = limit
  writeSampling(body, prompt, own, lose)
  writeReasoning(body, prompt, traits, lose)
  writeFormat(body, prompt, traits)
  writeNamed(body, prompt, own, lose)
  if (prompt.logprobs) {
    body['logprobs'] = true
    if (prompt.logprobs.top !== undefined) body['top_logprobs'] = prompt.logprobs.top
  }
  if (prompt.stream) {
    body['stream'] = true
    // Always: the gateway counts tokens, and keeps the chunk from a client that did not ask for it.
    body['stream_options'] = { include_usage: true }
  }
  restore(body, note.members)
  restore(body, withoutStream(prompt))
  loseForeign(prompt, lose)
  return body
}

/** Whether the prompt still holds the word that these members were read as. */
function holds(said: Said | undefined, word: unknown): said is Said {
  return said !== undefined && said.word === word
}

/** Messages knows a limit of nothing, which only warms the cache. */
function chooseLimit(prompt: Prompt, own: boolean, lose: ReportLoss): number | undefined {
  if (own || prompt.maxTokens !== 0) return prompt.maxTokens
  lose({ path: 'max_tokens', why: 'Chat Completions allows no limit below 1' })
  return 1
}

/** A model that takes only the newer member gets it; any other gets what the client said. */
function maxTokensField(traits: Traits, said: Traits['maxTokensField'] | undefined): Traits['maxTokensField'] {
  return traits.maxTokensField === 'max_completion_tokens' ? traits.maxTokensField : (said ?? traits.maxTokensField)
}

function writeSampling(body: MutableJson, prompt: Prompt, own: boolean, lose: ReportLoss): void {
  const { sampling } = prompt
  if (sampling.temperature !== undefined) body['temperature'] = sampling.temperature
  if (sampling.topP !== undefined) body['top_p'] = sampling.topP
  if (sampling.topK !== undefined) {
    // An extension of compatible servers: sent only where the client spoke that dialect itself.
    if (own) body['top_k'] = sampling.topK
    else lose({ path: 'sampling.topK', why: 'Chat Completions has no top_k' })
  }
  if (sampling.seed !== undefined) body['seed'] = sampling.seed
  if (sampling.frequencyPenalty !== undefined) body['frequency_penalty'] = sampling.frequencyPenalty
  if (sampling.presencePenalty !== undefined) body['presence_penalty'] = sampling.presencePenalty
  if (!sampling.stop || sampling.stop.length === 0) return
  body['stop'] = own ? sampling.stop : sampling.stop.slice(0, 4)
  if (!own && sampling.stop.length > 4)
    lose({ path: 'sampling.stop', why: `Chat Completions takes four stop sequences, not ${sampling.stop.length}` })
}

function writeReasoning(body: MutableJson, prompt: Prompt, traits: Traits, lose: ReportLoss): void {
  if (!prompt.reasoning) return
  const said = spellingOf(prompt.extras).reasoning
  if (traits.reasoning.member === 'thinking_budget' && !holds(said, prompt.reasoning)) {
    Object.assign(body, writeThinkingBudget(prompt.reasoning))
    return
  }
  if (traits.reasoning.member === 'thinking' && !holds(said, prompt.reasoning)) {
    const type = writeThinkingSwitch(prompt.reasoning)
    if (type !== undefined) body['thinking'] = { type }
    if (type === 'disabled') return
  }
  const effort = writeEffort(prompt.reasoning, traits, lose)
  if (holds(said, prompt.reasoning)) {
    Object.assign(body, said.members)
    if (said.members['reasoning_effort'] === undefined) return
    if (effort === undefined) delete body['reasoning_effort']
  }
  if (effort !== undefined) body['reasoning_effort'] = effort
  const { summary } = prompt.reasoning
  if (summary !== undefined && summary !== 'auto')
    lose({ path: 'reasoning.summary', why: 'Chat Completions has no choice of reasoning summaries' })
}

function writeFormat(body: MutableJson, prompt: Prompt, traits: Traits): void {
  const { format } = prompt
  if (!format) return
  const said = spellingOf(prompt.extras).format
  if (isForced(format, traits)) body['response_format'] = { type: 'json_object' }
  else if (holds(said, format)) Object.assign(body, said.members)
  else if (format.kind === 'json') body['response_format'] = { type: 'json_object' }
  else if (format.kind === 'schema') {
    const { kind: _kind, name, ...schema } = format
    body['response_format'] = { type: 'json_schema', json_schema: { name: name ?? 'response', ...schema } }
  }
}

function isForced(format: Format | undefined, traits: Traits): boolean {
  return format?.kind === 'schema' && !traits.jsonSchema
}

/** The turns with the schema put into words, for a model that takes no schema. */
function instruct(turns: readonly Turn[], format: Format | undefined, lose: ReportLoss): readonly Turn[] {
  if (format?.kind !== 'schema') return turns
  lose({ path: 'format', why: 'the model takes no JSON schema, so it is asked for in words' })
  const text = `Answer with one JSON value and nothing else. It must match this JSON Schema:\n${JSON.stringify(format.schema)}`
  const after = turns.findIndex((turn) => turn.role !== 'system')
  const at = after < 0 ? turns.length : after
  const turn: Turn = { role: 'system', level: 'instructions', parts: [{ kind: 'text', text }] }
  return [...turns.slice(0, at), turn, ...turns.slice(at)]
}

function writeNamed(body: MutableJson, prompt: Prompt, own: boolean, lose: ReportLoss): void {
  if (prompt.choices !== undefined) body['n'] = prompt.choices
  if (prompt.verbosity !== undefined) body['verbosity'] = prompt.verbosity
  if (prompt.user !== undefined) body['user'] = prompt.user
  if (prompt.metadata) body['metadata'] = prompt.metadata
  // Not to store is what Chat Completions does unasked, and compatible servers refuse the member.
  if (prompt.store !== undefined && (own || prompt.store)) body['store'] = prompt.store
  // Messages' word for what OpenAI calls the default tier.
  if (prompt.serviceTier === 'ultrafast' && !own) lose({ path: 'service_tier', why: 'only Responses has this tier' })
  else if (prompt.serviceTier !== undefined)
    body['service_tier'] = prompt.serviceTier === 'standard_only' ? 'default' : prompt.serviceTier
  if (prompt.cacheKey !== undefined) body['prompt_cache_key'] = prompt.cacheKey
  if (prompt.cacheRetention !== undefined) body['prompt_cache_retention'] = prompt.cacheRetention
  if (prompt.cacheOptions) body['prompt_cache_options'] = prompt.cacheOptions
  if (prompt.moderation) body['moderation'] = prompt.moderation
  if (prompt.safetyId !== undefined) body['safety_identifier'] = prompt.safetyId
}

/** The client's own members; options of a stream only where there is one. */
function withoutStream(prompt: Prompt): JsonObject | undefined {
  const kept = prompt.extras?.chat
  if (!kept || prompt.stream || kept['stream_options'] === undefined) return kept
  const { stream_options: _options, ...others } = kept
  return others
}

/** Members of other protocols that change nothing in the answer, or that are reported as the words that they were read as. */
const noise = new Set(['cache_control', 'client_metadata', 'stream_options', 'include'])

function loseForeign(prompt: Prompt, lose: ReportLoss): void {
  for (const protocol of ['responses', 'messages'] as const) {
    const kept = prompt.extras?.[protocol]
    for (const member in kept)
      if (!noise.has(member))
        for (const path of pathsOf(member, kept[member])) lose({ path, why: 'Chat Completions has no such member' })
  }
}
