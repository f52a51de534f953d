import type { Endpoint, KeyOrToken } from '../keyed.ts'
import type { ProviderSettings } from '../settings.ts'

/** The key as a bearer, or as `x-api-key` where a model speaks Messages (PROV-23, PROV-38). */
export function authorize(
  { apiKey, bearerToken }: KeyOrToken,
  settings: ProviderSettings,
  endpoint: Endpoint,
): Record<string, string> {
  const version: Record<string, string> = endpoint === 'messages' ? { 'anthropic-version': '2023-06-01' } : {}
  if (bearerToken) return { ...version, authorization: `Bearer ${bearerToken}` }
  if (!apiKey) return version
  const header = settings.keyHeader ?? (endpoint === 'messages' ? 'x-api-key' : 'authorization')
  return { ...version, [header]: header === 'authorization' ? `Bearer ${apiKey}` : apiKey }
}
