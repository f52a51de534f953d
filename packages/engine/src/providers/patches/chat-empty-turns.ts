import { asObject, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { mapMember } from './copy-on-write.ts'

/** What may stand in an answer instead of its text. */
const instead = ['tool_calls', 'function_call', 'refusal', 'audio']

/**
 * Messages as clients keep them whose answers had nothing but what Chat Completions cannot say: neither text nor calls. OpenAI
 * and DeepSeek refuse them.
 */
export const chatEmptyTurns: RequestPatch = {
  name: 'chat-empty-turns',
  reason: "Invalid value for 'content': expected a string, got null.",
  protocol: 'chat',
  apply: (body) =>
    mapMember(body, 'messages', (value) => {
      const message = asObject(value)
      return message?.['role'] === 'assistant' ? mend(message) : value
    }),
}

function mend(message: JsonObject): JsonObject {
  const isEmpty = ['content', ...instead].every((name) => (message[name] ?? null) === null)
  return isEmpty ? { ...message, content: '' } : message
}
