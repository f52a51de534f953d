import type { ProtocolId } from '@crossfeed/protocols'
import type { Endpoint, KeyedKind } from '../keyed.ts'
import { readOpenAiModels } from '../openai-dialect.ts'
import type { ProviderSettings } from '../settings.ts'
import { authorize } from './auth.ts'
import { traitsOf } from './models.ts'

const paths: Readonly<Record<Endpoint, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  messages: '/messages',
  embeddings: '/embeddings',
  models: '/models',
}

/** OpenAI's own API: Chat Completions and Responses. */
export const openai: KeyedKind = {
  type: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  endpoints,
  path: (endpoint) => paths[endpoint],
  authorize,
  readModels: readOpenAiModels,
  traits: traitsOf,
}

/** OpenAI itself serves both protocols; whoever else is called `openai` is only known to serve chat (PROV-03). */
function endpoints({ baseUrl }: ProviderSettings): readonly ProtocolId[] {
  const isOpenAi = baseUrl === undefined || new URL(baseUrl).hostname === 'api.openai.com'
  return isOpenAi ? ['responses', 'chat'] : ['chat']
}
