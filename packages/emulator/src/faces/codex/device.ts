import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { stringOf } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { facePrefix } from '../face.ts'
import { nextAccount } from './accounts.ts'
import { challengeOf, createGrant, fieldsOf, htmlOutcome, oauthError } from './sign-in.ts'
import { clientId } from './tokens.ts'

const letters = 'BCDFGHJKLMNPQRSTVWXZ23456789'
const word = (length: number): string => Array.from({ length }, () => letters[randomInt(letters.length)]).join('')

const notFound = (): Refusal => new Refusal(404, 'Not Found', { body: { detail: 'Not Found' } })

/** `POST /api/accounts/deviceauth/usercode`: 404 where the account has no device sign-in; `interval` is a string (Q43). */
export function startDevice(call: Call, state: EmulatorState): Outcome {
  const { quirks, options, codex } = state
  if (quirks['codex-device-disabled']) throw notFound()
  if (fieldsOf(call)['client_id'] !== clientId) throw oauthError(401, 'invalid_client', 'The client is not known')
  const id = `deviceauth_${randomUUID()}`
  const userCode = `${word(4)}-${word(5)}`
  codex.devices.set(id, { userCode, expiresAt: options.now() + 15 * 60_000, polls: 0, approved: false })
  return jsonOutcome({
    device_auth_id: id,
    [quirks['codex-device-usercode'] ? 'usercode' : 'user_code']: userCode,
    interval: quirks['codex-interval-string'] ? String(options.deviceInterval) : options.deviceInterval,
  })
}

/** `POST /api/accounts/deviceauth/token`: 403 or 404 until a person typed the code; then a code and its PKCE pair. */
export function pollDevice(call: Call, state: EmulatorState): Outcome {
  const { codex, options, quirks } = state
  const { device_auth_id: id, user_code: userCode } = fieldsOf(call)
  const device = codex.devices.get(stringOf(id))
  const pending = quirks['codex-device-pending-404']
    ? notFound()
    : new Refusal(403, 'pending', {
        body: { error: { message: 'Device authorization is pending.', code: 'deviceauth_authorization_unknown' } },
      })
  // An unknown code and one that waits look the same to the client.
  if (device === undefined || device.userCode !== userCode || device.expiresAt < options.now()) throw pending
  device.polls += 1
  const { approveAfter } = options
  if (!device.approved && (approveAfter === 'manual' || device.polls <= approveAfter)) throw pending
  codex.devices.delete(stringOf(id))
  const verifier = randomBytes(48).toString('base64url')
  const challenge = challengeOf(verifier)
  const redirectUri = `${issuerOf(call)}/deviceauth/callback`
  const code = createGrant(state, { account: nextAccount(codex), redirectUri, challenge })
  return jsonOutcome({ authorization_code: code, code_challenge: challenge, code_verifier: verifier })
}

/** The issuer's address as this client knows it: it may say localhost or 127.0.0.1. */
const issuerOf = ({ headers }: Call): string => `http://${headers.host ?? ''}${facePrefix('codexAuth')}`

/** `GET /codex/device`: where a person types the code. */
export const showDevice = (): Outcome =>
  htmlOutcome('<form method="post"><input name="user_code" autofocus> <button>Continue</button></form>')

/** `POST /codex/device`: the code that was typed. */
export function enterDevice(call: Call, state: EmulatorState): Outcome {
  const code = stringOf(fieldsOf(call)['user_code']).trim().toUpperCase()
  const count = code === '' ? 0 : approveCodexDevices(code, state)
  return count === 0
    ? htmlOutcome('<p>This code is not known.</p>', 400)
    : htmlOutcome('<p>You are signed in. You may close this page.</p>')
}

/** The user enters a code; without one, every code that waits. Gives how many were approved. */
export function approveCodexDevices(userCode: string | undefined, { codex }: EmulatorState): number {
  const waiting = [...codex.devices.values()].filter((device) => userCode === undefined || device.userCode === userCode)
  for (const device of waiting) device.approved = true
  return waiting.length
}
