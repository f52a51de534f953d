import type { ModelEntry } from '../../model.ts'
import { checkToolTurns } from '../../dialect/admit.ts'
import { findLongName } from '../../dialect/lengths.ts'
import { invalid, refuse, unknownParameter } from '../../dialect/refuse.ts'
import { isGiven, isObject, numberOf, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { namedMembers } from '../../validate-shape.ts'
import { checkChatFormat } from './formats.ts'
import { checkMessages } from './messages.ts'
import { checkChatTools, checkResponsesTools } from './tools.ts'

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
  checkMessages(objectsOf(body['messages']))
  checkCombinations(body)
  checkNames(body)
  if (isReasoner(model) && isGiven(body['max_tokens'])) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    throw invalid(message, 'unsupported_parameter', 'max_tokens')
  }
  const effort = body['reasoning_effort']
  if (isGiven(effort) && !isReasoner(model)) throw invalid('Unrecognized request argument supplied: reasoning_effort')
  checkEffort(effort, 'reasoning_effort', model)
  checkSampling(body, stringOf(effort), model, (name, value) =>
    name === 'temperature'
      ? invalid(
          `Unsupported value: '${name}' does not support ${String(value)} with this model. Only the default (1) value is supported.`,
          'unsupported_value',
          name,
        )
      : unsupported(name),
  )
  if (isReasoner(model)) checkUnreasoned(body, model)
  checkVerbosity(body['verbosity'], 'verbosity', model)
  checkChatTools(body)
  checkReasonedTools(body, model)
  checkChatFormat(body)
  checkToolTurns(body)
}

/** Members that go only with others, or not with others. */
function checkCombinations(body: JsonObject): void {
  if (isGiven(body['max_tokens']) && isGiven(body['max_completion_tokens'])) {
    const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
    throw invalid(message, 'invalid_parameter_combination')
  }
  for (const [name, other] of [
    ['stream_options', 'stream'],
    ['metadata', 'store'],
  ] as const) {
    if (!isGiven(body[name]) || body[other] === true) continue
    throw invalid(`The '${name}' parameter is only allowed when '${other}' is enabled.`, undefined, name)
  }
}

function checkNames(body: JsonObject): void {
  const fault = findLongName(body)
  if (fault) throw invalid(fault.message, 'string_above_max_length', fault.param)
}

/** What models that reason refuse whatever their effort is, but for the sampling that `none` allows. */
function checkUnreasoned(body: JsonObject, { id }: ModelEntry): void {
  const members = ['presence_penalty', 'frequency_penalty', 'logit_bias', ...(takesStops(id) ? [] : ['stop'])]
  const name = members.find((one) => isGiven(body[one]) && body[one] !== 0)
  if (name !== undefined) throw unsupported(name)
}

/** Of the models that reason, small ones from gpt-5.4 on and all from gpt-5.5 on (plmbr/notebook-intelligence#397, BerriAI/litellm#28650). */
function takesStops(id: string): boolean {
  const minor = Number(/^gpt-5\.(\d+)/.exec(id)?.[1] ?? 0)
  return minor > 4 || (minor === 4 && /-(?:mini|nano)/.test(id))
}

const unsupported = (name: string): Error =>
  invalid(`Unsupported parameter: '${name}' is not supported with this model.`, 'unsupported_parameter', name)

/** Older models have one verbosity. */
function checkVerbosity(verbosity: unknown, param: string, model: ModelEntry): void {
  if (!isGiven(verbosity) || verbosity === 'medium' || /^gpt-[5-9]/.test(model.id)) return
  throw invalid(
    `Unsupported value: '${String(verbosity)}' is not supported with the '${model.id}' model. Supported values are: 'medium'.`,
    'unsupported_value',
    param,
  )
}

/** From gpt-5.4 on models that reason call functions only in Responses (openai/openai-openapi#541). */
function checkReasonedTools(body: JsonObject, { id }: ModelEntry): void {
  const effort = body['reasoning_effort']
  const minor = Number(/^gpt-5\.(\d+)/.exec(id)?.[1] ?? 0)
  const hasFunctions = objectsOf(body['tools']).some(({ type }) => type === 'function')
  if (minor < 4 || !hasFunctions || !isGiven(effort) || effort === 'none') return
  const message = `Function tools with reasoning_effort are not supported for ${id} in /v1/chat/completions. Please use /v1/responses instead.`
  throw invalid(message, undefined, 'reasoning_effort')
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
  checkVerbosity(isObject(body['text']) ? body['text']['verbosity'] : undefined, 'text.verbosity', model)
  checkNames(body)
  checkResponsesTools(body)
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
  for (const name of ['temperature', 'top_p', 'logprobs', 'top_logprobs']) {
    if (isGiven(body[name]) && body[name] !== 1 && body[name] !== false) throw refusal(name, body[name])
  }
}
