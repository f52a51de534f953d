import { asNumber, asObject, asObjects, asString, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'

/** What the tokens of a ChatGPT sign-in say of their owner. Absent members were not said. */
export interface Claims {
  readonly accountId?: string | undefined
  readonly email?: string | undefined
  /** `free`, `plus`, `pro`, `team`, … */
  readonly plan?: string | undefined
  /** Seconds since 1970, by the issuer's clock, both. */
  readonly issuedAt?: number | undefined
  readonly expiresAt?: number | undefined
}

/**
 * Reads the claims of a JSON web token without checking its signature: it came from the issuer, over TLS, and says only who
 * its own bearer is. Anything that is no such token says nothing. The account id stands in one of three places
 * (copilot-protocol.md §10.1).
 */
export function readClaims(token: string): Claims {
  const payload = token.split('.')[1]
  const claims = payload === undefined ? undefined : parseObject(Buffer.from(payload, 'base64url').toString())
  if (!claims) return {}
  const own = asObject(claims['https://api.openai.com/auth']) ?? {}
  const profile = asObject(claims['https://api.openai.com/profile']) ?? {}
  return {
    accountId: text(claims, 'chatgpt_account_id') ?? text(own, 'chatgpt_account_id') ?? organization(claims, own),
    email: text(claims, 'email') ?? text(profile, 'email'),
    plan: text(own, 'chatgpt_plan_type') ?? text(claims, 'chatgpt_plan_type'),
    issuedAt: asNumber(claims['iat']),
    expiresAt: asNumber(claims['exp']),
  }
}

function organization(claims: JsonObject, own: JsonObject): string | undefined {
  const first = asObjects(claims['organizations'])[0] ?? asObjects(own['organizations'])[0]
  return first && text(first, 'id')
}

function text(object: JsonObject, member: string): string | undefined {
  const value = asString(object[member])
  return value === '' ? undefined : value
}
