import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isObject, numberOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import type { EmulatorState } from '../../state.ts'
import type { CodexAccount } from './accounts.ts'

/** The client that the Codex CLI registers as (copilot-protocol.md §10.1). */
export const clientId = 'app_EMoamEEZ73f0CkXaXp7hrann'

const mac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('base64url')

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A signed string `<body>.<mac>`: good after a restart with the same secret, and never for another use. */
function sign(body: string, use: string, { options }: EmulatorState): string {
  return `${body}.${mac(`${use} ${body}`, options.secret)}`
}

function openSigned(text: string, use: string, { options }: EmulatorState): string | undefined {
  const split = text.lastIndexOf('.')
  const body = text.slice(0, Math.max(0, split))
  const given = Buffer.from(text.slice(split + 1))
  const wanted = Buffer.from(mac(`${use} ${body}`, options.secret))
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? body : undefined
}

const decode = (part: string): JsonObject => {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** What a token says of its bearer. */
export interface Bearer {
  readonly account: CodexAccount
  /** The name that all tokens of one sign-in share. */
  readonly family: string
  /** Milliseconds since 1970. */
  readonly madeAt: number
  readonly expiresAt: number
}

/** The answer of the token endpoint; Q43 lets members be missing. */
export function issueTokens(account: CodexAccount, state: EmulatorState, renewed?: string): JsonObject {
  const { codex, quirks } = state
  const family = renewed ?? randomBytes(9).toString('hex')
  const now = state.options.now()
  const claims = {
    iss: 'https://auth.openai.com',
    iat: Math.floor(now / 1000),
    exp: Math.floor(now / 1000) + codex.tokenLife,
    // Seconds are too coarse to tell tokens made before `expireTokens` from those made after it.
    jti: `${now}-${randomBytes(6).toString('hex')}`,
    session_id: family,
    'https://api.openai.com/auth': {
      chatgpt_account_id: account.id,
      chatgpt_plan_type: account.plan,
      chatgpt_user_id: `user-${account.id.slice(0, 8)}`,
    },
    'https://api.openai.com/profile': { email: account.email, email_verified: true },
  }
  const access = {
    ...claims,
    aud: ['https://api.openai.com/v1'],
    client_id: clientId,
    scp: ['openid', 'offline_access'],
  }
  const identity = { ...claims, aud: [clientId], email: account.email, email_verified: true }
  const refresh = encode({
    account,
    family,
    made: now,
    nonce: randomBytes(6).toString('hex'),
  })
  const sparse = quirks['codex-tokens-sparse']
  return {
    access_token: jwt(access, state),
    ...(!sparse && { id_token: jwt(identity, state), token_type: 'Bearer', expires_in: codex.tokenLife }),
    // A renewal may leave out the refresh token that it makes only when the old one stays good.
    ...(!(sparse && renewed !== undefined && !quirks['codex-refresh-rotates']) && {
      refresh_token: `rt_${sign(refresh, 'refresh', state)}`,
    }),
  }
}

const jwt = (claims: object, state: EmulatorState): string =>
  sign(`${encode({ alg: 'HS256', typ: 'JWT', kid: 'emulator' })}.${encode(claims)}`, 'jwt', state)

/** The bearer of an access token that was signed here, whether it has expired or not. */
export function openAccessToken(token: string, state: EmulatorState): Bearer | undefined {
  const body = openSigned(token, 'jwt', state)
  if (body === undefined) return undefined
  const claims = decode(body.split('.')[1] ?? '')
  const auth = isObject(claims['https://api.openai.com/auth']) ? claims['https://api.openai.com/auth'] : {}
  const id = stringOf(auth['chatgpt_account_id'])
  const profile = claims['https://api.openai.com/profile']
  const account = state.codex.accounts.find((one) => one.id === id) ?? {
    id,
    email: isObject(profile) ? stringOf(profile['email']) : '',
    plan: stringOf(auth['chatgpt_plan_type']),
  }
  return {
    account,
    family: stringOf(claims['session_id']),
    madeAt: Number(stringOf(claims['jti']).split('-')[0]),
    expiresAt: (numberOf(claims['exp']) ?? 0) * 1000,
  }
}

/** A refresh token that was signed here, whether it still works or not. */
export function openRefreshToken(token: string, state: EmulatorState): Bearer | undefined {
  const body = token.startsWith('rt_') ? openSigned(token.slice('rt_'.length), 'refresh', state) : undefined
  if (body === undefined) return undefined
  const { account, family, made } = decode(body)
  if (!isObject(account)) return undefined
  const madeAt = numberOf(made) ?? 0
  return {
    account: { id: stringOf(account['id']), email: stringOf(account['email']), plan: stringOf(account['plan']) },
    family: stringOf(family),
    madeAt,
    expiresAt: madeAt + state.codex.refreshLife * 1000,
  }
}
