import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import { randomBytes } from 'node:crypto'

/** A 400 of the service. */
export const invalid = (message: string): Refusal => new Refusal(400, message)

/** A name for a call. */
export const newRequestId = (): string => `req_011C${randomBytes(10).toString('hex')}`

const errorTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/**
 * An error as platform.claude.com/docs/en/api/errors has it: the same id in the body and in the header. Only a thread that
 * cannot be is told in details as well: the codes of all others are Copilot's, with which this service shares its rules.
 */
export function writeAnthropicError({ status, message, details: { code, param, headers } }: Refusal): Outcome {
  const type = errorTypes[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  const id = newRequestId()
  const details = code?.startsWith('thread_') ? { details: { error_code: code, unsupported: [param] } } : {}
  const body = { type: 'error', error: { type, message, ...details }, request_id: id }
  return jsonOutcome(body, status, { ...headers, 'request-id': id })
}
