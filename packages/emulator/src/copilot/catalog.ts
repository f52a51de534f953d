import { readFileSync } from 'node:fs'
import { isObject, numberOf, objectsOf, stringOf, stringsOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { ModelEntry } from '../model.ts'

/**
 * The list the emulator starts with: `data/copilot-models.json`, 23 entries. Its numbers come from captures of the real
 * list of April to August 2026; some prices, efforts and the newest limits are composed (data/INDEX.md says which).
 */
export function loadCatalog(): readonly ModelEntry[] {
  const text = readFileSync(new URL('../../data/copilot-models.json', import.meta.url), 'utf8')
  const list: unknown = JSON.parse(text)
  return isObject(list) ? objectsOf(list['data']).map(readModel) : []
}

const part = (value: unknown): JsonObject => (isObject(value) ? value : {})

/** Reads an entry in the form of Copilot's list. */
export function readModel(wire: JsonObject): ModelEntry {
  const capabilities = part(wire['capabilities'])
  const limits = part(capabilities['limits'])
  const supports = part(capabilities['supports'])
  const type = stringOf(capabilities['type']) || 'chat'
  const efforts = stringsOf(supports['reasoning_effort'])
  const budget = numberOf(supports['max_thinking_budget']) !== undefined
  const adaptive = supports['adaptive_thinking'] === true
  return {
    id: stringOf(wire['id']),
    vendor: stringOf(wire['vendor']),
    version: stringOf(wire['version']) || stringOf(wire['id']),
    type,
    endpoints: Array.isArray(wire['supported_endpoints'])
      ? stringsOf(wire['supported_endpoints'])
      : [type === 'embeddings' ? '/embeddings' : '/chat/completions'],
    disabled: part(wire['policy'])['state'] === 'disabled',
    maxPromptTokens: numberOf(limits['max_prompt_tokens']) ?? 128_000,
    maxOutputTokens: numberOf(limits['max_output_tokens']) ?? 16_384,
    maxInputs: numberOf(limits['max_inputs']) ?? 256,
    vision: supports['vision'] === true,
    tools: supports['tool_calls'] === true,
    thinking: efforts.length > 0 || budget || adaptive,
    adaptive,
    budget,
    efforts,
    prices: part(part(part(wire['billing'])['token_prices'])['default']),
    wire,
  }
}
