import type { JsonObject, ProtocolId, Traits } from '@crossfeed/protocols'
import type { Model } from '../model.ts'
import { takesDocuments } from '../model-settings/content-support.ts'
import { nameAtUpstream } from '../model-settings/models.ts'
import { openAiTraits, readOpenAiModels } from '../openai-dialect.ts'
import { familyOf, isUnconversational } from '../openai-families.ts'
import type { ProviderSettings } from '../settings.ts'
import { habitsOf } from '../vendors/habits.ts'

/** The list without the models for sound, pictures and moderation, which cannot be asked for here. */
export function readModels(list: JsonObject, settings: ProviderSettings): readonly Model[] {
  return readOpenAiModels(list, settings).filter((model) => !isUnconversational(model.id))
}

/** What a model takes; the name at the upstream tells. */
export function traitsOf(model: Model, protocol: ProtocolId, settings: ProviderSettings): Traits {
  const isKnown = familyOf(nameAtUpstream(settings, model.id)) !== undefined
  const { reasoningField } = habitsOf(settings)
  return {
    ...openAiTraits(model, protocol, settings),
    documents: takesDocuments(settings, model.id, isKnown),
    // Another vendor's address may be called OpenAI's as well.
    ...(reasoningField === undefined ? {} : { reasoningField }),
  }
}
