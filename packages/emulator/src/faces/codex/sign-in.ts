import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isObject, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { nextAccount } from './accounts.ts'
import type { CodexAccount, Grant } from './accounts.ts'
import { clientId, issueTokens, openRefreshToken } from './tokens.ts'

const minute = 60_000

/** The members of a body, JSON or form. */
export const fieldsOf = ({ body }: Call): JsonObject => (isObject(body) ? body : {})

/** A refusal in the words of OAuth (RFC 6749 §5.2). */
export const oauthError = (status: number, error: string, description: string): Refusal =>
  new Refusal(status, description, { body: { error, error_description: description } })

const refreshError = (status: number, code: string, message: string): Refusal =>
  new Refusal(status, message, { body: { error: { message, type: 'invalid_request_error', param: null, code } } })

/** S256 of RFC 7636. */
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

/** `GET /oauth/authorize`: leads back at once, or shows a page where a person allows it (option `approveAfter: 'manual'`). */
export function authorize(call: Call, state: EmulatorState): Outcome {
  const query = new URLSearchParams(call.query)
  const redirect = checkAuthorize(query, state)
  if (state.options.approveAfter !== 'manual') return lead(redirect, query, nextAccount(state.codex), state)
  const buttons = state.codex.accounts.map(
    ({ id, email }) => `<button name="account" value="${escape(id)}">Continue as ${escape(email)}</button>`,
  )
  const page = `<form method="post">${buttons.join(' ')} <button name="account" value="">Cancel</button></form>`
  return htmlOutcome(page)
}

/** `POST /oauth/authorize`: what the person decided on that page. */
export function decide(call: Call, state: EmulatorState): Outcome {
  const query = new URLSearchParams(call.query)
  const redirect = checkAuthorize(query, state)
  const chosen = stringOf(fieldsOf(call)['account'])
  const account = state.codex.accounts.find(({ id }) => id === chosen)
  if (account !== undefined) return lead(redirect, query, account, state)
  redirect.searchParams.set('error', 'access_denied')
  redirect.searchParams.set('error_description', 'The user denied the request')
  redirect.searchParams.set('state', query.get('state') ?? '')
  return { status: 302, headers: { location: redirect.href }, chunks: [] }
}

/** What the issuer checks before it asks a person; gives where it leads back to. */
function checkAuthorize(query: URLSearchParams, { codex }: EmulatorState): URL {
  const wrong = (description: string): Refusal => oauthError(400, 'invalid_request', description)
  if (query.get('client_id') !== clientId) throw oauthError(401, 'invalid_client', 'The client is not known')
  const address = query.get('redirect_uri') ?? ''
  const redirect = URL.canParse(address) ? new URL(address) : undefined
  const allowed = codex.redirectPorts.map((port) => `http://localhost:${port}/auth/callback`)
  if (redirect === undefined || !allowed.includes(address)) throw wrong('redirect_uri is not registered')
  if (query.get('response_type') !== 'code') throw wrong('response_type has to be code')
  const scopes = (query.get('scope') ?? '').split(' ')
  if (!scopes.includes('openid') || !scopes.includes('offline_access'))
    throw wrong('scope has to name openid and offline_access')
  if (query.get('code_challenge_method') !== 'S256') throw wrong('code_challenge_method has to be S256')
  if (!/^[\w-]{43}$/.test(query.get('code_challenge') ?? '')) throw wrong('code_challenge is no S256 challenge')
  if (!query.get('state')) throw wrong('state is missing')
  return redirect
}

function lead(redirect: URL, query: URLSearchParams, account: CodexAccount, state: EmulatorState): Outcome {
  const code = createGrant(state, {
    account,
    redirectUri: query.get('redirect_uri') ?? '',
    challenge: query.get('code_challenge') ?? '',
  })
  redirect.searchParams.set('code', code)
  redirect.searchParams.set('scope', query.get('scope') ?? '')
  redirect.searchParams.set('state', query.get('state') ?? '')
  return { status: 302, headers: { location: redirect.href }, chunks: [] }
}

/** A code that can be exchanged for tokens once, within ten minutes. */
export function createGrant(state: EmulatorState, grant: Omit<Grant, 'expiresAt'>): string {
  const code = `ac_${randomBytes(32).toString('base64url')}`
  state.codex.grants.set(code, { ...grant, expiresAt: state.options.now() + 10 * minute })
  return code
}

/** `POST /oauth/token`: exchanges a code, or renews (Q43). */
export function giveTokens(call: Call, state: EmulatorState): Outcome {
  const fields = fieldsOf(call)
  if (fields['client_id'] !== clientId) throw oauthError(401, 'invalid_client', 'The client is not known')
  switch (fields['grant_type']) {
    case 'authorization_code':
      return jsonOutcome(exchangeCode(fields, state))
    case 'refresh_token':
      return jsonOutcome(renew(stringOf(fields['refresh_token']), state))
    default:
      throw oauthError(400, 'unsupported_grant_type', 'grant_type has to be authorization_code or refresh_token')
  }
}

function exchangeCode(fields: JsonObject, state: EmulatorState): JsonObject {
  const code = stringOf(fields['code'])
  const grant = state.codex.grants.get(code)
  // A code is void after the first try, right or wrong (RFC 6749 §10.5).
  state.codex.grants.delete(code)
  const wrong = (description: string): Refusal => oauthError(400, 'invalid_grant', description)
  if (grant === undefined || grant.expiresAt < state.options.now()) throw wrong('The code is unknown, used or expired')
  if (fields['redirect_uri'] !== grant.redirectUri)
    throw wrong('redirect_uri is not the one that the code was made for')
  const given = Buffer.from(challengeOf(stringOf(fields['code_verifier'])))
  const wanted = Buffer.from(grant.challenge)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw wrong('code_verifier does not fit')
  return issueTokens(grant.account, state)
}

/** The service's words and codes are those that openai/codex reads (login/src/auth/manager.rs). */
function renew(token: string, state: EmulatorState): JsonObject {
  const { codex, quirks } = state
  const known = openRefreshToken(token, state)
  if (known === undefined || codex.revoked.has(known.family) || quirks['codex-refresh-invalidated']) {
    const message = 'Your refresh token has been invalidated. Please try signing in again.'
    throw refreshError(401, 'refresh_token_invalidated', message)
  }
  if (known.expiresAt < state.options.now() || quirks['codex-refresh-expired']) {
    throw refreshError(401, 'refresh_token_expired', 'Your refresh token has expired. Please try signing in again.')
  }
  if (codex.used.has(token)) {
    const message =
      'Your refresh token has already been used to generate a new access token. Please try signing in again.'
    throw refreshError(quirks['codex-refresh-errors-400'] ? 400 : 401, 'refresh_token_reused', message)
  }
  if (quirks['codex-refresh-rotates']) codex.used.add(token)
  return issueTokens(known.account, state, known.family)
}

/** `POST /oauth/revoke`: ends the sign-in that a refresh token belongs to; says nothing of unknown ones (RFC 7009 §2.2). */
export function revoke(call: Call, state: EmulatorState): Outcome {
  const known = openRefreshToken(stringOf(fieldsOf(call)['token']), state)
  if (known !== undefined) state.codex.revoked.add(known.family)
  return jsonOutcome({})
}

/** A small page. */
export const htmlOutcome = (body: string, status = 200): Outcome => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  chunks: [`<!doctype html><title>Emulator</title>${body}\n`],
})

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
