import type { JsonObject } from '@crossfeed/protocols'
import { anthropicVersion, mcpClientBeta, readBetas } from '../messages-dialect.ts'
import { chatRoleOnce } from '../patches/chat-role-once.ts'
import { chatToolPieces } from '../patches/chat-tool-pieces.ts'
import { chatWholeCalls } from '../patches/chat-whole-calls.ts'
import { messagesUsage, spokenMessagesStream } from '../patches/messages-stream.ts'
import { responsesPlaces } from '../patches/responses-places.ts'
import { wholeOutput } from '../patches/responses-whole-output.ts'
import { forwarded, type KeyedKind } from '../keyed.ts'
import { hintAzure, openAiPaths, readOpenAiModels, refuseBareAzure } from '../openai-dialect.ts'
import type { CallFacts } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { isDashScope } from '../vendors/hosts.ts'
import { authorize } from './auth.ts'
import { traitsOf } from './models.ts'
import { requestPatches } from './patches.ts'

/** Servers that speak OpenAI's protocols: vLLM, LiteLLM, Foundry Local, llama.cpp, LM Studio, DashScope, OpenRouter, … */
export const compatible: KeyedKind = {
  check: refuseBareAzure,
  endpoints: () => ['chat'],
  path: (endpoint) => openAiPaths[endpoint],
  authorize,
  headersOf(facts, _secret, endpoint, settings) {
    if (endpoint === 'messages') return { 'anthropic-version': anthropicVersion, ...(facts && anthropicHeaders(facts)) }
    return endpoint === 'responses' && facts && keepsSession(settings, facts.body)
      ? { 'x-dashscope-session-cache': 'enable' }
      : {}
  },
  readModels: readOpenAiModels,
  traits: traitsOf,
  requestPatches,
  replyPatches: [chatWholeCalls, messagesUsage],
  eventPatches: [chatToolPieces, chatRoleOnce, spokenMessagesStream, responsesPlaces, wholeOutput],
  hint: hintAzure,
}

function anthropicHeaders({ client, from, body, refusedBetas }: CallFacts): Record<string, string> {
  const asked = readBetas(client['anthropic-beta'])
  // A client of another protocol cannot know that its MCP servers need one.
  const needed = from === 'messages' ? undefined : mcpClientBeta(body)
  const betas = (needed === undefined ? asked : [...asked, needed]).filter((beta) => !refusedBetas?.has(beta))
  return {
    ...forwarded(client, 'anthropic-version'),
    ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }),
  }
}

/** The prompt cache of DashScope's Responses API is switched on by a header (Alibaba Cloud Model Studio, "Session cache"). */
function keepsSession(settings: ProviderSettings, body: JsonObject): boolean {
  if (!isDashScope(settings)) return false
  const models = Object.entries(settings.models ?? {})
  const own = models.find(([name, model]) => (model.wireModel ?? name) === body['model'])
  return own?.[1].contextCache ?? true
}
