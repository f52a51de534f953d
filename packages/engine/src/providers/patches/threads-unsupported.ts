import { GatewayError } from '@crossfeed/protocols'

/**
 * The refusal of a server-side thread (`thread` of Messages, beta message-threads-2026-08-12) in the words after which the
 * toolRunner of `@anthropic-ai/sdk` goes on without threads. Dropping the member would lose the history of the second turn.
 */
export function threadsUnsupported(who: string): GatewayError {
  const message = `${who} keeps no threads. Send the whole conversation in messages.`
  const details = { error_code: 'thread_unsupported_request', unsupported: ['thread'] }
  return new GatewayError('invalid-request', 400, message, {
    reason: 'thread-unsupported',
    upstream: {
      type: 'invalid_request_error',
      body: { type: 'error', error: { type: 'invalid_request_error', message, details } },
    },
  })
}
