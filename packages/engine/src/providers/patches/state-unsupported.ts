import { asObject, asString, GatewayError, type Json, type JsonObject } from '@crossfeed/protocols'

/**
 * The refusal of a Responses request that rests on what a server keeps, by a service that keeps nothing: left out, the
 * conversation would be lost without a word. Undefined for a request that holds all that it is about.
 */
export function stateUnsupported(who: string, body: JsonObject): GatewayError | undefined {
  const { previous_response_id, conversation, prompt, input } = body
  if (asString(previous_response_id) !== undefined)
    return refusal(`Previous response not found: ${who}`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
      reason: 'previous-response-not-found',
    })
  if (conversation !== undefined && conversation !== null)
    return refusal(`Conversation not found: ${who}`, {
      param: 'conversation',
      code: 'conversation_not_found',
      reason: 'conversation-not-found',
    })
  if (asString(asObject(prompt)?.['id']) !== undefined)
    return refusal(`Prompt not found: ${who}`, {
      param: 'prompt',
      code: 'prompt_not_found',
      reason: 'prompt-not-found',
    })
  const at = Array.isArray(input) ? input.findIndex(isReference) : -1
  if (at < 0) return undefined
  return refusal(`The item of input[${at}] cannot be found: ${who}`, {
    param: `input[${at}]`,
    code: 'item_not_found',
    reason: 'item-not-found',
  })
}

/** Its type may be left out (reference of Responses): what has an id and neither type nor role is one. */
function isReference(item: Json): boolean {
  const { type, role, id } = asObject(item) ?? {}
  return type === 'item_reference' || ((type ?? role ?? null) === null && typeof id === 'string')
}

interface Missing {
  readonly param: string
  readonly code: string
  readonly reason: string
}

function refusal(what: string, { param, code, reason }: Missing): GatewayError {
  const message = `${what} keeps no answers. Send the whole conversation in input.`
  return new GatewayError('invalid-request', 400, message, {
    reason,
    upstream: { type: 'invalid_request_error', code, param },
  })
}
