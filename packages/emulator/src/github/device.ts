import { randomBytes } from 'node:crypto'
import { isObject, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { Refusal } from '../refusal.ts'
import { jsonOutcome } from '../server/outcome.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, DeviceCode, EmulatorState } from '../state.ts'

const clientIds = /^(Iv1\.[0-9a-f]{16}|Iv23\w+|Ov23\w+|[0-9a-f]{20})$/

/** GitHub answers forms unless JSON is asked for. */
const answer = (call: Call, body: Readonly<Record<string, string | number>>): Outcome => {
  if (stringOf(call.headers.accept).includes('json')) return jsonOutcome(body)
  const form = new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)]))
  return {
    status: 200,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    chunks: [form.toString()],
  }
}

const bodyOf = (call: Call): JsonObject => (isObject(call.body) ? call.body : {})

/** `POST /login/device/code`: a new device code; 404 for a client id that is none. */
export function startDevice(call: Call, state: EmulatorState): Outcome {
  const clientId = stringOf(bodyOf(call)['client_id'])
  if (!clientIds.test(clientId)) throw new Refusal(404, 'Not Found', { body: { error: 'Not Found' } })
  const deviceCode = randomBytes(20).toString('hex')
  const letters = Array.from(randomBytes(8), (byte) => 'BCDFGHJKLMNPQRSTVWXZ'[byte % 20]).join('')
  const userCode = `${letters.slice(0, 4)}-${letters.slice(4)}`
  const interval = state.options.deviceInterval
  const now = state.options.now()
  state.devices.set(deviceCode, {
    clientId,
    userCode,
    scope: stringOf(bodyOf(call)['scope']),
    expiresAt: now + 899_000,
    interval,
    polls: 0,
    nextPoll: now + interval * 1000,
    approved: false,
  })
  return answer(call, {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: `${state.url}/login/device`,
    expires_in: 899,
    interval,
  })
}

/** `POST /login/oauth/access_token`: every answer has status 200, refusals too (Q1). */
export function pollDevice(call: Call, state: EmulatorState): Outcome {
  const body = bodyOf(call)
  const fail = (error: string, description: string, more: Readonly<Record<string, number>> = {}): Outcome =>
    answer(call, {
      error,
      error_description: description,
      error_uri: 'https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps',
      ...more,
    })
  if (body['grant_type'] !== 'urn:ietf:params:oauth:grant-type:device_code') {
    return fail('unsupported_grant_type', 'The grant type is not supported.')
  }
  const device = state.devices.get(stringOf(body['device_code']))
  if (device === undefined) return fail('incorrect_device_code', 'The device_code provided is not valid.')
  if (device.clientId !== body['client_id']) {
    return fail('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.')
  }
  const now = state.options.now()
  if (state.quirks['device-denied']) return fail('access_denied', 'The authorization request was denied.')
  if (state.quirks['device-expired'] || now > device.expiresAt)
    return fail('expired_token', 'The device code has expired.')
  if (state.quirks['device-slow-down'] && now < device.nextPoll) {
    device.interval += 5
    device.nextPoll = now + device.interval * 1000
    return fail('slow_down', 'Too many requests have been made in the same timeframe.', { interval: device.interval })
  }
  device.polls += 1
  device.nextPoll = now + device.interval * 1000
  const { approveAfter } = state.options
  if (!device.approved && (approveAfter === 'manual' || device.polls <= approveAfter)) {
    return fail('authorization_pending', 'The authorization request is still pending.')
  }
  state.devices.delete(stringOf(body['device_code']))
  return answer(call, { access_token: issueToken(device, state), token_type: 'bearer', scope: device.scope })
}

/** GitHub Apps get ghu_, OAuth apps gho_; tokens of an Ov23 app cannot be exchanged (D1). */
function issueToken(device: DeviceCode, state: EmulatorState): string {
  const secret = randomBytes(27).toString('base64').replaceAll(/[+/]/g, 'x')
  if (device.clientId.startsWith('Iv')) return `ghu_${secret}`
  const token = `gho_${secret}`
  if (device.clientId.startsWith('Ov23')) state.direct.add(token)
  return token
}

/** `POST /__approve`: the user enters a code (`{"user_code"}`; without one, every waiting code). Gives how many. */
export function approveDevices(userCode: string | undefined, state: EmulatorState): number {
  const waiting = [...state.devices.values()].filter((device) => userCode === undefined || device.userCode === userCode)
  for (const device of waiting) device.approved = true
  return waiting.length
}
