import { checkToolTurns } from '../../dialect/admit.ts'
import { invalid } from '../../dialect/refuse.ts'
import { isGiven, isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'

const partTypes = new Set('text image_url input_audio video_url audio_url file refusal thinking'.split(' '))
const roles = ['system', 'user', 'assistant', 'tool']

/** The rules of a plain server: nothing of other vendors (`cache_control`), only content parts that it knows. */
export function checkCompatibleChat(body: JsonObject, developerRole: boolean): void {
  const messages = objectsOf(body['messages'])
  for (const [index, message] of messages.entries()) {
    const role = stringOf(message['role'])
    if (!roles.includes(role) && !(role === 'developer' && developerRole)) {
      throw invalid(`Unexpected message role: '${role}' in messages[${index}].`)
    }
    for (const part of objectsOf(message['content'])) {
      const type = stringOf(part['type'])
      if (!partTypes.has(type)) throw invalid(`Unknown part type: ${type}`)
    }
  }
  const choice = body['tool_choice']
  if ((choice === 'required' || isObject(choice)) && objectsOf(body['tools']).length === 0) {
    throw invalid('When using `tool_choice`, `tools` must be set.')
  }
  if (isGiven(body['stream_options']) && body['stream'] !== true) {
    throw invalid('Stream options can only be defined when `stream=True`.')
  }
  refuseForeign(body, 'body')
  checkToolTurns(body)
}

/** Refuses `cache_control` wherever it stands outside of tool arguments and texts. */
export function refuseForeign(value: unknown, where: string): void {
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) refuseForeign(entry, `${where}.${index}`)
    return
  }
  if (!isObject(value)) return
  for (const [name, entry] of Object.entries(value)) {
    if (name === 'cache_control') throw invalid(`${where}.${name}: Extra inputs are not permitted`)
    // Schemas of tools may name a member as they like.
    if (name !== 'parameters' && name !== 'schema') refuseForeign(entry, `${where}.${name}`)
  }
}
