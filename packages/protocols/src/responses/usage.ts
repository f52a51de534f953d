import { asNumber, asObject, type Json, type JsonObject } from '../core/json.ts'
import { noUsage, type Usage } from '../core/usage.ts'

/** The tokens of a response; zeros when it names none. */
export function readUsage(value: Json | undefined): Usage {
  const wire = asObject(value)
  if (!wire) return noUsage
  const input = asObject(wire['input_tokens_details'])
  const cacheRead = asNumber(input?.['cached_tokens'])
  const cacheWrite = asNumber(input?.['cache_write_tokens'])
  const reasoning = asNumber(asObject(wire['output_tokens_details'])?.['reasoning_tokens'])
  return {
    input: asNumber(wire['input_tokens']) ?? 0,
    output: asNumber(wire['output_tokens']) ?? 0,
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
    ...(reasoning === undefined ? {} : { reasoning }),
    raw: { protocol: 'responses', value: wire },
  }
}

/** The `usage` member of a finished response; members that only this protocol has come back from the raw object. */
export function writeUsage(usage: Usage): JsonObject {
  const raw = usage.raw?.protocol === 'responses' ? usage.raw.value : undefined
  return {
    ...raw,
    input_tokens: usage.input,
    input_tokens_details: {
      ...asObject(raw?.['input_tokens_details']),
      cached_tokens: usage.cacheRead ?? 0,
      cache_write_tokens: usage.cacheWrite ?? 0,
    },
    output_tokens: usage.output,
    output_tokens_details: {
      ...asObject(raw?.['output_tokens_details']),
      reasoning_tokens: usage.reasoning ?? 0,
    },
    total_tokens: usage.input + usage.output,
  }
}
