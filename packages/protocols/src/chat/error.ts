import { invalidMember, ownCode, tellError, type ErrorCode, type GatewayError } from '../core/error.ts'
import { statusOfAnswer, statusOfError } from '../core/error-status.ts'
import { openAiType } from '../core/error-types.ts'
import { asObject, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { WireEvent } from '../core/protocol.ts'
import { findError, readUpstreamError } from '../core/upstream-error.ts'

/** An upstream's error answer. Groq and others wrap it as OpenAI does. */
export function readError(status: number, body: Json | undefined): GatewayError {
  const said = asObject(body)
  return readUpstreamError(statusOfAnswer(status, said && findError(said)), body)
}

/** The failure that a chunk, or a choice of one, stands for in the middle of a stream. */
export function readStreamError(chunk: JsonObject): GatewayError {
  return readUpstreamError(statusOfError(findError(chunk)), chunk)
}

/** The refusal of a request whose member at `path` cannot be understood. */
export function badMember(path: string, why: string): GatewayError {
  return invalidMember(path, `Invalid '${path}': ${why}.`)
}

const types: { readonly [C in ErrorCode]: string } = {
  'invalid-request': 'invalid_request_error',
  unauthorized: 'invalid_request_error',
  quota: 'insufficient_quota',
  forbidden: 'invalid_request_error',
  'not-found': 'invalid_request_error',
  'too-large': 'invalid_request_error',
  'context-overflow': 'invalid_request_error',
  'rate-limited': 'rate_limit_error',
  overloaded: 'server_error',
  upstream: 'server_error',
  timeout: 'server_error',
  cancelled: 'server_error',
  internal: 'server_error',
}

const codes: { readonly [C in ErrorCode]?: string } = {
  unauthorized: 'invalid_api_key',
  quota: 'insufficient_quota',
  'rate-limited': 'rate_limit_exceeded',
}

/** OpenAI's error body. The upstream's own code, type, parameter and other members survive. */
export function writeError(error: GatewayError): { readonly status: number; readonly body: JsonObject } {
  if (error.code === 'context-overflow') {
    const body = {
      message: tellError(error),
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    }
    return { status: 400, body: { error: body } }
  }
  const { upstream } = error
  const body: MutableJson = {
    message: tellError(error),
    type: openAiType(upstream) ?? types[error.code],
    param: upstream?.param ?? null,
    code: upstream?.code ?? codes[error.code] ?? ownCode(error) ?? null,
  }
  const said = asObject(upstream?.body)
  const own = said && isObject(said['error']) ? findError(said) : undefined
  for (const name in own) if (body[name] === undefined && own[name] !== undefined) body[name] = own[name]
  return { status: error.status, body: { error: body } }
}

/** The frame that ends a stream with an error. No end mark follows: the answer is not complete. */
export function writeStreamError(error: GatewayError): readonly WireEvent[] {
  return [{ data: writeError(error).body }]
}
