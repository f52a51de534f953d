import type { Endpoint, KeyedKind } from '../keyed.ts'
import { authorize } from './auth.ts'
import { readModels, traitsOf } from './models.ts'

const paths: Readonly<Record<Endpoint, string>> = {
  messages: '/messages',
  chat: '/chat/completions',
  responses: '/responses',
  embeddings: '/embeddings',
  models: '/models?limit=1000',
}

/** Anthropic's own API, and others that speak Messages. */
export const anthropic: KeyedKind = {
  type: 'anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  endpoints: () => ['messages'],
  path: (endpoint) => paths[endpoint],
  authorize,
  forwards: ['anthropic-version', 'anthropic-beta'],
  readModels,
  traits: traitsOf,
  // A signature is good for all of Anthropic's models.
  issuer: () => 'anthropic',
}
