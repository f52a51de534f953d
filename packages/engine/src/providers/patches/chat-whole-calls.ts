import { asObject, asString, isObject, madeUpCallId, type Json, type JsonObject } from '@crossfeed/protocols'
import type { ReplyPatch } from '../provider.ts'
import { asList, mapMember, withMember } from './copy-on-write.ts'

/** Tool calls of a whole answer with all that client libraries read of them. */
export const chatWholeCalls: ReplyPatch = {
  name: 'chat-whole-calls',
  reason:
    'servers leave out id and type, have objects for arguments, and say stop after calls, where an agent ends its loop (user-pain 3.5)',
  protocol: 'chat',
  apply: (reply) => mapMember(reply, 'choices', (choice) => mendChoice(choice, String(reply['id'] ?? ''))),
}

function mendChoice(choice: Json, answerId: string): Json {
  const object = asObject(choice)
  const message = asObject(object?.['message'])
  const calls = asList(message?.['tool_calls'])
  if (!object || !message || !calls || calls.length === 0) return choice
  const mended = mapMember(message, 'tool_calls', (call, at) => mendCall(call, madeUpCallId(answerId, at)))
  const whole = withMember(object, 'message', mended)
  return object['finish_reason'] === 'stop' ? { ...whole, finish_reason: 'tool_calls' } : whole
}

function mendCall(value: Json, id: string): Json {
  const call = asObject(value)
  if (!call) return value
  const named = asString(call['id']) ? call : { ...call, id }
  const called = asObject(call['function'])
  if (!called) return named
  return withMember(withMember(named, 'type', call['type'] ?? 'function'), 'function', withText(called))
}

function withText(called: JsonObject): JsonObject {
  const given = called['arguments']
  return isObject(given) ? { ...called, arguments: JSON.stringify(given) } : called
}
