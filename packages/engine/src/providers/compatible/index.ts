import type { Endpoint, KeyedKind } from '../keyed.ts'
import { readOpenAiModels } from '../openai-dialect.ts'
import { authorize } from './auth.ts'
import { traitsOf } from './models.ts'

const paths: Readonly<Record<Endpoint, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  messages: '/messages',
  embeddings: '/embeddings',
  models: '/models',
}

/** Servers that speak OpenAI's protocols: vLLM, LiteLLM, Foundry Local, DashScope, OpenRouter, … */
export const compatible: KeyedKind = {
  type: 'compatible',
  endpoints: () => ['chat'],
  path: (endpoint) => paths[endpoint],
  authorize,
  forwards: ['anthropic-version', 'anthropic-beta'],
  readModels: readOpenAiModels,
  traits: traitsOf,
}
