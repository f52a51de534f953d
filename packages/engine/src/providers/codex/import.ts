import { homedir } from 'node:os'
import { join } from 'node:path'
import { asObject, asString, parseObject } from '@crossfeed/protocols'
import { expandHome } from '../../credentials/import.ts'
import type { OAuthKey, OAuthSignIn } from '../../credentials/oauth-store.ts'
import { loadText } from '../../credentials/private-file.ts'
import { readClaims } from './claims.ts'
import { signInOf } from './oauth.ts'

/** A sign-in of the Codex CLI. Nothing is changed there. */
export interface FoundCodexSignIn {
  readonly path: string
  readonly signIn: OAuthSignIn
}

/**
 * Looks for the sign-in of the Codex CLI: `auth.json` in `CODEX_HOME` or `~/.codex` (copilot-protocol.md §10.1). Undefined when
 * there is none, also when it is an API key. Its refresh token works once, so from then on the first program to renew it signs
 * the other one out: whoever imports it is to be told.
 */
export async function loadCodexCliSignIn(
  key: OAuthKey,
  options: {
    readonly env: Readonly<Record<string, string | undefined>>
    /** Milliseconds since 1970. */
    readonly now: number
    readonly home?: string
  },
): Promise<FoundCodexSignIn | undefined> {
  const home = options.home ?? homedir()
  const path = join(expandHome(options.env['CODEX_HOME'] || join(home, '.codex'), home), 'auth.json')
  const file = parseObject((await loadText(path)) ?? '')
  const tokens = asObject(file?.['tokens'])
  const accessToken = asString(tokens?.['access_token'])
  const refreshToken = asString(tokens?.['refresh_token'])
  if (!tokens || !accessToken || !refreshToken) return undefined
  const renewedAt = Date.parse(asString(file?.['last_refresh']) ?? '')
  const obtainedAt = Number.isNaN(renewedAt) ? options.now : Math.min(renewedAt, options.now)
  const read = signInOf(key, { accessToken, refreshToken, idToken: asString(tokens['id_token']) }, obtainedAt)
  const accountId = asString(tokens['account_id']) || read.accountId
  const { expiresAt } = readClaims(accessToken)
  return {
    path,
    // Of unknown age in truth, so that only the stated end counts.
    signIn: { ...read, accountId, expiresAt: expiresAt === undefined ? read.expiresAt : expiresAt * 1000 },
  }
}
