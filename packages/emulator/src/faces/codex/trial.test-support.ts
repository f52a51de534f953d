import { createHash } from 'node:crypto'
import type { Trial, TrialAnswer } from '../../trial.test-support.ts'

/** The client that signs in (for tests). */
export const client = 'app_EMoamEEZ73f0CkXaXp7hrann'

const redirect = 'http://localhost:1455/auth/callback'
const verifier = 'v'.repeat(64)
/** A header that says that the body is a form (for tests). */
export const form: Readonly<Record<string, string>> = { 'content-type': 'application/x-www-form-urlencoded' }

const asked = {
  response_type: 'code',
  client_id: client,
  redirect_uri: redirect,
  scope: 'openid profile email offline_access',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
  state: 'xyz',
}

/** Opens the sign-in page (for tests). */
export const authorize = ({ url }: Trial, changed: object = {}, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}/codex-auth/oauth/authorize?${new URLSearchParams({ ...asked, ...changed })}`, {
    redirect: 'manual',
    ...init,
  })

/** The code that a page led back with (for tests). */
export const codeOf = (response: Response): string =>
  new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? ''

/** Exchanges a code for tokens (for tests). */
export const exchange = (
  { post }: Trial,
  code: string,
  changed: Readonly<Record<string, string>> = {},
): Promise<TrialAnswer> =>
  post(
    '/codex-auth/oauth/token',
    new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirect,
      client_id: client,
      code_verifier: verifier,
      ...changed,
    }).toString(),
    form,
  )

/** Renews tokens (for tests). */
export const renew = ({ post }: Trial, token: unknown): Promise<TrialAnswer> =>
  post('/codex-auth/oauth/token', { grant_type: 'refresh_token', client_id: client, refresh_token: token })

/** Begins a device sign-in (for tests). */
export const beginDevice = ({ post }: Trial): Promise<TrialAnswer> =>
  post('/codex-auth/api/accounts/deviceauth/usercode', { client_id: client })

/** Asks whether the code was typed (for tests). */
export const pollDevice = ({ post }: Trial, { json }: TrialAnswer): Promise<TrialAnswer> =>
  post('/codex-auth/api/accounts/deviceauth/token', {
    device_auth_id: json['device_auth_id'],
    user_code: json['user_code'],
  })

/** The claims of a token (for tests). */
export const claimsOf = (token: unknown) =>
  JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())

/** The headers of someone who has signed in (for tests). */
export async function signIn(trial: Trial): Promise<Record<string, string>> {
  const { json } = await exchange(trial, codeOf(await authorize(trial)))
  const token = String(json['access_token'])
  return {
    authorization: `Bearer ${token}`,
    'chatgpt-account-id': claimsOf(token)['https://api.openai.com/auth'].chatgpt_account_id,
  }
}
