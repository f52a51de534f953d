import { asNumber, asObject, asString, GatewayError, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import type { OAuthKey, OAuthSignIn } from '../../credentials/oauth-store.ts'
import type { Answer, Transport } from '../../transport/http.ts'
import { readClaims } from './claims.ts'
import { addressOf, type CodexHosts } from './hosts.ts'
import { codexApp, identityHeaders } from './identity.ts'

/** What calls to the issuer need. */
export interface IssuerAccess {
  readonly transport: Transport
  readonly hosts: CodexHosts
  /** Crossfeed's version, for its `User-Agent`. */
  readonly version: string
}

/** Tokens as the issuer gave them. When renewing, what it leaves out stays as it was. */
export interface Tokens {
  readonly accessToken?: string | undefined
  readonly refreshToken?: string | undefined
  readonly idToken?: string | undefined
  /** Seconds. */
  readonly expiresIn?: number | undefined
}

/** A code that a sign-in page gave, and what it takes to exchange it. */
export interface Grant {
  readonly code: string
  readonly verifier: string
  readonly redirectUri: string
}

/** How old tokens may become before they are renewed; the lifetime of those that state none. */
export const longestMs: number = 8 * 24 * 3600_000

const sizeLimit = 256 * 1024

/** Words for a refresh token that will never work again (copilot-protocol.md §10.1; `invalid_grant`: RFC 6749 §5.2). */
const ended: Readonly<Record<string, string>> = {
  refresh_token_expired: 'its refresh token has expired',
  refresh_token_reused: 'its refresh token was used before, by another program or from a copy',
  refresh_token_invalidated: 'its refresh token was taken back',
  invalid_grant: 'its refresh token is no longer accepted',
}

/** Exchanges a code for tokens. Throws `sign-in-refused`, `sign-in-unavailable` or a network reason. */
export async function exchangeCode(access: IssuerAccess, grant: Grant): Promise<Tokens> {
  const answer = await askIssuer(access, '/oauth/token', {
    grant_type: 'authorization_code',
    code: grant.code,
    redirect_uri: grant.redirectUri,
    client_id: codexApp.clientId,
    code_verifier: grant.verifier,
  })
  const { host } = access.hosts
  if (answer.status !== 200) throw isBusy(answer) ? unavailable(host, answer) : refused(host, answer)
  const tokens = readTokens(answer)
  if (tokens.accessToken && tokens.refreshToken) return tokens
  throw new GatewayError('upstream', 502, `${host} answered the sign-in without tokens.`, {
    reason: 'sign-in-unavailable',
  })
}

/**
 * Makes new tokens from a refresh token, which is void afterwards. Throws `sign-in-ended` when it will never work again, else
 * `sign-in-unavailable` or a network reason.
 */
export async function renewTokens(access: IssuerAccess, signIn: OAuthSignIn): Promise<Tokens> {
  const answer = await askIssuer(access, '/oauth/token', {
    grant_type: 'refresh_token',
    refresh_token: signIn.refreshToken,
    client_id: codexApp.clientId,
  })
  const { host } = access.hosts
  if (answer.status === 200) {
    const tokens = readTokens(answer)
    if (tokens.accessToken) return tokens
  }
  const code = errorCode(answer)
  const why = Object.hasOwn(ended, code) ? ended[code] : undefined
  if (why !== undefined || answer.status === 401)
    throw endedSignIn(signIn, why ?? 'its refresh token was refused', code)
  throw unavailable(host, answer)
}

/** Makes a sign-in void at the issuer. Throws `sign-in-unavailable` or a network reason. */
export async function revokeCodexSignIn(access: IssuerAccess, signIn: OAuthSignIn): Promise<void> {
  const fields = { token: signIn.refreshToken, token_type_hint: 'refresh_token', client_id: codexApp.clientId }
  const answer = await askIssuer(access, '/oauth/revoke', fields, 'json')
  if (answer.status >= 300) throw unavailable(access.hosts.host, answer)
}

/** The sign-in that tokens make; what they leave out is that of `previous`. `now` is in milliseconds since 1970. */
export function signInOf(key: OAuthKey, tokens: Tokens, now: number, previous?: OAuthSignIn): OAuthSignIn {
  const accessToken = tokens.accessToken ?? previous?.accessToken ?? ''
  const idToken = tokens.idToken ?? previous?.idToken ?? ''
  const access = readClaims(accessToken)
  const id = readClaims(idToken)
  return {
    provider: key.provider,
    host: key.host,
    accessToken,
    refreshToken: tokens.refreshToken || (previous?.refreshToken ?? ''),
    idToken,
    accountId: access.accountId ?? id.accountId ?? previous?.accountId,
    email: id.email ?? access.email ?? previous?.email,
    plan: access.plan ?? id.plan ?? previous?.plan,
    obtainedAt: now,
    expiresAt: now + lifetimeMs(tokens, access, now),
  }
}

/** The error for a sign-in that is over: one instruction, whatever ended it. */
function endedSignIn(key: OAuthKey, why: string, code: string): GatewayError {
  return new GatewayError('unauthorized', 401, `The ChatGPT sign-in of ${key.provider} is over: ${why}.`, {
    reason: 'sign-in-ended',
    fix: loginCommand(key),
    ...(code !== '' && { upstream: { code } }),
  })
}

/** The command that signs in again. */
export function loginCommand({ provider }: Pick<OAuthKey, 'provider'>): string {
  return `crossfeed auth login --provider ${provider}`
}

/** POSTs to the issuer with short limits, as a form or as JSON, and gives the answer whatever its status. */
export function askIssuer(
  { transport, hosts, version }: IssuerAccess,
  path: string,
  body: Readonly<Record<string, string>>,
  encoding: 'form' | 'json' = 'form',
): Promise<Answer> {
  return transport.request(
    {
      method: 'POST',
      ...addressOf(hosts.auth, path),
      headers: {
        ...identityHeaders(version),
        accept: 'application/json',
        'content-type': encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
      },
      body: encoding === 'json' ? JSON.stringify(body) : new URLSearchParams(body).toString(),
      timeouts: { headers: 15_000, idle: 15_000 },
    },
    sizeLimit,
  )
}

/** The error for an issuer that cannot answer now. Its words may repeat what was sent, so they are not shown. */
export function unavailable(host: string, answer: Answer): GatewayError {
  const retryAfter = asNumber(Number(answer.headers['retry-after'] ?? Number.NaN))
  const isLimit = answer.status === 429
  const message = isLimit ? 'wants a pause before the next sign-in call' : `could not answer (${answer.status})`
  return new GatewayError(isLimit ? 'rate-limited' : 'upstream', isLimit ? 429 : 502, `${host} ${message}.`, {
    reason: 'sign-in-unavailable',
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** Whether a call may succeed later without a person's doing. */
export function isBusy({ status }: Answer): boolean {
  return status === 429 || status >= 500
}

function refused(host: string, answer: Answer): GatewayError {
  const code = errorCode(answer)
  const shown = code === '' ? String(answer.status) : code
  return new GatewayError('unauthorized', 401, `${host} refused the sign-in: ${shown}.`, { reason: 'sign-in-refused' })
}

/** The stable word of an error answer, which stands in one of three places; empty when there is none. */
function errorCode(answer: Answer): string {
  const body = parseObject(answer.body.toString())
  const error = asObject(body?.['error'])
  const code = asString(error?.['code']) ?? asString(body?.['error']) ?? asString(body?.['code']) ?? ''
  return /^\w{1,80}$/.test(code) ? code : ''
}

function readTokens(answer: Answer): Tokens {
  const body: JsonObject = parseObject(answer.body.toString()) ?? {}
  return {
    accessToken: asString(body['access_token']),
    refreshToken: asString(body['refresh_token']),
    idToken: asString(body['id_token']),
    expiresIn: asNumber(body['expires_in']),
  }
}

/** Counted from now where it can be, since this machine's clock may differ from the issuer's. */
function lifetimeMs(tokens: Tokens, claims: ReturnType<typeof readClaims>, now: number): number {
  const { issuedAt, expiresAt } = claims
  if (tokens.expiresIn !== undefined && tokens.expiresIn > 0) return tokens.expiresIn * 1000
  if (expiresAt === undefined) return longestMs
  const seconds = issuedAt === undefined ? expiresAt - now / 1000 : expiresAt - issuedAt
  return Math.max(0, seconds * 1000)
}
