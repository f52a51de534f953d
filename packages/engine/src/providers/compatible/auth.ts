import type { Endpoint, KeyOrToken } from '../keyed.ts'
import type { ProviderSettings } from '../settings.ts'

/** The key as a bearer, or as `x-api-key` where a model speaks Messages (PROV-23, PROV-38). */
export function authorize(
  { apiKey, bearerToken }: KeyOrToken,
  settings: ProviderSettings,
  endpoint: Endpoint,
): Record<string, string> {
  if (bearerToken) return { authorization: `Bearer ${bearerToken}` }
  if (!apiKey) return {}
  const header = settings.keyHeader ?? (endpoint === 'messages' ? 'x-api-key' : 'authorization')
  return { [header]: header === 'authorization' ? `Bearer ${apiKey}` : apiKey }
}
