import { GatewayError } from '@crossfeed/protocols'
import { readPlainUrl } from '../base-url.ts'

/** The addresses of one ChatGPT sign-in. Bases have no slash at the end. */
export interface CodexHosts {
  /** Who issues the sign-in: part of a stored one's key. */
  readonly host: string
  /** Sign-in pages, tokens, device codes. */
  readonly auth: string
  /** `/responses` and `/models`. */
  readonly api: string
}

/** Which addresses the owner of the sign-in named; URLs may carry a path prefix. */
export interface CodexHostOptions {
  /** Instead of https://auth.openai.com (`CROSSFEED_CODEX_AUTH_URL`). */
  readonly authUrl?: string | undefined
  /** Instead of https://chatgpt.com/backend-api/codex (`CROSSFEED_CODEX_URL`). */
  readonly apiUrl?: string | undefined
}

const publicAuth = 'https://auth.openai.com'
const publicApi = 'https://chatgpt.com/backend-api/codex'

/**
 * Derives the addresses. Throws `config-hosts` where only the issuer is named: a sign-in of that issuer must not reach the
 * public service because one of two addresses was left out.
 */
export function createCodexHosts(options: CodexHostOptions = {}): CodexHosts {
  const { authUrl, apiUrl } = options
  if (authUrl && !apiUrl) {
    throw new GatewayError('invalid-request', 400, 'CROSSFEED_CODEX_AUTH_URL is set, CROSSFEED_CODEX_URL is not.', {
      reason: 'config-hosts',
      fix: 'Set both, or neither.',
    })
  }
  const auth = authUrl ? readPlainUrl(authUrl) : publicAuth
  return { host: new URL(auth).host, auth, api: apiUrl ? readPlainUrl(apiUrl) : publicApi }
}

/** Splits a base and a path into what a transport call takes. */
export function addressOf(base: string, path: string): { origin: string; path: string } {
  const { origin, pathname } = new URL(base)
  return { origin, path: pathname.replace(/\/$/, '') + path }
}
