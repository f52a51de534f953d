import { asString, GatewayError, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import type { OAuthKey, OAuthSignIn } from '../../credentials/oauth-store.ts'
import type { Clock } from '../../ports.ts'
import { wait } from '../../ports.ts'
import type { Answer } from '../../transport/http.ts'
import { codexApp } from './identity.ts'
import { askIssuer, exchangeCode, isBusy, loginCommand, signInOf, unavailable, type IssuerAccess } from './oauth.ts'

/** What a person must be shown: the code to type, where, and for how many seconds it holds. */
export interface CodexDeviceState {
  readonly state: 'code'
  readonly userCode: string
  readonly verificationUri: string
  readonly expiresIn: number
}

export interface CodexDeviceFlowOptions extends IssuerAccess {
  readonly clock: Clock
  /** What the sign-in will be kept under. */
  readonly key: OAuthKey
  readonly onState: (state: CodexDeviceState) => void
  readonly signal?: AbortSignal | undefined
}

const limitSeconds = 15 * 60
const defaultInterval = 5
const slowDownSeconds = 5

/**
 * Signs a person in with a code that they type elsewhere, and gives the sign-in, which the caller keeps. The issuer's own form
 * of it (copilot-protocol.md §10.1): no RFC 8628, and it makes the PKCE pair itself. Throws reasons `sign-in-expired`,
 * `sign-in-cancelled`, `sign-in-app` (not enabled for the account), `sign-in-refused`, `sign-in-unavailable`, or a network reason.
 */
export async function signInToCodexByDevice(options: CodexDeviceFlowOptions): Promise<OAuthSignIn> {
  const { clock, hosts, key, signal } = options
  const answer = await askIssuer(options, '/api/accounts/deviceauth/usercode', { client_id: codexApp.clientId }, 'json')
  const begun = answer.status === 200 ? bodyOf(answer) : {}
  const deviceId = asString(begun['device_auth_id'])
  const userCode = asString(begun['user_code']) ?? asString(begun['usercode'])
  if (deviceId === undefined || userCode === undefined) throw refusal(options, answer)
  options.onState({
    state: 'code',
    userCode,
    verificationUri: `${hosts.auth}/codex/device`,
    expiresIn: limitSeconds,
  })

  const deadline = clock.now() + limitSeconds * 1000
  let interval = readInterval(begun['interval'])
  for (;;) {
    if (clock.now() + interval * 1000 > deadline) throw expired(key)
    await wait(clock, interval * 1000, signal).catch(() => {
      throw cancelled()
    })
    const polled = await poll(options, deviceId, userCode)
    if (signal?.aborted) throw cancelled()
    // 403 and 404 both say that nobody has typed the code yet.
    if (polled?.status === 403 || polled?.status === 404) continue
    if (polled === undefined || isBusy(polled)) {
      interval += slowDownSeconds
      continue
    }
    const granted = polled.status === 200 ? bodyOf(polled) : {}
    const code = asString(granted['authorization_code'])
    const verifier = asString(granted['code_verifier'])
    if (code === undefined || verifier === undefined) throw refusal(options, polled)
    const redirectUri = `${hosts.auth}/deviceauth/callback`
    return signInOf(key, await exchangeCode(options, { code, verifier, redirectUri }), clock.now())
  }
}

/** Undefined when the network failed: that must not lose the code that a person is typing. */
async function poll(options: CodexDeviceFlowOptions, deviceId: string, userCode: string): Promise<Answer | undefined> {
  const fields = { device_auth_id: deviceId, user_code: userCode }
  try {
    return await askIssuer(options, '/api/accounts/deviceauth/token', fields, 'json')
  } catch (error) {
    if (error instanceof GatewayError && (error.code === 'upstream' || error.code === 'timeout')) return undefined
    throw error
  }
}

function refusal({ hosts, key }: CodexDeviceFlowOptions, answer: Answer): GatewayError {
  if (isBusy(answer)) return unavailable(hosts.host, answer)
  if (answer.status === 404) {
    return new GatewayError('unauthorized', 401, `${hosts.host} does not offer the sign-in by device code here.`, {
      reason: 'sign-in-app',
      fix: `Allow device codes in the security settings of ChatGPT, or sign in by browser: ${loginCommand(key)}`,
    })
  }
  return new GatewayError('unauthorized', 401, `${hosts.host} refused the sign-in (${answer.status}).`, {
    reason: 'sign-in-refused',
    fix: loginCommand(key),
  })
}

/** It comes as a string. */
function readInterval(value: unknown): number {
  const seconds = Number(value ?? defaultInterval)
  return seconds >= 1 && seconds <= 60 ? seconds : defaultInterval
}

function bodyOf(answer: Answer): JsonObject {
  return parseObject(answer.body.toString()) ?? {}
}

function expired(key: OAuthKey): GatewayError {
  return new GatewayError('unauthorized', 401, 'The code expired before it was entered.', {
    reason: 'sign-in-expired',
    fix: loginCommand(key),
  })
}

function cancelled(): GatewayError {
  return new GatewayError('cancelled', 499, 'The sign-in was cancelled.', { reason: 'sign-in-cancelled' })
}
