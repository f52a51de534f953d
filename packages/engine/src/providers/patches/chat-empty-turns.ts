import { asObject, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { asList, mapMember, without } from './copy-on-write.ts'

/** What may stand in an answer instead of its text. */
const instead = ['tool_calls', 'function_call', 'refusal', 'audio']

/**
 * Messages as clients keep them whose answers had nothing but what Chat Completions cannot say: no calls in a list (Mistral's
 * library always has one), and neither text nor calls. OpenAI and DeepSeek refuse both.
 */
export const chatEmptyTurns: RequestPatch = {
  name: 'chat-empty-turns',
  reason:
    "Invalid 'messages[2].tool_calls': empty array. Expected an array with minimum length 1; Invalid value for 'content': expected a string, got null.",
  protocol: 'chat',
  apply: (body) =>
    mapMember(body, 'messages', (value) => {
      const message = asObject(value)
      return message?.['role'] === 'assistant' ? mend(message) : value
    }),
}

function mend(message: JsonObject): JsonObject {
  const turn = asList(message['tool_calls'])?.length === 0 ? without(message, 'tool_calls') : message
  const isEmpty = (turn['content'] ?? undefined) === undefined && instead.every((name) => (turn[name] ?? null) === null)
  return isEmpty ? { ...turn, content: '' } : turn
}
