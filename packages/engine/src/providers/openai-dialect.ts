import {
  asNumber,
  asObjects,
  asString,
  plainTraits,
  type JsonObject,
  type ProtocolId,
  type Traits,
} from '@crossfeed/protocols'
import type { Model } from './model.ts'
import { plainModel } from './model-settings/models.ts'
import type { ProviderSettings } from './settings.ts'

/** Reads a list in the form of OpenAI's `GET /v1/models`, with the limits that some servers add to it. */
export function readOpenAiModels(list: JsonObject, settings: ProviderSettings): readonly Model[] {
  return asObjects(list['data']).flatMap((entry) => {
    const id = asString(entry['id'])
    if (id === undefined) return []
    const model = plainModel(id, settings)
    // vLLM says `max_model_len`, OpenRouter `context_length`.
    const context = model.limits.context ?? asNumber(entry['max_model_len']) ?? asNumber(entry['context_length'])
    return [
      {
        ...model,
        name: asString(entry['name']) ?? id,
        vendor: asString(entry['owned_by']) ?? '',
        embeddings: model.embeddings || /(?:^|[-/])embed/i.test(id),
        limits: context === undefined ? model.limits : { ...model.limits, context },
        raw: entry,
      },
    ]
  })
}

/** Whether a name is that of a model that reasons: these refuse `max_tokens` and take efforts. */
export function isReasoningModel(name: string): boolean {
  return /^(?:gpt-[5-9](?!\d)(?!.*chat)|o[1-9](?!\d)|codex-)/.test(name)
}

/** What OpenAI's own models take in one of its protocols (platform documentation, 2026). */
export function openAiTraits(model: Model, wire: string, protocol: ProtocolId): Traits {
  const reasons = isReasoningModel(wire)
  return {
    ...plainTraits,
    reasoningField: 'none',
    maxTokensField: reasons ? 'max_completion_tokens' : 'max_tokens',
    customTools: true,
    namespaces: protocol === 'responses',
    hostedTools: protocol === 'responses',
    cacheMarks: 'none',
    reasoning: reasons
      ? { adaptive: false, efforts: ['minimal', 'low', 'medium', 'high'] }
      : { adaptive: false, efforts: [] },
    ...(model.limits.output === undefined ? {} : { maxOutput: model.limits.output }),
  }
}
