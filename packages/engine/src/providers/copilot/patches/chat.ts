import {
  asNumber,
  asObject,
  asObjects,
  asString,
  fitBudget,
  nearestEffort,
  type Json,
  type JsonObject,
} from '@crossfeed/protocols'
import type { RequestPatch, Target } from '../../provider.ts'
import { cacheOnMessages } from './chat-cache.ts'
import { historyReasoning } from './chat-reasoning.ts'
import { fitToolResults } from '../../patches/chat-tool-results.ts'
import { asList, mapMember, without, withMember } from '../../patches/copy-on-write.ts'
import { developerAsSystem } from '../../patches/developer-as-system.ts'
import { clampOutput } from '../../patches/limit-output.ts'
import { withLimitAs } from '../../patches/max-tokens-name.ts'
import { limitImages, limitTools } from './limits.ts'

const maxTokensName: RequestPatch = {
  name: 'chat-max-tokens-name',
  reason: 'Q20: gpt-5 and the o series refuse max_tokens, other models know only that name',
  protocol: 'chat',
  apply: (body, { traits }) => withLimitAs(traits.maxTokensField, body),
}

/**
 * The thinking budget that an effort stands for, for a Claude that is told its thinking in tokens (copilot-protocol §5.1);
 * undefined for models without one, and where the answer's limit leaves no room.
 */
function budgetFor(asked: string, body: JsonObject, target: Target): number | undefined {
  const bounds = target.traits.reasoning.budget
  if (!bounds || asked === 'none' || body['thinking_budget'] !== undefined || !target.model.startsWith('claude'))
    return undefined
  const limit = asNumber(body['max_tokens']) ?? target.limits.output ?? Infinity
  return fitBudget({ effort: asked }, bounds, limit)
}

const effort: RequestPatch = {
  name: 'chat-effort',
  reason: 'invalid_reasoning_effort: an effort that the model does not list is refused',
  protocol: 'chat',
  apply(body, target, context) {
    const asked = asString(body['reasoning_effort'])
    const offered = target.traits.reasoning.efforts
    if (asked === undefined || !offered) return body
    const sent = nearestEffort(asked, offered)
    const budget = sent === undefined ? budgetFor(asked, body, target) : undefined
    if (budget !== undefined) {
      context.note(`reasoning_effort:${asked}>thinking_budget:${budget}`)
      return { ...without(body, 'reasoning_effort'), thinking_budget: budget }
    }
    if (sent === asked) return body
    context.note(`reasoning_effort:${asked}>${sent ?? 'dropped'}`)
    return withMember(body, 'reasoning_effort', sent)
  },
}

const emptyPrediction: RequestPatch = {
  name: 'chat-empty-prediction',
  reason: 'copilot-protocol 5.1: an empty prediction is refused with 400',
  protocol: 'chat',
  apply(body) {
    const prediction = body['prediction']
    if (prediction === undefined) return body
    const content = asObject(prediction)?.['content']
    const isEmpty =
      typeof content === 'string' ? content === '' : !asObjects(content).some((part) => part['text'] !== '')
    return isEmpty ? without(body, 'prediction') : body
  },
}

const refusedMembers: RequestPatch = {
  name: 'chat-refused-members',
  reason: 'TR-39: the service keeps nothing and knows no service tiers',
  protocol: 'chat',
  apply(body, _target, context) {
    if (body['store'] === true) context.lose({ path: 'store', why: 'GitHub Copilot stores no answers' })
    if (asString(body['service_tier'])) context.note('dropped:service_tier')
    return without(body, 'store', 'service_tier')
  },
}

const emptyTexts: RequestPatch = {
  name: 'chat-empty-texts',
  reason: 'user-pain 4.6: empty text is refused by Claude, and clients send it beside tool calls',
  protocol: 'chat',
  apply: (body) => mapMember(body, 'messages', withoutEmptyText),
}

function withoutEmptyText(message: Json): Json | undefined {
  const turn = asObject(message)
  if (!turn || turn['role'] === 'tool' || turn['role'] === 'function') return message
  const parts = asList(turn['content'])
  const kept = parts?.filter((part) => !isEmptyText(part))
  const isEmpty = turn['content'] === '' || kept?.length === 0
  if (!isEmpty) return kept && kept.length !== parts?.length ? { ...turn, content: kept } : turn
  if (holdsMore(turn)) return { ...turn, content: null }
  return undefined
}

function isEmptyText(part: Json): boolean {
  const object = asObject(part)
  return object?.['type'] === 'text' && object['text'] === ''
}

/** Whether an assistant message says something besides its content. */
function holdsMore(turn: JsonObject): boolean {
  if (turn['role'] !== 'assistant') return false
  return (
    asObjects(turn['tool_calls']).length > 0 ||
    ['function_call', 'reasoning_text', 'reasoning_opaque', 'refusal'].some((name) => Boolean(turn[name]))
  )
}

const lastSpeaker: RequestPatch = {
  name: 'chat-ends-with-user',
  reason: 'Q20, TR-29: Claude refuses a conversation that ends with the assistant',
  protocol: 'chat',
  apply(body, target, context) {
    const messages = asList(body['messages'])
    const last = asObject(messages?.at(-1))
    if (target.traits.prefill || !messages || last?.['role'] !== 'assistant' || asList(last['tool_calls'])?.length)
      return body
    context.note('added:please-continue')
    return { ...body, messages: [...messages, { role: 'user', content: 'Please continue.' }] }
  },
}

const toolMedia: RequestPatch = {
  name: 'chat-tool-media',
  reason: "OpenAI's reference: tool messages hold text only, and clients put screenshots there, which is refused",
  protocol: 'chat',
  apply: (body, { traits }) =>
    traits.toolResultMedia ? body : fitToolResults(body, { array: true, image: false, pdf: false }),
}

/** The role came with the models that take `max_completion_tokens`; the older ones and other vendors know `system`. */
const developerRole = developerAsSystem(({ traits }) => traits.maxTokensField !== 'max_completion_tokens')

/** The mends of Chat Completions requests, in the order in which they are applied. */
export const chatRequestPatches: readonly RequestPatch[] = [
  limitTools('chat'),
  limitImages('chat'),
  toolMedia,
  developerRole,
  maxTokensName,
  clampOutput('chat'),
  effort,
  emptyPrediction,
  refusedMembers,
  historyReasoning,
  cacheOnMessages,
  emptyTexts,
  lastSpeaker,
]
