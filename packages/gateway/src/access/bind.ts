import { GatewayError } from '@crossfeed/protocols'
import { isLoopback } from './host.ts'

/** Why a gateway may not listen there: an address that others can reach, and no key. Undefined when it may. */
export function refuseOpenBind(settings: {
  readonly host: string
  readonly apiKeys: readonly string[]
}): GatewayError | undefined {
  if (isLoopback(settings.host) || settings.apiKeys.length > 0) return undefined
  const message = `Not listening on ${settings.host}: others could reach it, and no key is set\nAnyone there could use your sign-in.`
  return new GatewayError('invalid-request', 400, message, {
    reason: 'open-bind',
    fix: 'Set auth.apiKeys in the config file, or leave --host at 127.0.0.1.',
  })
}
