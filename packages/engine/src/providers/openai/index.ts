import { GatewayError, type ProtocolId } from '@crossfeed/protocols'
import type { KeyedKind } from '../keyed.ts'
import { openAiPaths, openAiSpeaks } from '../openai-dialect.ts'
import { developerAsSystem, maxTokensName, samplingRefused } from '../openai-sampling.ts'
import { familyOf } from '../openai-families.ts'
import type { ProviderSettings } from '../settings.ts'
import { isAzureHost } from '../vendor-hosts.ts'
import { authorize } from './auth.ts'
import { readModels, traitsOf } from './models.ts'

/** OpenAI's own API: Chat Completions and Responses. */
export const openai: KeyedKind = {
  baseUrl: 'https://api.openai.com/v1',
  check: refuseBareAzure,
  endpoints,
  speaks: openAiSpeaks,
  path: (endpoint) => openAiPaths[endpoint],
  authorize,
  readModels,
  traits: traitsOf,
  requestPatches: () => [
    developerAsSystem((target) => familyOf(target.model) === undefined && familyOf(target.name) === undefined),
    maxTokensName,
    ...samplingRefused,
  ],
}

/** OpenAI itself serves both protocols; whoever else is called `openai` is only known to serve chat (PROV-03). */
function endpoints({ baseUrl }: ProviderSettings): readonly ProtocolId[] {
  const isOpenAi = baseUrl === undefined || new URL(baseUrl).hostname === 'api.openai.com'
  return isOpenAi ? ['responses', 'chat'] : ['chat']
}

/** PROV-10: the bare host of an Azure resource has no OpenAI route; `…/openai/v1` has. */
function refuseBareAzure(settings: ProviderSettings): void {
  if (!isAzureHost(settings) || /\/openai\/v1/.test(settings.baseUrl ?? '')) return
  const message = `The provider ${settings.name} has type openai, but its baseUrl is the host of an Azure resource.`
  throw new GatewayError('invalid-request', 400, message, {
    reason: 'base-url',
    fix: 'Set type: azure, or end baseUrl with /openai/v1.',
  })
}
