import { asObjects, type JsonObject } from '@crossfeed/protocols'
import { forwarded, type KeyedKind } from '../keyed.ts'
import { openAiPaths, readOpenAiModels } from '../openai-dialect.ts'
import { developerAsSystem } from '../openai-sampling.ts'
import type { CallFacts, RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { isDashScope } from '../vendor-hosts.ts'
import { authorize } from './auth.ts'
import { traitsOf } from './models.ts'

/** Servers that speak OpenAI's protocols: vLLM, LiteLLM, Foundry Local, llama.cpp, LM Studio, DashScope, OpenRouter, … */
export const compatible: KeyedKind = {
  endpoints: () => ['chat'],
  path: (endpoint) => openAiPaths[endpoint],
  authorize,
  headersOf(facts, _secret, endpoint, settings) {
    if (endpoint === 'messages') return { 'anthropic-version': '2023-06-01', ...(facts && anthropicHeaders(facts)) }
    return endpoint === 'responses' && facts && keepsSession(settings, facts.body)
      ? { 'x-dashscope-session-cache': 'enable' }
      : {}
  },
  readModels: readOpenAiModels,
  traits: traitsOf,
  requestPatches: () => [developerAsSystem(() => true), parallelTools],
}

function anthropicHeaders({ client, refusedBetas }: CallFacts): Record<string, string> {
  const headers = forwarded(client, 'anthropic-version', 'anthropic-beta')
  const betas = headers['anthropic-beta']?.split(/\s*,\s*/).filter((beta) => beta !== '' && !refusedBetas?.has(beta))
  if (!betas) return headers
  const { 'anthropic-beta': _all, ...others } = headers
  return betas.length === 0 ? others : { ...others, 'anthropic-beta': betas.join(',') }
}

/** The prompt cache of DashScope's Responses API is switched on by a header (Alibaba Cloud Model Studio, "Session cache"). */
function keepsSession(settings: ProviderSettings, body: JsonObject): boolean {
  if (!isDashScope(settings)) return false
  const models = Object.entries(settings.models ?? {})
  const own = models.find(([name, model]) => (model.wireModel ?? name) === body['model'])
  return own?.[1].contextCache ?? true
}

const parallelTools: RequestPatch = {
  name: 'parallel-tools',
  reason: 'PROV-37: several servers call one tool at a time unless they are told otherwise, which OpenAI does not',
  protocol: 'chat',
  apply: (body) =>
    body['parallel_tool_calls'] === undefined && asObjects(body['tools']).length > 0
      ? { ...body, parallel_tool_calls: true }
      : body,
}
