import type { KeyOrToken } from '../keyed.ts'
import type { ProviderSettings } from '../settings.ts'

/** The version of the API that is spoken (platform documentation). */
const version = '2023-06-01'

/** The key as `x-api-key`, a token as bearer, and the version header (PROV-06, PROV-07). */
export function authorize({ apiKey, bearerToken }: KeyOrToken, settings: ProviderSettings): Record<string, string> {
  const headers = { 'anthropic-version': version }
  if (bearerToken) return { ...headers, authorization: `Bearer ${bearerToken}` }
  if (!apiKey) return headers
  const header = settings.keyHeader ?? 'x-api-key'
  return { ...headers, [header]: header === 'authorization' ? `Bearer ${apiKey}` : apiKey }
}
