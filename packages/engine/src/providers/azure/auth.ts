import type { KeyOrToken } from '../keyed.ts'
import type { ProviderSettings } from '../settings.ts'
import { hostOf } from '../vendors/hosts.ts'

/** Whether the address is that of a serverless deployment (Azure AI model catalog), which speaks plain OpenAI. */
export function isServerless(settings: ProviderSettings): boolean {
  return /(?:^|\.)(?:models\.ai\.azure\.com|inference\.ml\.azure\.com)$/.test(hostOf(settings))
}

/** The key as `api-key`, or as bearer at serverless deployments; an Entra token as bearer (PROV-06, PROV-07). */
export function authorize({ apiKey, bearerToken }: KeyOrToken, settings: ProviderSettings): Record<string, string> {
  if (bearerToken) return { authorization: `Bearer ${bearerToken}` }
  if (!apiKey) return {}
  const header = settings.keyHeader ?? (isServerless(settings) ? 'authorization' : 'api-key')
  return { [header]: header === 'authorization' ? `Bearer ${apiKey}` : apiKey }
}
