import type { ProtocolId } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import type { ChatTakes } from './content-support.ts'
import { ownSettings } from './models.ts'

/**
 * Temperature, top-p and top-k for requests that say nothing of them (PROV-26). Responses has no top-k, Chat Completions has
 * one where `takes` says so.
 */
export function samplingDefaults(settings: ProviderSettings, takes: ChatTakes): readonly RequestPatch[] {
  return (['chat', 'responses', 'messages'] as const).map((protocol) => patchOf(protocol, settings, takes))
}

function patchOf(protocol: ProtocolId, settings: ProviderSettings, { topK }: ChatTakes): RequestPatch {
  const takesTopK = protocol === 'messages' || (protocol === 'chat' && topK)
  return {
    name: 'sampling-defaults',
    reason: 'PROV-26: the owner of the provider set them for the model',
    protocol,
    apply(body, target) {
      const own = ownSettings(settings, target.name)
      if (!own) return body
      const wanted = { temperature: own.temperature, top_p: own.topP, top_k: takesTopK ? own.topK : undefined }
      const added = Object.entries(wanted).flatMap(([member, value]) =>
        value === undefined || body[member] !== undefined ? [] : [[member, value] as const],
      )
      return added.length === 0 ? body : { ...body, ...Object.fromEntries(added) }
    },
  }
}
