import type { JsonObject } from './json.ts'

/** What the emulator knows of a model, whichever upstream it is of. */
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
  /** Calls tools. */
  readonly tools: boolean
  readonly thinking: boolean
  readonly adaptive: boolean
  readonly budget: boolean
  readonly efforts: readonly string[]
  readonly prices: JsonObject
  /** The entry of the upstream's list, where it has one that is kept as it came. */
  readonly wire: JsonObject
}

/** Whether a model is made by Anthropic: such models have their own rules on every endpoint. */
export const isClaude = (model: ModelEntry): boolean => model.vendor === 'Anthropic'

/** Whether a model is an OpenAI model of the gpt-5 line or later: these refuse `max_tokens`. */
export const isNewGpt = (model: ModelEntry): boolean => /^(gpt-(?:[5-9]|\d\d)|o\d)/.test(model.id)

/** Whether a model is served by Azure's older chat stack, which has its own chunk shapes. */
export const isAzure = (model: ModelEntry): boolean => model.vendor === 'Azure OpenAI'
