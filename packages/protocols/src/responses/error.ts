import { ownCode, tellError, type ErrorCode, type GatewayError } from '../core/error.ts'
import { namedStatus, statusOfAnswer, statusOfError } from '../core/error-status.ts'
import { openAiType } from '../core/error-types.ts'
import { asObject, type Json, type JsonObject } from '../core/json.ts'
import type { WireEvent } from '../core/protocol.ts'
import { errorWords, findError, readUpstreamError } from '../core/upstream-error.ts'

/** An error answer. A frame of a socket carries its own status, which counts when the given one is no error. */
export function readError(status: number, body: Json | undefined): GatewayError {
  const said = asObject(body)
  if (said?.['type'] === 'error' && status < 400)
    return readUpstreamError(namedStatus(said) ?? statusOfError(errorIn(said)), body)
  return readUpstreamError(statusOfAnswer(status, said && errorIn(said)), body)
}

/**
 * The error of an `error` event (flat, or nested as on sockets), or of a `response.failed` event. Its status is the one
 * that it names, else the one that its code stands for.
 */
export function readErrorEvent(data: JsonObject): GatewayError {
  const error = errorIn(data)
  return readUpstreamError(namedStatus(data) ?? statusOfError(error), { error })
}

function errorIn(data: JsonObject): JsonObject {
  const found = findError(data)
  if (found !== data && found !== data['response']) return found
  const { code, param } = found
  return { code: code ?? null, message: errorWords(found) || null, param: param ?? null }
}

interface Named {
  readonly code: string | null
  readonly type: string
  /** The code inside a stream, where only these are in the official list. */
  readonly event: string
}

const names: { readonly [C in ErrorCode]: Named } = {
  'invalid-request': { code: null, type: 'invalid_request_error', event: 'invalid_prompt' },
  unauthorized: { code: 'invalid_api_key', type: 'invalid_request_error', event: 'server_error' },
  quota: { code: 'insufficient_quota', type: 'insufficient_quota', event: 'rate_limit_exceeded' },
  forbidden: { code: null, type: 'invalid_request_error', event: 'server_error' },
  'not-found': { code: null, type: 'invalid_request_error', event: 'invalid_prompt' },
  'too-large': { code: null, type: 'invalid_request_error', event: 'invalid_prompt' },
  'context-overflow': {
    code: 'context_length_exceeded',
    type: 'invalid_request_error',
    event: 'context_length_exceeded',
  },
  'rate-limited': { code: 'rate_limit_exceeded', type: 'rate_limit_error', event: 'rate_limit_exceeded' },
  overloaded: { code: 'server_is_overloaded', type: 'server_error', event: 'server_error' },
  upstream: { code: null, type: 'server_error', event: 'server_error' },
  timeout: { code: null, type: 'server_error', event: 'server_error' },
  cancelled: { code: null, type: 'server_error', event: 'server_error' },
  internal: { code: null, type: 'server_error', event: 'server_error' },
}

/** The official error body. An upstream's own code, type and param survive, but an overflow is always named as one. */
export function writeError(error: GatewayError): { readonly status: number; readonly body: JsonObject } {
  const named = names[error.code]
  const overflow = error.code === 'context-overflow'
  return {
    status: overflow ? 400 : error.status,
    body: {
      error: {
        message: tellError(error),
        type: overflow ? named.type : (openAiType(error.upstream) ?? named.type),
        param: error.upstream?.param ?? null,
        code: overflow ? named.code : (error.upstream?.code ?? named.code ?? ownCode(error) ?? null),
        ...usedUpPlan(error),
      },
    },
  }
}

/** What ChatGPT says of a used-up plan, and Codex shows: which it is, and when it is filled again (copilot-protocol.md §10.2). */
function usedUpPlan({ upstream }: GatewayError): JsonObject {
  if (upstream?.type !== 'usage_limit_reached') return {}
  const said = asObject(asObject(upstream.body)?.['error']) ?? {}
  const told = ['plan_type', 'resets_at', 'resets_in_seconds'].filter((member) => said[member] !== undefined)
  return Object.fromEntries(told.map((member) => [member, said[member]]))
}

/**
 * Codes that clients know inside a stream: the official list, and those by which Codex decides what to do. Any other
 * upstream's word goes beside the official one, as `upstream_code`.
 */
const eventCodes: ReadonlySet<string> = new Set([
  'server_error',
  'rate_limit_exceeded',
  'invalid_prompt',
  'data_residency_mismatch',
  'bio_policy',
  'misalignment_policy_violation',
  'vector_store_timeout',
  'invalid_image',
  'invalid_image_format',
  'invalid_base64_image',
  'invalid_image_url',
  'image_too_large',
  'image_too_small',
  'image_parse_error',
  'image_content_policy_violation',
  'invalid_image_mode',
  'image_file_too_large',
  'unsupported_image_media_type',
  'empty_image_file',
  'failed_to_download_image',
  'image_file_not_found',
  'context_length_exceeded',
  'insufficient_quota',
  'usage_not_included',
  'server_is_overloaded',
  'slow_down',
])

/** The `error` member of a failed response. */
export function writeResponseError(error: GatewayError): JsonObject {
  const said = error.upstream?.code
  const named = names[error.code].event
  const message = tellError(error)
  if (error.code === 'context-overflow' || said === undefined) return { code: named, message }
  if (eventCodes.has(said)) return { code: said, message }
  return { code: named, message, upstream_code: said }
}

/**
 * `response.failed` for a stream of which nothing is known but the number of its next event: all that the schema asks
 * of a response, empty. As the first event of all (number 0) it follows a `response.created`, without which the official
 * helper reads no stream.
 */
export function writeStreamError(error: GatewayError, sequence?: number): readonly WireEvent[] {
  const failed = responseEvent('response.failed', sequence === 0 ? 1 : (sequence ?? 0), writeResponseError(error))
  return sequence === 0 ? [responseEvent('response.created', 0, null), failed] : [failed]
}

function responseEvent(type: string, sequence: number, error: JsonObject | null): WireEvent {
  const response: JsonObject = {
    id: 'resp_failed',
    object: 'response',
    created_at: 0,
    status: error === null ? 'in_progress' : 'failed',
    error,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: '',
    output: [],
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    usage: null,
    metadata: {},
  }
  return { event: type, data: { type, sequence_number: sequence, response } }
}
