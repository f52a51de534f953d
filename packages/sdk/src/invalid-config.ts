import { GatewayError } from '@crossfeed/protocols'

/** The error for a client, session or provider configuration that cannot work. Holds no value of it, so no secret. */
export function invalidConfig(
  why: string,
  fix?: string,
  subject: 'client' | 'session' | 'provider' = 'session',
): GatewayError {
  return new GatewayError('invalid-request', 400, `Invalid ${subject} config: ${why}`, {
    reason: `${subject}-config`,
    ...(fix === undefined ? {} : { fix }),
  })
}
