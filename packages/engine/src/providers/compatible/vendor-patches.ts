import { asObject, asObjects, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import { withShortCallIds } from '../patches/chat-call-ids.ts'
import { mapMember, without } from '../patches/copy-on-write.ts'
import { olderMaxTokensName } from '../patches/max-tokens-name.ts'
import type { RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { habitsOf, type VendorHabits } from '../vendors/habits.ts'

const otherMembers = ['reasoning_content', 'reasoning_text', 'reasoning_details', 'reasoning_opaque'] as const

const reasoningMember: RequestPatch = {
  name: 'reasoning-member',
  reason: "Groq, Cerebras: property 'reasoning_content' is unsupported",
  protocol: 'chat',
  apply: (body) =>
    mapAssistants(body, (message) => {
      const others = without(message, ...otherMembers)
      if (others === message || message['reasoning'] !== undefined) return others
      const words = asString(message['reasoning_content']) ?? asString(message['reasoning_text'])
      return words === undefined ? others : { ...others, reasoning: words }
    }),
}

function missingReasoning(missing: NonNullable<VendorHabits['missingReasoning']>): RequestPatch {
  return {
    name: 'reasoning-stand-in',
    reason: 'DeepSeek, Moonshot: the reasoning_content in the thinking mode must be passed back to the API',
    protocol: 'chat',
    apply(body) {
      if (asObject(body['thinking'])?.['type'] === 'disabled') return body
      return mapAssistants(body, (message) => {
        const has = asString(message['reasoning_content'])
        const isThere = has !== undefined && (has !== '' || missing.text === '')
        if (isThere || (missing.in === 'calls' && asObjects(message['tool_calls']).length === 0)) return message
        return { ...message, reasoning_content: missing.text }
      })
    },
  }
}

const mistralTurns: RequestPatch = {
  name: 'mistral-turns',
  reason:
    "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9; Unexpected role 'user' after role 'tool'; Expected last role User or Tool (or Assistant with prefix True)",
  protocol: 'chat',
  apply(body) {
    const short = withShortCallIds(body)
    const messages = asObjects(short['messages'])
    const isOdd = messages.some((message, at) => breaksTurns(message, messages[at + 1]))
    if (!isOdd) return short
    return { ...short, messages: messages.flatMap((message, at) => inTurn(message, messages[at + 1])) }
  },
}

function breaksTurns(message: JsonObject, next: JsonObject | undefined): boolean {
  if (!next) return message['role'] === 'assistant' && message['prefix'] === undefined
  return message['role'] === 'tool' && next['role'] === 'user'
}

/** The shortest word of the assistant's parts results from the user's words; an unfinished answer is marked as one. */
function inTurn(message: JsonObject, next: JsonObject | undefined): readonly JsonObject[] {
  if (!breaksTurns(message, next)) return [message]
  return next ? [message, { role: 'assistant', content: 'Done.' }] : [{ ...message, prefix: true }]
}

/** DashScope's members, where the owner or the client switched thinking on. */
export const forcedUnthinking: RequestPatch = {
  name: 'forced-call-unthinking',
  reason: 'The tool_choice parameter does not support being set to required or object in thinking mode',
  protocol: 'chat',
  apply(body, _target, context) {
    if (body['enable_thinking'] !== true || !isForced(body)) return body
    context.lose(thinkingLost)
    return { ...without(body, 'thinking_budget'), enable_thinking: false }
  },
}

/**
 * DashScope's models that write JSON only where they do not think ("Structured output" of help.aliyun.com): Qwen before 3.8, which
 * does both, as GLM and Kimi do there (QwenLM/Qwen#2329). Those that always think cannot be kept from it.
 */
const plainJson = /^qwen(?:3(?:\.[0-7])?)?-(?!.*thinking)/

/** Of them, those that think unless they are told not to ("Deep thinking" there): the open ones, and all since 3.5. */
const thinksUnasked = /^qwen3(?:-\d|\.[5-7]-)/

/** The same where the answer is to be JSON. */
export const jsonUnthinking: RequestPatch = {
  name: 'json-unthinking',
  reason: 'Json mode response is not supported when enable_thinking is true',
  protocol: 'chat',
  apply(body, { model }, context) {
    const isJson = asObject(body['response_format'])?.['type'] === 'json_object'
    const isAsked = body['enable_thinking'] === true
    const thinks = isAsked || (body['enable_thinking'] === undefined && thinksUnasked.test(model))
    if (!thinks || !isJson || !plainJson.test(model)) return body
    if (isAsked) context.lose({ path: 'reasoning', why: 'thinking cannot go with JSON mode' })
    return { ...without(body, 'thinking_budget'), enable_thinking: false }
  },
}

const forcedCall: RequestPatch = {
  name: 'forced-call-unthinking',
  reason:
    'DeepSeek: Thinking mode does not support this tool_choice. Moonshot: tool_choice is incompatible with thinking enabled',
  protocol: 'chat',
  apply(body, _target, context) {
    const { thinking, reasoning_effort: effort } = body
    if (!isForced(body) || asObject(thinking)?.['type'] === 'disabled') return body
    if (thinking !== undefined || (effort !== undefined && effort !== 'none')) context.lose(thinkingLost)
    return { ...without(body, 'reasoning_effort'), thinking: { type: 'disabled' } }
  },
}

const thinkingLost = { path: 'reasoning', why: 'thinking cannot go with a tool choice that forces a call' }

function isForced(body: JsonObject): boolean {
  const choice = body['tool_choice']
  return choice === 'required' || (asObject(choice) !== undefined && asObject(choice)?.['type'] !== 'allowed_tools')
}

/** What Google takes where a call has no signature of the model's own (ai.google.dev, "Thought signatures", FAQ). */
const unsigned = { google: { thought_signature: 'skip_thought_signature_validator' } }

const geminiSignatures: RequestPatch = {
  name: 'gemini-signatures',
  reason:
    'Function call is missing a thought_signature in functionCall parts: calls of another model, and of clients that drop it',
  protocol: 'chat',
  apply(body, target) {
    if (!/gemini-(?:[3-9]|\d\d)/.test(target.model)) return body
    return mapAssistants(body, (message) =>
      mapMember(message, 'tool_calls', (value, at) => {
        const call = at === 0 ? asObject(value) : undefined
        return call && call['extra_content'] === undefined ? { ...call, extra_content: unsigned } : value
      }),
    )
  },
}

/** The mends of requests that the vendor at the address needs. */
export function vendorPatches(settings: ProviderSettings): readonly RequestPatch[] {
  const habits = habitsOf(settings)
  return [
    ...(habits.refusesOthers ? [reasoningMember] : []),
    ...(habits.oldLimit ? [olderMaxTokensName] : []),
    ...(habits.strictTurns ? [mistralTurns] : []),
    ...(habits.forcesUnthinking ? [forcedCall] : []),
    ...(habits.missingReasoning ? [missingReasoning(habits.missingReasoning)] : []),
    ...(habits.signsCalls ? [geminiSignatures] : []),
  ]
}

function mapAssistants(body: JsonObject, change: (message: JsonObject) => JsonObject): JsonObject {
  return mapMember(body, 'messages', (value: Json) => {
    const message = asObject(value)
    return message?.['role'] === 'assistant' ? change(message) : value
  })
}
