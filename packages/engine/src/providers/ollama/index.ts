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

/** Models on this machine, or another one's, by Ollama's OpenAI route. */
export const ollama: KeyedKind = {
  type: 'ollama',
  baseUrl: 'http://localhost:11434/v1',
  endpoints: () => ['chat'],
  path: (endpoint) => paths[endpoint],
  authorize,
  readModels: readOpenAiModels,
  traits: traitsOf,
}
