import type { Endpoint, KeyedKind } from '../keyed.ts'
import { readOpenAiModels } from '../openai-dialect.ts'
import type { ProviderSettings } from '../settings.ts'
import { authorize } from './auth.ts'
import { traitsOf } from './models.ts'

/** What is asked for where nothing is configured (S000; C-12). */
const defaultVersion = '2024-10-21'

const paths: Readonly<Record<Endpoint, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  messages: '/messages',
  embeddings: '/embeddings',
  models: '/models',
}

/** Azure OpenAI: the deployment route with its dated version, or the versionless v1 route. `baseUrl` is the host alone. */
export const azure: KeyedKind = {
  type: 'azure',
  endpoints: (settings) => (isV1(settings) ? ['responses', 'chat'] : ['chat']),
  path(endpoint, model, settings) {
    if (isV1(settings)) return `/openai/v1${paths[endpoint]}`
    const version = `?api-version=${encodeURIComponent(settings.apiVersion ?? defaultVersion)}`
    if (endpoint === 'models') return `/openai/models${version}`
    // The Responses API is not served under a deployment: it names the model in its body.
    if (endpoint === 'responses') return `/openai/responses${version}`
    return `/openai/deployments/${encodeURIComponent(model)}${paths[endpoint]}${version}`
  },
  authorize,
  readModels: readOpenAiModels,
  traits: traitsOf,
}

function isV1({ apiVersion }: ProviderSettings): boolean {
  return apiVersion === 'v1' || apiVersion === 'preview' || apiVersion === 'latest'
}
