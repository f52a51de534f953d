import { readFileSync } from 'node:fs'
import { isObject, numberOf, objectsOf, stringOf, stringsOf } from '../json.ts'
import type { JsonObject } from '../json.ts'

/** One entry of Copilot's model list, as the service writes it, with what the emulator reads of it. */
export interface ModelEntry {
  readonly id: string
  readonly vendor: string
  /** The dated name that answers carry. */
  readonly version: string
  readonly type: string
  readonly endpoints: readonly string[]
  readonly disabled: boolean
  readonly maxPromptTokens: number
  readonly maxOutputTokens: number
  readonly maxInputs: number
  readonly vision: boolean
  readonly thinking: boolean
  readonly adaptive: boolean
  readonly budget: boolean
  readonly efforts: readonly string[]
  readonly prices: JsonObject
  readonly wire: JsonObject
}

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
    thinking: efforts.length > 0 || budget || adaptive,
    adaptive,
    budget,
    efforts,
    prices: part(part(part(wire['billing'])['token_prices'])['default']),
    wire,
  }
}

/** Whether a model is made by Anthropic: such models have their own rules on every endpoint. */
export const isClaude = (model: ModelEntry): boolean => model.vendor === 'Anthropic'

/** Whether a model is an OpenAI model of the gpt-5 line or later: these refuse `max_tokens`. */
export const isNewGpt = (model: ModelEntry): boolean => /^(gpt-(?:[5-9]|\d\d)|o\d)/.test(model.id)

/** Whether a model is served by Azure's older chat stack, which has its own chunk shapes. */
export const isAzure = (model: ModelEntry): boolean => model.vendor === 'Azure OpenAI'
