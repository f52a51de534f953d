import type { Model } from '@crossfeed/engine'
import type { Prompt } from '@crossfeed/protocols'
import type { ReasoningEffort, ReasoningSummary, SessionConfigBase } from './config.ts'

/** What a session asks its model for; changed by `setModel`. */
export interface ModelSettings {
  /** Undefined until the supply's own proposal was looked up. */
  model: string | undefined
  effort: ReasoningEffort | undefined
  summary: ReasoningSummary | undefined
  tier: 'default' | 'long_context' | undefined
}

/** The settings that a configuration asks for. */
export function readModelSettings(config: SessionConfigBase): ModelSettings {
  return {
    model: config.model,
    effort: config.reasoningEffort,
    summary: config.reasoningSummary,
    tier: config.contextTier,
  }
}

/** The reasoning member of a prompt; undefined when nothing was asked for. */
export function writeReasoning(settings: ModelSettings): Prompt['reasoning'] {
  const { effort, summary } = settings
  if (effort === undefined && summary === undefined) return undefined
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined || summary === 'none' ? {} : { summary }),
  }
}

/**
 * Tokens that a prompt may have; undefined when nobody said. Without the tier `long_context` a model that charges more beyond
 * a certain length is kept below it.
 */
export function promptLimit(model: Model | undefined, settings: ModelSettings): number | undefined {
  if (model === undefined) return undefined
  const most = model.limits.prompt ?? model.limits.context
  const usual = model.prices?.longContext === undefined ? undefined : model.prices.contextMax
  if (settings.tier === 'long_context' || usual === undefined) return most
  return most === undefined ? usual : Math.min(most, usual)
}

/** The model that a supply proposes when a session names none: the one marked so, else the first that can chat. */
export function proposedModel(models: readonly Model[]): Model | undefined {
  const usable = models.filter(
    (model) => model.endpoints.length > 0 && (model.policy?.state ?? 'enabled') === 'enabled',
  )
  return usable.find((model) => model.raw['is_chat_default'] === true) ?? usable[0]
}
