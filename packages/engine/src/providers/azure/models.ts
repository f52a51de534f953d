import type { ProtocolId, Traits } from '@crossfeed/protocols'
import type { Model } from '../model.ts'
import { takesDocuments } from '../model-settings/content-support.ts'
import { openAiTraits } from '../openai-dialect.ts'
import type { ProviderSettings } from '../settings.ts'

/** What a deployment takes. Its name is its owner's, and tells the model only when it was named after it. */
export function traitsOf(model: Model, protocol: ProtocolId, settings: ProviderSettings): Traits {
  return { ...openAiTraits(model, protocol, settings), documents: takesDocuments(settings, model.id, true) }
}
