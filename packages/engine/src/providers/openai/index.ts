import type { ProtocolId } from '@crossfeed/protocols'
import { chatCallTypes } from '../chat-call-types.ts'
import type { KeyedKind } from '../keyed.ts'
import { hintAzure, openAiPaths, openAiSpeaks, refuseBareAzure } from '../openai-dialect.ts'
import { effortFitted } from '../openai-effort.ts'
import { developerAsSystem, maxTokensName, samplingRefused } from '../openai-sampling.ts'
import { familyOf } from '../openai-families.ts'
import type { ProviderSettings } from '../settings.ts'
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
  hint: hintAzure,
  requestPatches: () => [
    developerAsSystem((target) => familyOf(target.model) === undefined && familyOf(target.name) === undefined),
    chatCallTypes,
    maxTokensName,
    ...effortFitted,
    ...samplingRefused,
  ],
}

/** OpenAI itself serves both protocols; whoever else is called `openai` is only known to serve chat (PROV-03). */
function endpoints({ baseUrl }: ProviderSettings): readonly ProtocolId[] {
  const isOpenAi = baseUrl === undefined || new URL(baseUrl).hostname === 'api.openai.com'
  return isOpenAi ? ['responses', 'chat'] : ['chat']
}
