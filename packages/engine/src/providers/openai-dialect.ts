import {
  asNumber,
  asObjects,
  asString,
  GatewayError,
  plainTraits,
  type JsonObject,
  type ProtocolId,
  type Traits,
} from '@crossfeed/protocols'
import type { Endpoint } from './keyed.ts'
import type { Model } from './model.ts'
import type { ChatTakes } from './model-settings/content-support.ts'
import { nameAtUpstream, plainModel } from './model-settings/models.ts'
import { familyOf, type OpenAiFamily } from './openai-families.ts'
import type { ProviderSettings } from './settings.ts'
import { hostOf, isAzureHost } from './vendors/hosts.ts'

/** PROV-10: the bare host of an Azure resource has no OpenAI route; `…/openai/v1` has. */
export function refuseBareAzure(settings: ProviderSettings): void {
  if (!isAzureHost(hostOf(settings)) || /\/openai\/v1/.test(settings.baseUrl ?? '')) return
  const message = `The provider ${settings.name} has type ${settings.type}, but its baseUrl is the host of an Azure resource.`
  throw new GatewayError('invalid-request', 400, message, {
    reason: 'base-url',
    fix: 'Set type: azure, or end baseUrl with /openai/v1.',
  })
}

/** What is wrong when Azure answers a call of OpenAI's form, behind a name that does not show it. */
export function hintAzure(error: GatewayError): string | undefined {
  const isAzure =
    error.status === 404 && error.upstream?.code === '404' && error.message.startsWith('Resource not found')
  return isAzure ? 'This is how Azure answers: set type: azure, or end baseUrl with /openai/v1' : undefined
}

/** Where OpenAI's endpoints are, after the version path. */
export const openAiPaths: Readonly<Record<Endpoint, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  messages: '/messages',
  embeddings: '/embeddings',
  models: '/models',
}

/** What OpenAI and Azure take in Chat Completions (API reference: "Tool message"; `top_k` is refused). */
export const openAiChatTakes: ChatTakes = { topK: false, toolTexts: true }

/** Reads a list in the form of OpenAI's `GET /v1/models`, with the limits that some servers add to it. */
export function readOpenAiModels(list: JsonObject, settings: ProviderSettings): readonly Model[] {
  return asObjects(list['data']).flatMap((entry) => {
    const id = asString(entry['id'])
    if (id === undefined) return []
    const model = plainModel(id, settings)
    // vLLM says `max_model_len`, OpenRouter `context_length`, LM Studio `max_context_length`.
    const context =
      model.limits.context ??
      asNumber(entry['max_model_len']) ??
      asNumber(entry['context_length']) ??
      asNumber(entry['max_context_length'])
    return [
      {
        ...model,
        name: asString(entry['name']) ?? id,
        vendor: asString(entry['owned_by']) ?? '',
        embeddings: model.embeddings || /(?:^|[-/])(?:text-)?embed/i.test(id),
        limits: context === undefined ? model.limits : { ...model.limits, context },
        raw: entry,
      },
    ]
  })
}

/**
 * The family of a model, by its name at the upstream or, where that says nothing (a deployment's name is its owner's), by
 * the name that clients use.
 */
function familyOfModel(model: Model, settings: ProviderSettings): OpenAiFamily | undefined {
  return familyOf(nameAtUpstream(settings, model.id)) ?? familyOf(model.id)
}

/** The protocols of `offered` in which OpenAI serves a model. */
export function openAiSpeaks(
  model: Model,
  offered: readonly ProtocolId[],
  settings: ProviderSettings,
): readonly ProtocolId[] {
  const only = familyOfModel(model, settings)?.only
  return only !== undefined && offered.includes(only) ? [only] : offered
}

/** What OpenAI's own models take in one of its protocols (API reference and model pages, 2026). */
export function openAiTraits(model: Model, protocol: ProtocolId, settings: ProviderSettings): Traits {
  const family = familyOfModel(model, settings)
  return {
    ...plainTraits,
    reasoningField: 'none',
    // Everything of today takes the newer member; a deployment of unknown name may be old, and says so if it is new.
    maxTokensField: family === undefined || family.sampling === 'free' ? 'max_tokens' : 'max_completion_tokens',
    customTools: protocol === 'responses' || family === undefined || family.efforts.length > 0,
    namespaces: protocol === 'responses',
    hostedTools: protocol === 'responses',
    toolResultMedia: protocol === 'responses',
    cacheMarks: 'none',
    reasoning: { adaptive: false, ...(family === undefined ? {} : { efforts: family.efforts }) },
    ...(model.limits.output === undefined ? {} : { maxOutput: model.limits.output }),
  }
}
