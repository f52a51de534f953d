import type { KeyOrToken } from '../keyed.ts'
import type { ProviderSettings } from '../settings.ts'

/** The key as a bearer, unless another header was named; nothing where there is no key (PROV-05, PROV-06). */
export function authorize({ apiKey, bearerToken }: KeyOrToken, settings: ProviderSettings): Record<string, string> {
  if (bearerToken) return { authorization: `Bearer ${bearerToken}` }
  if (!apiKey) return {}
  const header = settings.keyHeader ?? 'authorization'
  return { [header]: header === 'authorization' ? `Bearer ${apiKey}` : apiKey }
}
