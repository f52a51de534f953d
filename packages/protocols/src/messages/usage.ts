import { asNumber, asObject, type Json, type JsonObject } from '../core/json.ts'
import { noUsage, type Usage } from '../core/usage.ts'

/** Usage as the API reports it. Its `input_tokens` leaves out what the cache read and wrote; ours is the total. */
export function readUsage(value: Json | undefined): Usage {
  const usage = asObject(value)
  if (!usage) return noUsage
  const cacheRead = asNumber(usage['cache_read_input_tokens'])
  const cacheWrite = asNumber(usage['cache_creation_input_tokens'])
  const reasoning = asNumber(asObject(usage['output_tokens_details'])?.['thinking_tokens'])
  return {
    input: (asNumber(usage['input_tokens']) ?? 0) + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: asNumber(usage['output_tokens']) ?? 0,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
    raw: { protocol: 'messages', value: usage },
  }
}

/** Every member that a strict client expects, null where nothing is known; an upstream's own members survive. */
export function writeUsage(usage: Usage): JsonObject {
  const raw = usage.raw?.protocol === 'messages' ? usage.raw.value : {}
  const { cacheRead = 0, cacheWrite = 0 } = usage
  const details = usage.reasoning === undefined ? null : { thinking_tokens: usage.reasoning }
  return {
    cache_creation: null,
    inference_geo: null,
    output_tokens_details: details,
    server_tool_use:
      usage.searches === undefined ? null : { web_search_requests: usage.searches, web_fetch_requests: 0 },
    service_tier: null,
    speed: null,
    ...raw,
    input_tokens: Math.max(usage.input - cacheRead - cacheWrite, 0),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: usage.output,
  }
}
