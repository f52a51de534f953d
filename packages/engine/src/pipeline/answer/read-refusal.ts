import { errorWith, parseJson, type GatewayError, type ProtocolId } from '@crossfeed/protocols'
import { redirectRefused } from '../../providers/explain-failure.ts'
import type { Provider } from '../../providers/provider.ts'
import type { AnswerHeaders } from '../../transport/http.ts'
import { readRetryAfter, upstreamRequestId } from './answer-headers.ts'
import { hideSecrets, withoutSecrets } from '../../transport/hide-secrets.ts'
import { protocols } from '../protocols.ts'

/** An answer that is no success. */
interface Refusal {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly text: string
}

/** What it was an answer to. */
interface Refused {
  readonly provider: Provider
  readonly protocol: ProtocolId
  /** The headers that went out, which must not be repeated. */
  readonly sent: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The error that an answer is: its words in its protocol, what its headers say, and what its provider makes of both. */
export function readRefusal(
  { status, headers, text }: Refusal,
  { provider, protocol, sent, now }: Refused,
): GatewayError {
  const moved = status < 400 ? redirectRefused(headers) : undefined
  const hidden = hideSecrets(text, sent)
  const told = moved ?? protocols[protocol].readError(status >= 400 ? status : 502, parseJson(hidden) ?? hidden)
  // And once more now that it is read: escapes of JSON may have kept some from being found.
  const error = withoutSecrets(told, sent)
  const requestId = upstreamRequestId(headers)
  const dressed = errorWith(error, {
    retryAfter: readRetryAfter(headers, error.message, now),
    upstream: { ...error.upstream, ...(requestId === undefined ? {} : { requestId }) },
  })
  return provider.readRefusal?.(dressed, headers) ?? dressed
}
