import { asNumber, asObject, asString, GatewayError, parseJson } from '@crossfeed/protocols'
import type { UpstreamError } from '@crossfeed/protocols'
import type { Answer } from '../../transport/http.ts'

interface Meaning {
  readonly reason: string
  readonly fix: string
}

const noSeat: Meaning = {
  reason: 'copilot-no-seat',
  fix: 'Ask your admin for a seat, or sign in as someone else: crossfeed auth login',
}
const ended: Meaning = { reason: 'copilot-subscription-ended', fix: 'Renew it: https://github.com/settings/copilot' }
const policy: Meaning = {
  reason: 'copilot-policy',
  fix: 'The settings of Copilot, or its admin, must allow this first.',
}
const revoked: Meaning = {
  reason: 'copilot-access-revoked',
  fix: 'GitHub took the access away; only GitHub Support can say more.',
}
const trade: Meaning = {
  reason: 'copilot-trade-restricted',
  fix: 'Copilot is not available where GitHub places this account.',
}
const billing: Meaning = { reason: 'copilot-billing', fix: 'Mend the billing: https://github.com/settings/billing' }

/** What GitHub's `notification_id` of a refused token means (copilot-protocol.md §2.1). */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ['no_copilot_access', noSeat],
  ['not_signed_up', noSeat],
  ['codespaces_demo_inactive', noSeat],
  ['subscription_ended', ended],
  ['expired_coupon', ended],
  ['revoked_coupon', ended],
  ['enterprise_managed_user_account', policy],
  ['feature_flag_blocked', policy],
  ['snippy_not_configured', policy],
  ['spammy_user', revoked],
  ['access_revoked', revoked],
  ['go_http_client', revoked],
  ['programmatic_token_generation', revoked],
  ['billing_locked', billing],
  ['trade_restricted', trade],
  ['trade_restricted_country', trade],
])

const longestText = 400

/**
 * What GitHub's refusal of a token or account call means. Reasons: `bad-credentials`, `github-rate-limited`,
 * `github-failed`, `copilot-no-seat` and its like, `copilot-refused` for a 403 in other words, which are kept.
 * `secret` is the token that was sent: an answer that repeats it is not repeated.
 */
export function gitHubRefusal(answer: Answer, host: string, secret: string, now: number): GatewayError {
  const text = answer.body.toString()
  const body = parseJson(text)
  const read = asObject(body)
  const details = asObject(read?.['error_details'])
  const id = asString(details?.['notification_id'])
  const said = hide(asString(details?.['message']) ?? asString(read?.['message']) ?? plainText(text), secret)
  const requestId = headerText(answer, 'x-github-request-id')
  const upstream: UpstreamError = {
    ...(id !== undefined && { code: id }),
    ...(body !== undefined && !text.includes(secret) && { body }),
    ...(requestId !== undefined && { requestId }),
  }
  const { status } = answer

  if (status === 429 || said.startsWith('API rate limit exceeded') || /secondary rate limit/i.test(said)) {
    const retryAfter = secondsToWait(answer, now)
    return new GatewayError('rate-limited', 429, `${host} limits the rate of sign-in calls: ${said}`, {
      reason: 'github-rate-limited',
      upstream,
      ...(retryAfter !== undefined && { retryAfter }),
    })
  }
  if (status === 401) {
    const message = `${host} does not accept the sign-in${said === '' ? '' : `: ${said}`}`
    return new GatewayError('unauthorized', 401, message, {
      reason: 'bad-credentials',
      fix: 'crossfeed auth login',
      upstream,
    })
  }
  const meaning = id === undefined ? undefined : meanings.get(id)
  if (meaning !== undefined) {
    return new GatewayError('forbidden', 403, `GitHub refused Copilot: "${said}" (${id}).`, { ...meaning, upstream })
  }
  if (status >= 500 || id === 'server_error') {
    return new GatewayError('upstream', 502, `${host} could not answer the sign-in (${status})${said && `: ${said}`}`, {
      reason: 'github-failed',
      upstream,
    })
  }
  return new GatewayError('forbidden', 403, `${host} refused Copilot (${status})${said && `: ${said}`}`, {
    reason: 'copilot-refused',
    fix: 'crossfeed auth login',
    upstream,
  })
}

/** Whether a refusal only says that this kind of token is not exchanged, and must be used as it is. */
export function isNotExchangeable(answer: Answer): boolean {
  if (answer.status === 404) return true
  const text = answer.body.toString()
  return (
    answer.status === 403 &&
    /Resource not accessible by personal access token/i.test(text) &&
    !text.includes('error_details')
  )
}

function secondsToWait(answer: Answer, now: number): number | undefined {
  const after = asNumber(Number(headerText(answer, 'retry-after') ?? Number.NaN))
  if (after !== undefined) return after
  const reset = asNumber(Number(headerText(answer, 'x-ratelimit-reset') ?? Number.NaN))
  return reset === undefined ? undefined : Math.max(0, Math.ceil(reset - now / 1000))
}

function headerText(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function plainText(text: string): string {
  return text.trimStart().startsWith('<') ? '' : text.trim()
}

function hide(text: string, secret: string): string {
  return text.replaceAll(secret, '…').slice(0, longestText)
}
