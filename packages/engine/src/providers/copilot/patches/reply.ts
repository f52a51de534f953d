import { asNumber, asObject, asObjects, asString, type JsonObject, type MutableJson } from '@crossfeed/protocols'
import type { ReplyPatch } from '../../provider.ts'
import { asList, mapMember } from '../../patches/copy-on-write.ts'
import { createItemIds, isRegular, withRegularIds } from './item-ids.ts'
import { unaskedEdits } from './unasked-edits.ts'

const oneChoice: ReplyPatch = {
  name: 'chat-one-choice',
  reason: 'Q13: Claude’s text and tool calls come as several choices of one answer',
  protocol: 'chat',
  apply(reply, _target, request) {
    const choices = asObjects(reply['choices'])
    if (choices.length <= 1 || (asNumber(request['n']) ?? 1) > 1) return reply
    return { ...reply, choices: [mergeChoices(choices)] }
  },
}

function mergeChoices(choices: readonly JsonObject[]): JsonObject {
  const message: MutableJson = {}
  let toolCalls: readonly JsonObject[] = []
  for (const choice of choices) {
    for (const [key, value] of Object.entries(asObject(choice['message']) ?? {})) {
      if (key === 'tool_calls') toolCalls = [...toolCalls, ...asObjects(value)]
      else message[key] = joined(key, message[key], value)
    }
  }
  if (toolCalls.length > 0) message['tool_calls'] = toolCalls
  const finishes = choices.map((choice) => asString(choice['finish_reason']))
  const finish = finishes.includes('tool_calls') ? 'tool_calls' : finishes.findLast((reason) => reason !== undefined)
  return { ...choices[0], index: 0, message, finish_reason: finish ?? null }
}

const texts: ReadonlySet<string> = new Set(['content', 'refusal', 'reasoning_text', 'reasoning_content'])

/** Texts follow each other; of other members the last that says something counts. */
function joined(key: string, before: JsonObject[string], value: JsonObject[string]): JsonObject[string] {
  if (typeof before === 'string' && typeof value === 'string' && texts.has(key)) return before + value
  return value === null || value === undefined ? before : value
}

const wholeAnswer: ReplyPatch = {
  name: 'chat-whole-answer',
  reason: 'Q14: object, created, index and content are missing; strict clients refuse that',
  protocol: 'chat',
  apply(reply, target) {
    const filled: JsonObject = {
      ...reply,
      id: asString(reply['id']) || 'chatcmpl-copilot',
      object: 'chat.completion',
      created: asNumber(reply['created']) || Math.floor(Date.now() / 1000),
      model: asString(reply['model']) || target.model,
    }
    const isWhole = ['id', 'object', 'created', 'model'].every((key) => filled[key] === reply[key])
    return mapMember(isWhole ? reply : filled, 'choices', (choice, index) => {
      const object = asObject(choice)
      return object ? wholeChoice(object, index) : choice
    })
  },
}

function wholeChoice(choice: JsonObject, index: number): JsonObject {
  const message = asObject(choice['message']) ?? {}
  const isWhole = message['role'] === 'assistant' && message['content'] !== undefined
  if (isWhole && choice['index'] !== undefined && choice['finish_reason'] !== undefined) return choice
  return {
    ...choice,
    index: choice['index'] ?? index,
    message: isWhole ? message : { ...message, role: 'assistant', content: message['content'] ?? null },
    finish_reason: choice['finish_reason'] ?? 'stop',
  }
}

const toolFinish: ReplyPatch = {
  name: 'chat-tool-finish',
  reason: 'Q17: finish_reason is stop although tools were called, and the agent ends its loop (user-pain 3.5)',
  protocol: 'chat',
  apply: (reply) =>
    mapMember(reply, 'choices', (choice) => {
      const object = asObject(choice)
      const calls = asList(asObject(object?.['message'])?.['tool_calls'])
      return object?.['finish_reason'] === 'stop' && calls?.length ? { ...object, finish_reason: 'tool_calls' } : choice
    }),
}

const readableReasoning: ReplyPatch = {
  name: 'chat-reasoning-content',
  reason: 'clients.md: @ai-sdk/openai-compatible knows reasoning_content, not Copilot’s reasoning_text',
  protocol: 'chat',
  apply: (reply) =>
    mapMember(reply, 'choices', (choice) => {
      const object = asObject(choice)
      const message = asObject(object?.['message'])
      const text = asString(message?.['reasoning_text'])
      if (!object || text === undefined || message?.['reasoning_content'] !== undefined) return choice
      return { ...object, message: { ...message, reasoning_content: text } }
    }),
}

const regularIds: ReplyPatch = {
  name: 'responses-regular-ids',
  reason: 'Q22, Q25: ids are long opaque texts that mean nothing elsewhere, and output_text is null',
  protocol: 'responses',
  apply(reply) {
    const id = asString(reply['id'])
    const isOdd = id !== undefined && !(isRegular(id) && asObjects(reply['output']).every(hasRegularId))
    if (!isOdd) return reply['output_text'] === null ? withRegularIds(reply, undefined) : reply
    return withRegularIds(reply, createItemIds(id))
  },
}

function hasRegularId(item: JsonObject): boolean {
  const id = asString(item['id'])
  return id === undefined || isRegular(id)
}

/** The mends of whole answers, in the order in which they are applied. */
export const replyPatches: readonly ReplyPatch[] = [
  oneChoice,
  wholeAnswer,
  toolFinish,
  readableReasoning,
  regularIds,
  unaskedEdits,
]
