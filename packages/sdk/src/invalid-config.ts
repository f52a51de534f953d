import { GatewayError } from '@crossfeed/protocols'

const reasons = {
  client: { reason: 'client-config' },
  session: { reason: 'session-config' },
  provider: { reason: 'provider-config' },
} as const

/** Whose configuration it is. */
export type ConfigKind = keyof typeof reasons

/** The error for a client, session or provider configuration that cannot work. Holds no value of it, so no secret. */
export function invalidConfig(why: string, fix?: string, kind: ConfigKind = 'session'): GatewayError {
  return new GatewayError('invalid-request', 400, `Invalid ${kind} config: ${why}`, {
    ...reasons[kind],
    ...(fix === undefined ? {} : { fix }),
  })
}
