import { GatewayError } from '@crossfeed/protocols'
import type { Address } from './provider.ts'

/**
 * The failure of a call with what its reader needs to mend it: the provider's name, its address and the likely cause. The
 * upstream's own words come first and its codes stay (SDKC-30).
 */
export function explainFailure(
  name: string,
  error: GatewayError,
  address: Address,
  hint: string | undefined,
): GatewayError {
  if (error.code === 'cancelled') return error
  const where = address.origin + address.path.replace(/\?.*$/, '')
  const why = hint ?? likelyCause(error)
  if (why === undefined) return error
  return new GatewayError(error.code, error.status, `${error.message} (${name}: ${where}. ${why})`, {
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    ...(error.retryAfter === undefined ? {} : { retryAfter: error.retryAfter }),
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
    fix: why,
  })
}

function likelyCause(error: GatewayError): string | undefined {
  if (error.reason === 'network-refused') return 'Check that the server runs, and the port in baseUrl'
  if (error.reason?.startsWith('network-')) return 'Check baseUrl and the network'
  if (error.reason === 'upstream-401') return 'Check that its apiKey or bearerToken is whole, right and not expired'
  if (error.reason === 'upstream-403') return 'Check what its key is allowed to do'
  if (error.reason === 'upstream-404') return 'Check the model name and baseUrl'
  return undefined
}
