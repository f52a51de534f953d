import { findNameFault } from '../../dialect/function-schemas.ts'
import { tooLong } from '../../dialect/lengths.ts'
import { invalid, invalidValue, unknownParameter } from '../../dialect/refuse.ts'
import { isGiven, isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'

/** `parsed` and `annotations` come back from the official package, which sends whole messages of its answers. */
const members = new Set(
  'role content name refusal audio annotations parsed tool_calls tool_call_id function_call'.split(' '),
)
const partMembers = new Set('type text image_url input_audio file refusal prompt_cache_breakpoint'.split(' '))
const partTypes = ['text', 'image_url', 'input_audio', 'refusal', 'audio', 'file']
const roles = ['system', 'assistant', 'user', 'function', 'tool', 'developer']

/** The longest id of a tool call (vercel/ai#8132, Portkey-AI/gateway#1062). */
const longestCallId = 40

/** OpenAI's own rules for the messages of a chat. */
export function checkMessages(messages: readonly JsonObject[]): void {
  if (messages.length === 0) throw emptyArray('messages')
  for (const [index, message] of messages.entries()) checkMessage(message, index)
}

function checkMessage(message: JsonObject, index: number): void {
  const where = `messages[${index}]`
  const role = stringOf(message['role'])
  if (!roles.includes(role)) throw invalidValue(role, roles, `${where}.role`)
  const unknown = Object.keys(message).find((name) => !members.has(name))
  if (unknown !== undefined) throw unknownParameter(`${where}.${unknown}`)
  const name = stringOf(message['name'])
  if (/[\s<|\\/>]/.test(name)) {
    throw invalid(
      `Invalid '${where}.name': string does not match pattern. Expected a string that matches the pattern '^[^\\s<|\\\\/>]+$'.`,
      'invalid_value',
      `${where}.name`,
    )
  }
  checkParts(message, index)
  checkCalls(message, where)
}

function checkParts(message: JsonObject, index: number): void {
  const { content, role } = message
  const isCall = isGiven(message['tool_calls']) || isGiven(message['function_call']) || isGiven(message['refusal'])
  if (!isGiven(content) && !isCall && !isGiven(message['audio'])) {
    throw invalid("Invalid value for 'content': expected a string, got null.", undefined, `messages.[${index}].content`)
  }
  for (const [at, part] of objectsOf(content).entries()) {
    const where = `messages[${index}].content[${at}]`
    const type = stringOf(part['type'])
    if (!partTypes.includes(type)) throw invalidValue(type, partTypes, `${where}.type`)
    const extra = Object.keys(part).find((name) => !partMembers.has(name))
    if (extra !== undefined) throw unknownParameter(`${where}.${extra}`)
    if (type !== 'image_url' || role === 'user') continue
    const message = `Invalid 'messages[${index}]'. Image URLs are only allowed for messages with role 'user', but this message with role '${String(role)}' contains an image URL.`
    throw invalid(message, 'invalid_value', `messages[${index}]`)
  }
}

function checkCalls(message: JsonObject, where: string): void {
  const calls = message['tool_calls']
  if (Array.isArray(calls) && calls.length === 0) throw emptyArray(`${where}.tool_calls`)
  for (const [at, call] of objectsOf(calls).entries()) {
    const called = isObject(call['function']) ? call['function'] : {}
    const fault = findNameFault(stringOf(called['name']), `${where}.tool_calls[${at}].function.name`, 64)
    if (fault) throw invalid(fault.message, fault.code, fault.param)
  }
  const ids = objectsOf(calls).map(({ id }, at) => [`${where}.tool_calls[${at}].id`, id] as const)
  for (const [param, id] of [...ids, [`${where}.tool_call_id`, message['tool_call_id']] as const]) {
    if (typeof id !== 'string' || id.length <= longestCallId) continue
    throw invalid(tooLong(param, id, longestCallId), 'string_above_max_length', param)
  }
}

/** A list that has to have something in it. */
export const emptyArray = (param: string): Error =>
  invalid(
    `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
    'empty_array',
    param,
  )
