import type { EventPatch, ReplyPatch, RequestPatch } from '../provider.ts'
import type { ModelSettings, ProviderSettings } from '../settings.ts'
import { adjustedEvents, adjustedReplies } from './adjust-input-tokens.ts'
import { chatFiles } from './chat-files.ts'
import type { ChatTakes } from './content-support.ts'
import { contextCache, takesMarks } from './context-cache.ts'
import { extraBody } from './extra-body.ts'
import { refusedDocuments } from './refused-documents.ts'
import { samplingDefaults } from './sampling-defaults.ts'

const mostServers: ChatTakes = { topK: true, toolTexts: false }

/** The patches of requests that what a provider's owner says of its models asks for, in the order of application. */
export function modelSettingsPatches(
  settings: ProviderSettings,
  takes: ChatTakes = mostServers,
): readonly RequestPatch[] {
  const says = (is: (model: ModelSettings) => boolean): boolean => Object.values(settings.models ?? {}).some(is)
  return [
    ...(says((one) => one.temperature !== undefined || one.topP !== undefined || one.topK !== undefined)
      ? samplingDefaults(settings, takes)
      : []),
    ...(says((one) => one.extraBody !== undefined) ? extraBody(settings) : []),
    ...chatFiles(settings, takes),
    ...(says((one) => one.supportPdf === false) ? refusedDocuments(settings) : []),
    ...(takesMarks(settings) || says((one) => one.contextCache === true) ? contextCache(settings) : []),
  ]
}

/** The patches of whole answers that the owner asks for. */
export function usageReplyPatches({ adjustInputTokens }: ProviderSettings): readonly ReplyPatch[] {
  return adjustInputTokens ? adjustedReplies : []
}

/** The same for streams. */
export function usageEventPatches({ adjustInputTokens }: ProviderSettings): readonly EventPatch[] {
  return adjustInputTokens ? adjustedEvents : []
}
