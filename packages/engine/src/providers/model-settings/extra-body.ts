import { isObject, type Json, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import type { ModelSettings } from '../settings.ts'
import { ownSettings } from './models.ts'

/** The one member that beats the request's: it bounds what a thinking budget may cost (PROV-28). */
const forced = 'thinking_budget'

/** All that is looked at: ChatGPT accounts have it, too. */
type OwnersModels = { readonly models?: Readonly<Record<string, Pick<ModelSettings, 'extraBody'>>> | undefined }

/** Members that the owner of the provider adds to a model's requests; the request's own win, but for `thinking_budget`. */
export function extraBody(settings: OwnersModels): readonly RequestPatch[] {
  return (['chat', 'responses', 'messages'] as const).map((protocol) => patchOf(protocol, settings))
}

function patchOf(protocol: ProtocolId, settings: OwnersModels): RequestPatch {
  return {
    name: 'extra-body',
    reason: 'PROV-27, PROV-28: extraBody of the model',
    protocol,
    apply(body, target) {
      const extra = ownSettings(settings, target.name)?.extraBody
      if (!extra) return body
      const added: [string, Json][] = []
      for (const [member, value] of Object.entries(extra)) {
        const isForced = protocol === 'chat' && member === forced
        if ((body[member] === undefined || (isForced && body[member] !== value)) && isJson(value))
          added.push([member, value])
      }
      return added.length === 0 ? body : withMembers(body, added)
    },
  }
}

function withMembers(body: JsonObject, added: readonly (readonly [string, Json])[]): JsonObject {
  return { ...body, ...Object.fromEntries(added) }
}

/** What a configuration file holds is JSON already; a program that sets the option may hold anything. */
function isJson(value: unknown): value is Json {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  return Array.isArray(value) ? value.every(isJson) : isObject(value)
}
