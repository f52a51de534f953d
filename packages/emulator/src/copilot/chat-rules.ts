import { isClaude, isNewGpt } from '../model.ts'
import type { ModelEntry } from '../model.ts'
import { isObject, objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { badRequest } from '../refusal.ts'
import { findFunctionFault } from '../dialect/function-schemas.ts'
import { findLongName } from '../dialect/lengths.ts'
import type { EmulatorState } from '../state.ts'

/** Copilot's own rules for `/chat/completions` (Q20, Q23, Q33). */
export function checkChat(body: JsonObject, model: ModelEntry, state: EmulatorState): void {
  checkHead(body, model, state)
  checkHistory(body, model, state)
}

function checkHead(body: JsonObject, model: ModelEntry, { quirks }: EmulatorState): void {
  if (
    quirks['chat-max-tokens-refused'] &&
    isNewGpt(model) &&
    body['max_tokens'] !== undefined &&
    body['max_tokens'] !== null
  ) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    throw badRequest(message, 'unsupported_parameter', { param: 'max_tokens', type: 'invalid_request_error' })
  }
  // What the makers of other models are told of it is not known.
  const name = model.vendor.endsWith('OpenAI') ? findLongName(body) : undefined
  if (name) throw badRequest(name.message, 'invalid_request_body', { param: name.param })
  const tools = body['tools']
  if (quirks['tools-limited'] && Array.isArray(tools) && tools.length > 128) {
    throw badRequest(
      `Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length ${tools.length} instead.`,
    )
  }
  const fault = quirks['tool-schemas-checked'] ? findFunctionFault(tools, true) : undefined
  if (fault) throw badRequest(fault.message, fault.code)
  const prediction = body['prediction']
  if (isObject(prediction) && (prediction['content'] === '' || prediction['content'] === undefined)) {
    throw badRequest('prediction content must not be empty')
  }
  const effort = stringOf(body['reasoning_effort'])
  if (quirks['effort-checked'] && effort !== '' && !model.efforts.includes(effort)) {
    throw badRequest(
      `reasoning_effort "${effort}" is not supported by model ${model.id}; supported values: [${model.efforts.join(' ')}]`,
      'invalid_reasoning_effort',
    )
  }
}

function checkHistory(body: JsonObject, model: ModelEntry, { quirks, seals, scripted }: EmulatorState): void {
  const messages = objectsOf(body['messages'])
  if (messages.length === 0)
    throw badRequest("Invalid 'messages': empty array. Expected an array with minimum length 1.")
  if (quirks['prefill-refused'] && isClaude(model) && messages.at(-1)?.['role'] === 'assistant') {
    throw badRequest(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
  }
  const open = new Set<string>()
  for (const [index, message] of messages.entries()) {
    if (message['role'] === 'tool') {
      const id = stringOf(message['tool_call_id'])
      if (!open.delete(id)) {
        throw badRequest(
          `Invalid parameter: messages[${index}] with role 'tool' must be a response to a preceding message with 'tool_calls'.`,
        )
      }
      continue
    }
    refuseUnanswered(open)
    for (const call of objectsOf(message['tool_calls'])) open.add(stringOf(call['id']))
    const opaque = message['reasoning_opaque']
    if (!quirks['foreign-reasoning-refused'] || typeof opaque !== 'string') continue
    if (seals.open('opaque', opaque) === undefined && !scripted.has(opaque)) {
      throw badRequest(`messages.${index}.reasoning_opaque: reasoning content could not be verified`)
    }
  }
  refuseUnanswered(open)
}

function refuseUnanswered(open: ReadonlySet<string>): void {
  if (open.size === 0) return
  throw badRequest(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
  )
}
