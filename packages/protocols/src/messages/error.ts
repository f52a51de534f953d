import { errorWith, invalidMember, ownCode, tellError, type ErrorCode, type GatewayError } from '../core/error.ts'
import { statusOfAnswer, statusOfError } from '../core/error-status.ts'
import { anthropicType } from '../core/error-types.ts'
import { asNumber, asObject, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import { readOverflow } from '../core/overflow.ts'
import type { WireEvent } from '../core/protocol.ts'
import { findError, readUpstreamError } from '../core/upstream-error.ts'
import type { ErrorType } from './wire.ts'

const types: { readonly [C in ErrorCode]: ErrorType } = {
  'invalid-request': 'invalid_request_error',
  unauthorized: 'authentication_error',
  quota: 'billing_error',
  forbidden: 'permission_error',
  'not-found': 'not_found_error',
  // The API's documents name request_too_large; its published types do not, and the status says it.
  'too-large': 'invalid_request_error',
  'context-overflow': 'invalid_request_error',
  'rate-limited': 'rate_limit_error',
  overloaded: 'overloaded_error',
  upstream: 'api_error',
  timeout: 'timeout_error',
  cancelled: 'api_error',
  internal: 'api_error',
}

/** An error answer of a Messages server. `body` is the parsed JSON, or the text. */
export function readError(status: number, body: Json | undefined): GatewayError {
  const said = asObject(body)
  const error = readUpstreamError(statusOfAnswer(status, said && findError(said)), body)
  const retryAfter = asNumber(asObject(said?.['error'])?.['retry_after'])
  return retryAfter === undefined ? error : errorWith(error, { retryAfter })
}

/** An `error` event of a stream. */
export function readStreamError(data: JsonObject): GatewayError {
  return readError(statusOfError(findError(data)), data)
}

/** The refusal of a request whose member cannot be understood, as the API words it. */
export function badMember(member: string, what: string): GatewayError {
  return invalidMember(member, `${member}: ${what}`)
}

/** The error as a Messages server answers it, with the upstream's own class and code where it gave them. */
export function writeError(error: GatewayError): { readonly status: number; readonly body: JsonObject } {
  const said: MutableJson = { type: chooseType(error), message: writeMessage(error) }
  const code = error.upstream?.code ?? ownCode(error)
  if (code !== undefined) said['code'] = code
  if (error.upstream?.param !== undefined) said['param'] = error.upstream.param
  const details = asObject(asObject(error.upstream?.body)?.['error'])?.['details']
  if (isObject(details)) said['details'] = details
  return {
    status: error.code === 'context-overflow' ? 400 : error.status,
    body: { type: 'error', error: said, request_id: error.upstream?.requestId ?? null },
  }
}

/** The `error` event that ends a stream. */
export function writeStreamError(error: GatewayError): readonly WireEvent[] {
  return [{ event: 'error', data: writeError(error).body }]
}

function chooseType(error: GatewayError): string {
  const own = error.code === 'context-overflow' ? undefined : anthropicType(error.upstream)
  return own ?? types[error.code]
}

/** Clients compact when they read these words of the API, so an overflow is always told in them. */
function writeMessage(error: GatewayError): string {
  const message = tellError(error)
  if (error.code !== 'context-overflow' || /prompt is too long/i.test(message)) return message
  const { used, limit } = readOverflow(error.message, error.upstream?.code) ?? {}
  if (used && limit) return `prompt is too long: ${used} tokens > ${limit} maximum`
  return `prompt is too long: ${message}`
}
