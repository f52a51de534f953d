import type { ModelEntry } from '../../model.ts'
import { checkToolTurns } from '../dialect/admit.ts'
import { findFunctionFault } from '../dialect/function-schemas.ts'
import { invalid, refuse, unknownParameter } from '../dialect/refuse.ts'
import { isGiven, isObject, numberOf, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { namedMembers } from '../../validate-shape.ts'

/** Newer OpenAI models refuse `max_tokens` on chat: gpt-5 and the o-series. */
const isReasoner = (model: ModelEntry): boolean => model.thinking

/** OpenAI's own rules for chat completions. */
export async function checkOpenaiChat(body: JsonObject, model: ModelEntry): Promise<void> {
  if (!model.endpoints.includes('chat')) {
    const message = 'This model is only supported in v1/responses and not in v1/chat/completions.'
    throw refuse(404, message, undefined, 'model')
  }
  const known = await namedMembers('openai.chat.request')
  const unknown = Object.keys(body).filter((name) => !known.has(name))
  if (unknown.length > 0) {
    throw invalid(`Unrecognized request argument${unknown.length > 1 ? 's' : ''} supplied: ${unknown.join(', ')}`)
  }
  if (objectsOf(body['messages']).length === 0) {
    throw invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'empty_array',
      'messages',
    )
  }
  if (isReasoner(model) && isGiven(body['max_tokens'])) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    throw invalid(message, 'unsupported_parameter', 'max_tokens')
  }
  const effort = body['reasoning_effort']
  if (isGiven(effort) && !isReasoner(model)) throw invalid('Unrecognized request argument supplied: reasoning_effort')
  checkEffort(effort, 'reasoning_effort', model)
  checkSampling(body, stringOf(effort), model, (name, value) =>
    invalid(
      `Unsupported value: '${name}' does not support ${String(value)} with this model. Only the default (1) value is supported.`,
      'unsupported_value',
      name,
    ),
  )
  checkToolCount(body)
  checkFunctions(body, true)
  for (const [index, message] of objectsOf(body['messages']).entries()) checkMessage(message, `messages[${index}]`)
  checkToolTurns(body)
}

/** OpenAI's own rules for the head of a responses request; its items are checked by `checkItems`. */
export async function checkOpenaiResponses(body: JsonObject, model: ModelEntry): Promise<void> {
  if (!model.endpoints.includes('responses')) {
    throw invalid(`The model '${model.id}' is not supported with the Responses API.`, 'unsupported_model', 'model')
  }
  const known = await namedMembers('openai.responses.request')
  const unknown = Object.keys(body).find((name) => !known.has(name))
  if (unknown === 'messages') {
    const message =
      "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create."
    throw invalid(message, 'unsupported_parameter')
  }
  if (unknown !== undefined) throw unknownParameter(unknown)
  const tokens = numberOf(body['max_output_tokens'])
  if (tokens !== undefined && tokens < 16) {
    const message = `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${tokens} instead.`
    throw invalid(message, 'integer_below_min_value', 'max_output_tokens')
  }
  const effort = isObject(body['reasoning']) ? body['reasoning']['effort'] : undefined
  if (isGiven(effort) && !isReasoner(model)) {
    const message = "Unsupported parameter: 'reasoning.effort' is not supported with this model."
    throw invalid(message, 'unsupported_parameter', 'reasoning.effort')
  }
  const include = body['include']
  // pydantic/pydantic-ai#2865 and NousResearch/hermes-agent#23450 have the body of real ones.
  if (Array.isArray(include) && include.includes('reasoning.encrypted_content') && !isReasoner(model)) {
    throw invalid('Encrypted content is not supported with this model.', undefined, 'include')
  }
  checkEffort(effort, 'reasoning.effort', model)
  checkSampling(body, stringOf(effort), model, (name) =>
    invalid(`Unsupported parameter: '${name}' is not supported with this model.`, undefined, name),
  )
  checkToolCount(body)
  checkFunctions(body, false)
}

function checkEffort(effort: unknown, param: string, model: ModelEntry): void {
  if (!isGiven(effort) || model.efforts.includes(stringOf(effort))) return
  const list = model.efforts.map((value) => `'${value}'`)
  throw invalid(
    `Unsupported value: '${String(effort)}' is not supported with the '${model.id}' model. Supported values are: ${list.slice(0, -1).join(', ')}, and ${list.at(-1)}.`,
    'unsupported_value',
    param,
  )
}

/** Models that reason take no sampling parameters; those that know the effort `none` take them with it. */
function checkSampling(
  body: JsonObject,
  effort: string,
  model: ModelEntry,
  refusal: (name: string, value: unknown) => Error,
): void {
  const silent = model.efforts.includes('none') && (effort === '' || effort === 'none')
  if (!isReasoner(model) || silent) return
  for (const name of ['temperature', 'top_p']) {
    if (isGiven(body[name]) && body[name] !== 1) throw refusal(name, body[name])
  }
}

function checkToolCount(body: JsonObject): void {
  const count = objectsOf(body['tools']).length
  if (count <= 128) return
  throw invalid(
    `Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length ${count} instead.`,
    'array_above_max_length',
    'tools',
  )
}

function checkFunctions(body: JsonObject, isChat: boolean): void {
  const fault = findFunctionFault(body['tools'], isChat)
  if (fault) throw invalid(fault.message, 'invalid_function_parameters', fault.param)
}

/** `parsed` and `annotations` come back from the official package, which sends whole messages of its answers. */
const messageMembers = new Set(
  'role content name refusal audio annotations parsed tool_calls tool_call_id function_call'.split(' '),
)
const partMembers = new Set('type text image_url input_audio file refusal prompt_cache_breakpoint'.split(' '))
const partTypes = ['text', 'image_url', 'input_audio', 'refusal', 'audio', 'file']
const roles = ['system', 'assistant', 'user', 'function', 'tool', 'developer']

function checkMessage(message: JsonObject, where: string): void {
  const role = stringOf(message['role'])
  if (!roles.includes(role)) throw invalidValue(role, roles, `${where}.role`)
  const unknown = Object.keys(message).find((name) => !messageMembers.has(name))
  if (unknown !== undefined) throw unknownParameter(`${where}.${unknown}`)
  for (const [index, part] of objectsOf(message['content']).entries()) {
    const at = `${where}.content[${index}]`
    if (!partTypes.includes(stringOf(part['type']))) throw invalidValue(stringOf(part['type']), partTypes, `${at}.type`)
    const extra = Object.keys(part).find((name) => !partMembers.has(name))
    if (extra !== undefined) throw unknownParameter(`${at}.${extra}`)
  }
}

const invalidValue = (value: string, allowed: readonly string[], param: string): Error => {
  const list = allowed.map((entry) => `'${entry}'`)
  return invalid(
    `Invalid value: '${value}'. Supported values are: ${list.slice(0, -1).join(', ')}, and ${list.at(-1)}.`,
    'invalid_value',
    param,
  )
}
