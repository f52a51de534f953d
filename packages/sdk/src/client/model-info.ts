import type { Model } from '@crossfeed/engine'
import { reasoningEfforts, type ReasoningEffort } from '../session/config.ts'

/** What a model can do, and how much it takes. */
export interface ModelCapabilities {
  supports: { vision: boolean; reasoningEffort: boolean }
  /** Tokens, and pieces for images. 0 where nobody said. */
  limits: {
    max_prompt_tokens?: number
    max_output_tokens?: number
    max_context_window_tokens: number
    vision?: { supported_media_types: string[]; max_prompt_images: number; max_prompt_image_size: number }
  }
}

/** A model. The members below `capabilities` are those of the older format, where they are known. */
export interface ModelInfo {
  id: string
  name: string
  capabilities: ModelCapabilities
  policy?: { state: 'enabled' | 'disabled' | 'unconfigured'; terms: string }
  billing?: { multiplier?: number }
  supportedReasoningEfforts?: ReasoningEffort[]
  defaultReasoningEffort?: ReasoningEffort
  vendor?: string
  family?: string
  version?: string
  maxInputTokens?: number
  maxOutputTokens?: number
  preview?: boolean
  defaultTemperature?: number
  modelPickerPriority?: number
}

/** A model as a program lists it: capabilities may be left out, in part or whole. */
export type ModelInfoGiven = Omit<ModelInfo, 'capabilities'> & {
  capabilities?:
    | { supports?: Partial<ModelCapabilities['supports']>; limits?: Partial<ModelCapabilities['limits']> }
    | undefined
}

/** The model with every capability said: what was left out is false, and a context window of 0 is one that nobody knows. */
export function completeModel(given: ModelInfoGiven): ModelInfo {
  const { supports, limits } = given.capabilities ?? {}
  return {
    ...given,
    capabilities: {
      supports: { vision: false, reasoningEffort: false, ...supports },
      limits: { max_context_window_tokens: 0, ...limits },
    },
  }
}

/** A model of the engine in the words of the SDK. */
export function toModelInfo(model: Model): ModelInfo {
  const { limits, supports, policy } = model
  const { raw } = model
  const efforts = (supports.efforts ?? []).filter((effort) => isEffort(effort))
  const [version, preview, priority] = [raw['version'], raw['preview'], raw['model_picker_priority']]
  return {
    id: model.id,
    name: model.name,
    capabilities: {
      supports: { vision: supports.vision ?? false, reasoningEffort: efforts.length > 0 },
      limits: {
        max_context_window_tokens: limits.context ?? 0,
        ...(limits.prompt === undefined ? {} : { max_prompt_tokens: limits.prompt }),
        ...(limits.output === undefined ? {} : { max_output_tokens: limits.output }),
      },
    },
    vendor: model.vendor,
    ...(policy === undefined ? {} : { policy: { state: policyState(policy.state), terms: policy.terms ?? '' } }),
    ...(model.multiplier === undefined ? {} : { billing: { multiplier: model.multiplier } }),
    ...(efforts.length === 0 ? {} : { supportedReasoningEfforts: efforts }),
    ...(model.family === undefined ? {} : { family: model.family }),
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof preview === 'boolean' ? { preview } : {}),
    ...(typeof priority === 'number' ? { modelPickerPriority: priority } : {}),
    ...(limits.prompt === undefined ? {} : { maxInputTokens: limits.prompt }),
    ...(limits.output === undefined ? {} : { maxOutputTokens: limits.output }),
  }
}

/** States that are newer than these mean that something is in the way. */
function policyState(state: string): 'enabled' | 'disabled' | 'unconfigured' {
  return state === 'enabled' || state === 'disabled' ? state : 'unconfigured'
}

function isEffort(effort: string): effort is ReasoningEffort {
  return reasoningEfforts.some((known) => known === effort)
}
