import { anthropicVersion } from '../messages-dialect.ts'
import type { CallFacts } from '../provider.ts'
import { forwarded, type KeyOrToken } from '../keyed.ts'
import type { ProviderSettings } from '../settings.ts'
import { betasOf } from './betas.ts'

/** The key as `x-api-key`, a token as bearer; a subscription's token too when it was given as a key (PROV-06, PROV-07). */
export function authorize({ apiKey, bearerToken }: KeyOrToken, settings: ProviderSettings): Record<string, string> {
  if (bearerToken) return { authorization: `Bearer ${bearerToken}` }
  if (!apiKey) return {}
  const header = settings.keyHeader ?? (isOAuthToken(apiKey) ? 'authorization' : 'x-api-key')
  return { [header]: header === 'authorization' ? `Bearer ${apiKey}` : apiKey }
}

/** The API's version and the betas that the request needs. */
export function versionHeaders(
  facts: CallFacts | undefined,
  { apiKey, bearerToken }: KeyOrToken,
): Record<string, string> {
  const asked = facts ? forwarded(facts.client, 'anthropic-version') : {}
  const betas = betasOf(facts, isOAuthToken(bearerToken ?? apiKey))
  return {
    'anthropic-version': anthropicVersion,
    ...asked,
    ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }),
  }
}

/** Access tokens of claude.ai sign-ins begin so. */
function isOAuthToken(secret: string | undefined): boolean {
  return secret?.startsWith('sk-ant-oat') ?? false
}
