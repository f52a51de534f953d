import { asNumber, asObject, type JsonObject, type MutableJson } from '../core/json.ts'
import { noUsage, type Usage } from '../core/usage.ts'

/** Tokens as a Chat Completions server counts them, in OpenAI's members or in those of DeepSeek, xAI, DashScope and Moonshot. */
export function readUsage(usage: JsonObject | undefined): Usage {
  if (!usage) return noUsage
  const input = asObject(usage['prompt_tokens_details'])
  const output = asObject(usage['completion_tokens_details'])
  const cacheRead =
    asNumber(input?.['cached_tokens']) ??
    asNumber(usage['prompt_cache_hit_tokens']) ??
    asNumber(usage['num_cached_tokens']) ??
    asNumber(usage['cached_tokens']) ??
    asNumber(usage['cache_read_input_tokens'])
  const cacheWrite =
    asNumber(input?.['cache_write_tokens']) ??
    asNumber(input?.['cache_creation_input_tokens']) ??
    asNumber(input?.['cache_creation_tokens']) ??
    asNumber(usage['cache_creation_input_tokens'])
  const reasoning = asNumber(output?.['reasoning_tokens']) ?? asNumber(usage['reasoning_tokens'])
  const prompt = asNumber(usage['prompt_tokens']) ?? 0
  const completion = asNumber(usage['completion_tokens']) ?? 0
  const beside = (asNumber(usage['total_tokens']) ?? 0) - prompt - completion
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0)
  const isCached = beside > 0 && beside === cached
  // xAI counts reasoning beside the completion, and Gemini tells of it in the total alone; a total that differs otherwise tells nothing.
  const thought = beside > 0 && !isCached && (reasoning === undefined || reasoning === beside) ? beside : 0
  const all = reasoning ?? (thought > 0 ? thought : undefined)
  return {
    input: prompt + (isCached ? cached : 0),
    output: completion + thought,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(all === undefined ? {} : { reasoning: all }),
    raw: { protocol: 'chat', value: usage },
  }
}

/** The `usage` object of an answer, complete with both details. */
export function writeUsage(usage: Usage): JsonObject {
  const own = usage.raw?.protocol === 'chat' ? usage.raw.value : undefined
  const input: MutableJson = { ...asObject(own?.['prompt_tokens_details']) }
  input['cached_tokens'] = usage.cacheRead ?? 0
  if (usage.cacheWrite !== undefined) input['cache_write_tokens'] = usage.cacheWrite
  const output: MutableJson = { ...asObject(own?.['completion_tokens_details']) }
  output['reasoning_tokens'] = usage.reasoning ?? 0
  return {
    ...own,
    prompt_tokens: usage.input,
    completion_tokens: usage.output,
    total_tokens: asNumber(own?.['total_tokens']) ?? usage.input + usage.output,
    prompt_tokens_details: input,
    completion_tokens_details: output,
  }
}
