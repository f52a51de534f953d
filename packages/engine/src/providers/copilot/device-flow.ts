import { asNumber, asString, GatewayError, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import type { Clock } from '../../ports.ts'
import { wait } from '../../ports.ts'
import type { Transport } from '../../transport/http.ts'
import { addressOf } from './hosts.ts'
import type { Hosts } from './hosts.ts'
import type { OAuthApp } from './oauth-apps.ts'

/** What a person must be shown: the code to type, where, and for how many seconds it holds. */
interface DeviceCode {
  readonly userCode: string
  readonly verificationUri: string
  readonly expiresIn: number
}

/** Where a sign-in is. `waiting` names the seconds until the next question to GitHub. */
export type DeviceState =
  | ({ readonly state: 'code' } & DeviceCode)
  | { readonly state: 'waiting'; readonly seconds: number }
  | { readonly state: 'done' }

export interface DeviceFlowOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly hosts: Hosts
  readonly app: OAuthApp
  readonly onState: (state: DeviceState) => void
  readonly signal?: AbortSignal
}

/** GitHub counts a question that comes a moment early as too early. */
const marginSeconds = 1
const defaultInterval = 5
const slowDownSeconds = 5
const defaultExpiry = 900

/**
 * Signs a person in by the OAuth device flow (RFC 8628, as GitHub speaks it) and gives the token. Throws reasons
 * `sign-in-expired`, `sign-in-denied`, `sign-in-cancelled`, `sign-in-app` (wrong client id or flow not enabled),
 * `sign-in-refused`, or a network reason.
 */
export async function signInByDevice(options: DeviceFlowOptions): Promise<string> {
  const { clock, app, onState, signal } = options
  const answer = await post(options, '/login/device/code', { client_id: app.clientId, scope: app.scope })
  const deviceCode = asString(answer['device_code'])
  const userCode = asString(answer['user_code'])
  if (deviceCode === undefined || userCode === undefined) throw refusal(answer, app)
  const expiresIn = asSeconds(answer['expires_in']) ?? defaultExpiry
  const verificationUri = asString(answer['verification_uri']) ?? `${options.hosts.web}/login/device`
  onState({ state: 'code', userCode, verificationUri, expiresIn })

  const deadline = clock.now() + expiresIn * 1000
  let interval = asSeconds(answer['interval']) ?? defaultInterval
  for (;;) {
    const seconds = interval + marginSeconds
    if (clock.now() + seconds * 1000 > deadline) throw expired()
    onState({ state: 'waiting', seconds })
    await wait(clock, seconds * 1000, signal).catch(() => {
      throw cancelled()
    })
    const reply = await ask(options, deviceCode)
    if (signal?.aborted) throw cancelled()
    const token = asString(reply['access_token'])
    if (token) {
      onState({ state: 'done' })
      return token
    }
    const error = asString(reply['error'])
    if (error === 'slow_down') interval = asSeconds(reply['interval']) ?? interval + slowDownSeconds
    else if (error === 'connection') interval += slowDownSeconds
    else if (error !== 'authorization_pending') throw refusal(reply, app)
  }
}

/** A network failure in the middle must not lose the code that a person is typing: it is asked again, later. */
async function ask(options: DeviceFlowOptions, deviceCode: string): Promise<JsonObject> {
  try {
    return await post(options, '/login/oauth/access_token', {
      client_id: options.app.clientId,
      device_code: deviceCode,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    })
  } catch (cause) {
    if (cause instanceof GatewayError && (cause.code === 'upstream' || cause.code === 'timeout'))
      return { error: 'connection' }
    throw cause
  }
}

async function post({ transport, hosts }: DeviceFlowOptions, path: string, body: JsonObject): Promise<JsonObject> {
  const answer = await transport.request(
    {
      method: 'POST',
      ...addressOf(hosts.web, path),
      headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'crossfeed' },
      body: JSON.stringify(body),
      timeouts: { headers: 30_000, idle: 30_000 },
    },
    256 * 1024,
  )
  const text = answer.body.toString()
  // Without a word on the format GitHub answers form-encoded; some proxies drop the Accept header.
  const read = parseObject(text) ?? (text.includes('=') && !text.includes('<') ? formObject(text) : undefined)
  if (read !== undefined && (answer.status < 400 || 'error' in read)) return read
  const { host } = new URL(hosts.web)
  if (answer.status >= 500) {
    throw new GatewayError('upstream', 502, `${host} answered the sign-in with ${answer.status}.`, {
      reason: 'sign-in-refused',
    })
  }
  throw new GatewayError('unauthorized', 401, `${host} does not take part in the device sign-in (${answer.status}).`, {
    reason: 'sign-in-refused',
    fix: 'Check the address of the host and the client id of the OAuth app.',
  })
}

function formObject(text: string): JsonObject {
  return Object.fromEntries(new URLSearchParams(text))
}

function asSeconds(value: unknown): number | undefined {
  const seconds = asNumber(typeof value === 'string' ? Number(value) : value)
  return seconds !== undefined && seconds >= 0 ? seconds : undefined
}

function refusal(answer: JsonObject, app: OAuthApp): GatewayError {
  const error = asString(answer['error']) ?? ''
  const said = asString(answer['error_description']) ?? error
  switch (error) {
    case 'expired_token':
      return expired()
    case 'access_denied':
      return new GatewayError('unauthorized', 401, 'The sign-in was denied on the GitHub page.', {
        reason: 'sign-in-denied',
        fix: 'crossfeed auth login',
      })
    case 'incorrect_client_credentials':
    case 'device_flow_disabled':
    case 'unauthorized_client':
    case 'Not Found':
      return new GatewayError(
        'unauthorized',
        401,
        `GitHub does not let the app ${app.name} sign in by device: ${said}`,
        {
          reason: 'sign-in-app',
          fix: 'Check the client id, and that the app has "Device Flow" enabled.',
        },
      )
    default:
      return new GatewayError('unauthorized', 401, `GitHub refused the sign-in: ${said || 'the answer has no code'}`, {
        reason: 'sign-in-refused',
        fix: 'crossfeed auth login',
      })
  }
}

function expired(): GatewayError {
  return new GatewayError('unauthorized', 401, 'The code expired before it was entered.', {
    reason: 'sign-in-expired',
    fix: 'crossfeed auth login',
  })
}

function cancelled(): GatewayError {
  return new GatewayError('cancelled', 499, 'The sign-in was cancelled.', { reason: 'sign-in-cancelled' })
}
