import type { Endpoint, KeyedKind } from '../keyed.ts'
import { messagesStream, messagesUsage } from '../patches/messages-stream.ts'
import { authorize, versionHeaders } from './auth.ts'
import { readModels, traitsOf } from './models.ts'
import { requestPatches } from './patches.ts'

const paths: Readonly<Record<Endpoint, string>> = {
  messages: '/messages',
  chat: '/chat/completions',
  responses: '/responses',
  embeddings: '/embeddings',
  models: '/models?limit=1000',
}

/** Anthropic's own API, and others that speak Messages. */
export const anthropic: KeyedKind = {
  baseUrl: 'https://api.anthropic.com/v1',
  endpoints: () => ['messages'],
  path: (endpoint) => paths[endpoint],
  authorize,
  headersOf: versionHeaders,
  readModels,
  // Anthropic has no such endpoint; a server that speaks another protocol besides may.
  embeds: ({ endpoints }) => endpoints?.some((protocol) => protocol !== 'messages') ?? false,
  traits: traitsOf,
  // A signature is good for all of Anthropic's models.
  issuer: () => 'anthropic',
  requestPatches,
  replyPatches: [messagesUsage],
  eventPatches: [messagesStream],
  hint(error, { apiKey, bearerToken }) {
    if (error.status !== 401 || (!apiKey && !bearerToken)) return undefined
    return bearerToken
      ? 'Check that its bearerToken is whole and not expired; a key of the console (sk-ant-api…) goes into apiKey'
      : 'Check that its apiKey is whole and not revoked; a key is made at console.anthropic.com'
  },
}
