import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOAuthStore, type OAuthSignIn } from '../../credentials/oauth-store.ts'
import { listenHttp, type Upstream } from '../../transport/upstream.test-support.ts'

/** A stand-in for auth.openai.com whose refresh tokens work once. For tests. */
export interface Issuer {
  readonly upstream: Upstream
  /** Path and fields of every call. */
  readonly calls: { readonly path: string; readonly fields: Record<string, string> }[]
  /** How many refresh tokens were turned into new ones. */
  grants(): number
  /** The refresh token that works now. */
  live: string
  /** Answers instead of the usual one, by path. */
  readonly instead: Record<string, { status: number; body: object | string; headers?: Record<string, string> }>
  /** Seconds that its access tokens live. */
  lifetime: number
}

/** Starts the stand-in. */
export async function startIssuer(): Promise<Issuer> {
  const calls: Issuer['calls'] = []
  const instead: Issuer['instead'] = {}
  let count = 0
  const upstream = await listenHttp((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const isJson = request.headers['content-type'] === 'application/json'
      const fields: Record<string, string> = isJson ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))
      calls.push({ path, fields })
      const { status, body, headers } = instead[path] ?? answer(path, fields)
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  const answer = (
    path: string,
    fields: Record<string, string>,
  ): { status: number; body: object; headers?: undefined } => {
    if (path !== '/oauth/token') return { status: 404, body: { error: 'unexpected path' } }
    const isRenewal = fields['grant_type'] === 'refresh_token'
    if (isRenewal && fields['refresh_token'] !== issuer.live)
      return {
        status: 401,
        body: { error: { code: 'refresh_token_reused', message: `no ${fields['refresh_token']}` } },
      }
    if (isRenewal) count++
    issuer.live = `refresh-${count}`
    return {
      status: 200,
      body: {
        access_token: accessToken(count),
        refresh_token: issuer.live,
        id_token: idToken,
        expires_in: issuer.lifetime,
      },
    }
  }
  const issuer: Issuer = { upstream, calls, grants: () => count, live: 'refresh-0', instead, lifetime: 3600 }
  return issuer
}

/** The access token after so many renewals. */
export function accessToken(count: number): string {
  return token({ count, 'https://api.openai.com/auth': { chatgpt_account_id: 'acct-1', chatgpt_plan_type: 'plus' } })
}

/** A JSON web token with these claims and no valid signature. */
export function token(claims: object): string {
  return ['{}', JSON.stringify(claims), 'canary'].map((part) => Buffer.from(part).toString('base64url')).join('.')
}

const idToken = token({ email: 'octo@example.test' })

/** A home folder with a sign-in of this issuer. */
export async function createHome(origin: string, more: Partial<OAuthSignIn> = {}) {
  const home = await mkdtemp(join(tmpdir(), 'crossfeed-codex-'))
  const key = { provider: 'codex', host: new URL(origin).host }
  const store = createOAuthStore(home)
  const signIn: OAuthSignIn = {
    ...key,
    accessToken: accessToken(0),
    refreshToken: 'refresh-0',
    idToken,
    accountId: 'acct-1',
    obtainedAt: Date.now() - 7200_000,
    expiresAt: Date.now() - 3600_000,
    ...more,
  }
  await store.save(signIn)
  return { home, key, store, signIn }
}
