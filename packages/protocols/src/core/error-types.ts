import type { UpstreamError } from './error.ts'
import { asObject } from './json.ts'

/** Anthropic's types that OpenAI's API has not: both have `invalid_request_error` and `rate_limit_error`. */
const anthropicOnly: ReadonlySet<string> = new Set([
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'request_too_large',
  'timeout_error',
  'api_error',
  'overloaded_error',
])

/**
 * The upstream's type where it is one of Anthropic's (its documents' "Errors"). OpenAI calls nearly every refusal
 * `invalid_request_error`: outside of Anthropic's envelope that word says nothing, and the status decides.
 */
export function anthropicType(upstream: UpstreamError | undefined): string | undefined {
  const type = upstream?.type
  if (type === 'invalid_request_error') return isAnthropic(upstream) ? type : undefined
  return type === 'rate_limit_error' || (type !== undefined && anthropicOnly.has(type)) ? type : undefined
}

/** The upstream's type, but for one of Anthropic's own in Anthropic's envelope, which clients of OpenAI do not know. */
export function openAiType(upstream: UpstreamError | undefined): string | undefined {
  const type = upstream?.type
  return type !== undefined && anthropicOnly.has(type) && isAnthropic(upstream) ? undefined : type
}

/** Frames of a Responses socket have the same `type`, but a status beside it. */
function isAnthropic(upstream: UpstreamError | undefined): boolean {
  const body = asObject(upstream?.body)
  return body?.['type'] === 'error' && body['status'] === undefined && body['status_code'] === undefined
}
