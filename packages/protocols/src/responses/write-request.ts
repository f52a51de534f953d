import { asObject, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Format, Prompt } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { pathsOf } from '../core/unsaid.ts'
import { ownExtras } from './extras.ts'
import { mayReason, writeReasoningRequest } from './reasoning-request.ts'
import { askedTier } from './service-tier.ts'
import { writeToolChoice } from './tool-choice.ts'
import { fromItem } from './tools.ts'
import { writeTools } from './write-tools.ts'
import { writeTurns } from './write-turns.ts'

/** The body of a Responses request. What this protocol cannot say is reported. */
export function writeRequest(prompt: Prompt, traits: Traits, lose: ReportLoss): JsonObject {
  const settings = writeSettings(prompt, traits, lose)
  const { instructions, input } = writeTurns(prompt, traits, lose)
  const { model, ...others } = settings
  return { model, ...(instructions === undefined ? {} : { instructions }), input, ...others }
}

/** Every member but `instructions` and `input`. */
export function writeSettings(prompt: Prompt, traits: Traits, lose: ReportLoss): JsonObject {
  const own = prompt.extras?.responses
  const inItems = hasItemTools(prompt, traits)
  const tools = writeTools(prompt, traits, lose, inItems)
  // A choice among no tools is refused; a request of this protocol that never had any says what it wants.
  const choosable = tools || inItems || (own && prompt.tools.length === 0)
  const choice = choosable ? writeToolChoice(prompt, tools ?? [], traits, lose) : undefined
  const reasoning = writeReasoningRequest(prompt, traits, lose)
  const text = writeText(prompt)
  reportLosses(prompt, lose)
  const { temperature, topP } = prompt.sampling
  const tier = askedTier(prompt, lose)
  return {
    ...own,
    model: prompt.model,
    ...(tools ? { tools } : {}),
    ...(choice === undefined ? {} : { tool_choice: choice }),
    ...given('parallel_tool_calls', tools || own ? prompt.parallelToolCalls : undefined),
    ...given('max_output_tokens', writeLimit(prompt, lose)),
    ...given('temperature', temperature),
    ...given('top_p', topP),
    ...given('top_logprobs', prompt.logprobs?.top),
    ...given('reasoning', reasoning),
    ...given('text', text),
    ...given('user', prompt.user),
    ...given('metadata', prompt.metadata),
    ...given('service_tier', tier),
    ...given('prompt_cache_key', prompt.cacheKey),
    ...given('prompt_cache_retention', prompt.cacheRetention),
    ...given('prompt_cache_options', prompt.cacheOptions),
    ...given('moderation', prompt.moderation),
    ...given('safety_identifier', prompt.safetyId),
    ...(own ? given('store', prompt.store) : writeStore(prompt, traits)),
    ...(prompt.stream ? { stream: true } : {}),
  }
}

/** Whether the tools of `additional_tools` items can stay in their items. */
function hasItemTools(prompt: Prompt, traits: Traits): boolean {
  return (
    traits.namespaces &&
    traits.customTools &&
    prompt.tools.some((tool) => tool.kind !== 'native' && ownExtras(tool)[fromItem] !== undefined)
  )
}

function given(member: string, value: JsonObject[string]): JsonObject {
  return value === undefined ? nothing : { [member]: value }
}

const nothing: JsonObject = {}

/** No client of another protocol can refer to what is kept upstream, so reasoning has to travel with the conversation. */
function writeStore(prompt: Prompt, traits: Traits): JsonObject {
  const searches = prompt.tools.some((tool) => tool.kind === 'web-search' && tool.protocol === 'messages')
  const include = [
    ...(mayReason(traits) ? ['reasoning.encrypted_content'] : []),
    ...(prompt.logprobs ? ['message.output_text.logprobs'] : []),
    // What was found is shown to the client as the results of its tool.
    ...(searches && traits.hostedTools ? ['web_search_call.action.sources'] : []),
  ]
  return { store: prompt.store ?? false, ...(include.length > 0 ? { include } : {}) }
}

/** The API refuses a limit below 16, which other protocols allow. */
function writeLimit(prompt: Prompt, lose: ReportLoss): number | undefined {
  const limit = prompt.maxTokens
  if (limit === undefined || limit >= 16 || prompt.extras?.responses) return limit
  lose({ path: 'max_tokens', why: 'Responses allows no limit below 16' })
  return 16
}

function writeText(prompt: Prompt): JsonObject | undefined {
  const kept = asObject(ownExtras(prompt)['text'])
  const format = prompt.format ? { ...asObject(kept?.['format']), ...writeFormat(prompt.format) } : undefined
  const text: JsonObject = {
    ...kept,
    ...(format ? { format } : {}),
    ...(prompt.verbosity === undefined ? {} : { verbosity: prompt.verbosity }),
  }
  return Object.keys(text).length > 0 ? text : undefined
}

/** The `text.format` member. A schema must have a name here; Messages gives none. */
function writeFormat(format: Format): JsonObject {
  switch (format.kind) {
    case 'text':
      return { type: 'text' }
    case 'json':
      return { type: 'json_object' }
    case 'schema':
      return {
        type: 'json_schema',
        name: format.name ?? 'answer',
        schema: format.schema,
        ...(format.description === undefined ? {} : { description: format.description }),
        ...(format.strict === undefined ? {} : { strict: format.strict }),
      }
  }
}

/** Members that mean nothing to a model, that only steer the client's own wire, or that happen here unasked (caching). */
const noise: ReadonlySet<string> = new Set(['client_metadata', 'stream_options', 'stream', 'cache_control'])

function reportLosses(prompt: Prompt, lose: ReportLoss): void {
  const { sampling } = prompt
  const absent = 'Responses has no such parameter'
  if (sampling.stop && sampling.stop.length > 0) lose({ path: 'stop', why: absent })
  if (sampling.topK !== undefined) lose({ path: 'top_k', why: absent })
  if (sampling.seed !== undefined) lose({ path: 'seed', why: absent })
  if (sampling.frequencyPenalty) lose({ path: 'frequency_penalty', why: absent })
  if (sampling.presencePenalty) lose({ path: 'presence_penalty', why: absent })
  if (prompt.choices !== undefined && prompt.choices > 1) lose({ path: 'n', why: 'Responses gives one answer' })
  for (const protocol of ['chat', 'messages'] as const)
    for (const [member, value] of Object.entries(prompt.extras?.[protocol] ?? {}))
      if (!noise.has(member))
        for (const path of pathsOf(member, value)) lose({ path, why: 'Responses has no word for it' })
}
