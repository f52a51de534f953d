import { asObject, asString, parseObject, type Json, type JsonObject } from '@crossfeed/protocols'
import type { PatchContext, RequestPatch } from '../provider.ts'
import { mapMember, withMember } from './copy-on-write.ts'

/**
 * Arguments of earlier calls as the JSON object that servers parse, which show them to their models as such: of a call that had
 * none, or was cut off at the limit of an answer, they are none. A client that keeps such a call could not go on for ever.
 */
export const chatArguments: RequestPatch = {
  name: 'chat-arguments',
  reason:
    'Ollama: "invalid tool call arguments" (openai/openai.go); vLLM parses them likewise (entrypoints/chat_utils.py)',
  protocol: 'chat',
  apply: (body, _target, context) =>
    mapMember(body, 'messages', (message, at) => {
      const turn = asObject(message)
      return turn
        ? mapMember(turn, 'tool_calls', (call) => parsable(call, `messages[${at}].tool_calls`, context))
        : message
    }),
}

function parsable(value: Json, path: string, context: PatchContext): Json {
  const call = asObject(value)
  const called = asObject(call?.['function'])
  const given = asString(called?.['arguments'])
  if (!call || !called || given === undefined || parseObject(given)) return value
  return withMember(call, 'function', withArguments(called, given, path, context))
}

function withArguments(called: JsonObject, given: string, path: string, context: PatchContext): JsonObject {
  if (given.trim() === '' || given.trim() === 'null') return { ...called, arguments: '{}' }
  context.lose({ path, why: 'the arguments are not a JSON object and were wrapped as {"input": …}' })
  return { ...called, arguments: JSON.stringify({ input: given }) }
}
