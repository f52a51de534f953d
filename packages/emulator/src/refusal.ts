import type { QuirkSwitches } from './quirks.ts'
import type { Outcome } from './server/outcome.ts'

/** What a refusal may carry besides its message. */
export interface RefusalDetails {
  readonly code?: string
  readonly type?: string
  readonly param?: string
  /** `{"message"}` without the error member (what Bedrock's validation gives). */
  readonly unwrapped?: boolean
  /** This text is the whole body. */
  readonly plain?: string
  /** This JSON is the whole body (GitHub's own errors). */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The service says no: thrown where it is noticed, written once by `writeRefusal`. */
export class Refusal extends Error {
  readonly status: number
  readonly details: RefusalDetails

  constructor(status: number, message: string, details: RefusalDetails = {}) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.details = details
  }
}

/** A 400 in the service's usual form. */
export const badRequest = (message: string, code = 'invalid_request_body', details: RefusalDetails = {}): Refusal =>
  new Refusal(400, message, { code, ...details })

const json = (status: number, body: unknown, asText: boolean, headers: Readonly<Record<string, string>>): Outcome => ({
  status,
  headers: { 'content-type': asText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8', ...headers },
  chunks: [JSON.stringify(body)],
})

const anthropicType = (status: number): string => {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 404) return 'not_found_error'
  if (status === 413) return 'request_too_large'
  if (status === 429) return 'rate_limit_error'
  return status >= 500 ? 'api_error' : 'invalid_request_error'
}

/** The answer for a refusal: the shapes of Q37, with the switches that change them. */
export function writeRefusal(refusal: Refusal, path: string, quirks: QuirkSwitches): Outcome {
  const { code, type, param, unwrapped, plain, body, headers = {} } = refusal.details
  const { message, status } = refusal
  const text = (value: string): Outcome => ({
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    chunks: value === '' ? [] : [value],
  })
  if (body !== undefined) return json(status, body, false, headers)
  if (plain !== undefined) return text(plain)
  if (quirks['errors-bad-request'] && status === 400) return text('Bad Request\n')
  if (unwrapped === true || quirks['errors-unwrapped'])
    return json(status, { message }, quirks['errors-as-text'], headers)
  if (quirks['messages-anthropic-errors'] && path.startsWith('/v1/messages')) {
    return json(status, { type: 'error', error: { type: anthropicType(status), message } }, false, headers)
  }
  const error = { message, ...(code && { code }), ...(param && { param }), ...(type && { type }) }
  return json(status, { error }, quirks['errors-as-text'], headers)
}
