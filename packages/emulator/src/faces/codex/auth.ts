import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { facePrefix } from '../face.ts'
import type { UpstreamFace } from '../face.ts'
import type { Bearer } from './tokens.ts'
import { enterDevice, pollDevice, showDevice, startDevice } from './device.ts'
import { authorize, decide, giveTokens, revoke } from './sign-in.ts'
import { openAccessToken } from './tokens.ts'

type Handler = (call: Call, state: EmulatorState) => Outcome

const routes: Readonly<Record<string, Handler>> = {
  'GET /oauth/authorize': authorize,
  'POST /oauth/authorize': decide,
  'POST /oauth/token': giveTokens,
  'POST /oauth/revoke': revoke,
  'POST /api/accounts/deviceauth/usercode': startDevice,
  'POST /api/accounts/deviceauth/token': pollDevice,
  'GET /codex/device': showDevice,
  'POST /codex/device': enterDevice,
}

/** auth.openai.com: how a ChatGPT account signs in (copilot-protocol.md §10.1, Q43). */
export const codexAuthFace: UpstreamFace = {
  name: 'codexAuth',
  prefix: facePrefix('codexAuth'),
  isModelCall: () => false,
  answer: (call, state) => {
    const handler = routes[`${call.method} ${call.path}`]
    if (handler === undefined) throw new Refusal(404, 'Not Found', { body: { detail: 'Not Found' } })
    return handler(call, state)
  },
  writeRefusal: ({ status, message, details }) =>
    jsonOutcome(details.body ?? { error: { message } }, status, details.headers),
}

const refuseToken = (code: string, message: string): Refusal =>
  new Refusal(401, message, { body: { error: { message, type: null, code, param: null }, status: 401 } })

/** Lets a call to chatgpt.com in: a living access token, and the account that it is for. Throws 401 or 403. */
export function readBearer(call: Call, state: EmulatorState): Bearer {
  const token = /^bearer (\S+)$/i.exec(call.headers.authorization ?? '')?.[1]
  if (token === undefined) throw new Refusal(401, 'Unauthorized', { body: { detail: 'Unauthorized' } })
  const bearer = openAccessToken(token, state)
  if (bearer === undefined) {
    throw refuseToken('token_invalid', 'Could not parse your authentication token. Please try signing in again.')
  }
  if (bearer.expiresAt <= state.options.now() || bearer.madeAt < state.tokensValidFrom) {
    throw refuseToken('token_expired', 'Provided authentication token is expired. Please try signing in again.')
  }
  if (state.codex.revoked.has(bearer.family)) {
    throw refuseToken('token_revoked', 'Your authentication token has been revoked. Please try signing in again.')
  }
  if (call.headers['chatgpt-account-id'] !== bearer.account.id) {
    throw new Refusal(403, 'Forbidden', { body: { detail: 'Forbidden' } })
  }
  return bearer
}
