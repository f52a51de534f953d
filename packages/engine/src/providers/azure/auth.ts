import type { KeyOrToken } from '../keyed.ts'
import type { ProviderSettings } from '../settings.ts'

/** The key as `api-key`, an Entra token as bearer (PROV-06, PROV-07). */
export function authorize({ apiKey, bearerToken }: KeyOrToken, settings: ProviderSettings): Record<string, string> {
  if (bearerToken) return { authorization: `Bearer ${bearerToken}` }
  if (!apiKey) return {}
  const header = settings.keyHeader ?? 'api-key'
  return { [header]: header === 'authorization' ? `Bearer ${apiKey}` : apiKey }
}
