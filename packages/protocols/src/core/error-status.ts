import { asNumber, asString, type JsonObject } from './json.ts'
import { readOverflow } from './overflow.ts'

/** What codes and classes of errors stand for: OpenAI's, Anthropic's, Copilot's, and those of ChatGPT's service for Codex. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['bad_request', 400],
  ['bio_policy', 400],
  ['context_length_exceeded', 400],
  ['previous_response_not_found', 400],
  ['authentication_error', 401],
  ['invalid_api_key', 401],
  ['billing_error', 402],
  ['quota_exceeded', 402],
  ['permission_error', 403],
  ['model_not_found', 404],
  ['not_found', 404],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['insufficient_quota', 429],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['rate_limited', 429],
  ['too_many_requests', 429],
  ['usage_limit_reached', 429],
  ['api_error', 500],
  ['server_error', 500],
  ['server_is_overloaded', 503],
  ['slow_down', 503],
  ['timeout_error', 504],
  ['overloaded_error', 529],
])

/**
 * The HTTP status of an error that came without one, inside a stream or as a whole answer (200): that which it names, else that
 * of its code or class. A prompt that is too long is the request's fault, whatever class a server puts it in. 502 where nothing
 * tells.
 */
export function statusOfError(error: JsonObject): number {
  const named = namedStatus(error)
  if (named !== undefined) return named
  const code = asString(error['code'])?.split(':', 1)[0] ?? ''
  const known = statuses.get(code) ?? statuses.get(asString(error['type']) ?? '')
  if (known !== undefined && known < 500) return known
  if (readOverflow(asString(error['message']) ?? '', code)) return 400
  return known ?? (isOfRequest(code) ? 400 : 502)
}

/** The status that an object names itself; undefined where that is none of an error. */
export function namedStatus(object: JsonObject): number | undefined {
  for (const member of ['status', 'status_code', 'code'] as const) {
    const status = Number(asNumber(object[member]) ?? asString(object[member]))
    if (Number.isInteger(status) && status >= 400 && status <= 599) return status
  }
  return undefined
}

/**
 * What the status of an answer comes to: behind 502 stands what came as an answer (200), or by way of another gateway. Where the
 * error says itself that the request was at fault, that counts; OpenAI's commonest class alone does not say it.
 */
export function statusOfAnswer(status: number, error: JsonObject | undefined): number {
  if (status !== 502 || !error) return status
  const { type, ...others } = error
  const said = statusOfError(type === 'invalid_request_error' ? others : error)
  return said < 500 ? said : status
}

/** Codes of which there are many: of pictures (`image_too_large`), of values and members; none that name a server's answer. */
function isOfRequest(code: string): boolean {
  if (/server|upstream|response$/.test(code)) return false
  return code.includes('image') || code.startsWith('invalid_') || code.startsWith('unsupported_')
}
