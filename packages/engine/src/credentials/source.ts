import { GatewayError } from '@crossfeed/protocols'
import type { Log } from '../ports.ts'
import { silentLog } from '../ports.ts'
import { loadGitHubCliToken } from './github-cli.ts'
import { isUsableKind, kindOfToken, unusableKind } from './kinds.ts'
import type { CredentialKey, CredentialStore } from './store.ts'

/** A GitHub token that is ready to be used, and where it came from. */
export interface SignIn {
  readonly token: string
  /** The OAuth app it was made with; undefined when nobody knows. */
  readonly app: string | undefined
  /** For people: `--github-token`, `GH_TOKEN`, `stored sign-in (copilot)`, `gh`. */
  readonly from: string
  /** As stored; the token's own answer is asked for otherwise. */
  readonly login?: string | undefined
}

/** Finds the GitHub token of one account. Read anew at each call, so that a sign-in elsewhere is noticed. */
export type LoadSignIn = () => Promise<SignIn>

export interface SignInOptions {
  /** `--github-token`. */
  readonly explicit?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly store: CredentialStore
  readonly host: string
  /** Only this stored sign-in; by default the newest of the host. */
  readonly stored?: Omit<CredentialKey, 'host'> | undefined
  /** Replaces the GitHub CLI, for tests. */
  readonly loadFromCli?: (host: string) => Promise<string | undefined>
  readonly log?: Log
}

const variables = ['COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN'] as const

/**
 * Creates the search, in the order `--github-token`, `COPILOT_GITHUB_TOKEN`, `GH_TOKEN`, `GITHUB_TOKEN`, stored sign-in,
 * `gh`; empty counts as not set. Throws `unauthorized` with reason `token-kind` or `no-sign-in`. A token of an unusable
 * kind in one of the two variables that other programs share is passed over when something usable follows.
 */
export function createSignInSource(options: SignInOptions): LoadSignIn {
  const { store, env, host } = options
  const log = options.log ?? silentLog
  const loadFromCli = options.loadFromCli ?? ((name) => loadGitHubCliToken(name, env))
  let warned = false

  return async () => {
    const explicit = options.explicit?.trim()
    if (explicit) return checked(explicit, '--github-token')
    let passedOver: { name: string; error: GatewayError } | undefined
    for (const name of variables) {
      const token = env[name]?.trim()
      if (!token) continue
      const kind = kindOfToken(token)
      if (isUsableKind(kind, true) || name === 'COPILOT_GITHUB_TOKEN') return checked(token, name)
      passedOver ??= { name, error: unusableKind(kind, name) }
    }
    const found = (await loadStored(store, host, options.stored)) ?? (await loadCli(loadFromCli, host))
    if (found === undefined) throw passedOver?.error ?? notSignedIn(host)
    if (passedOver !== undefined && !warned) {
      warned = true
      log.warn(`The token in ${passedOver.name} cannot use Copilot and was passed over; using ${found.from}.`)
    }
    return found
  }
}

function checked(token: string, from: string): SignIn {
  const kind = kindOfToken(token)
  if (!isUsableKind(kind, true)) throw unusableKind(kind, from)
  return { token, app: undefined, from }
}

async function loadStored(
  store: CredentialStore,
  host: string,
  key: Omit<CredentialKey, 'host'> | undefined,
): Promise<SignIn | undefined> {
  const credential =
    key === undefined ? (await store.list()).find((one) => one.host === host) : await store.load({ ...key, host })
  if (credential === undefined) return undefined
  if (!isUsableKind(credential.kind, false)) throw unusableKind(credential.kind)
  const { token, app, login } = credential
  return { token, app, from: `stored sign-in (${app})`, login }
}

async function loadCli(load: (host: string) => Promise<string | undefined>, host: string): Promise<SignIn | undefined> {
  const token = await load(host)
  return token !== undefined && isUsableKind(kindOfToken(token), false)
    ? { token, app: undefined, from: 'gh' }
    : undefined
}

function notSignedIn(host: string): GatewayError {
  return new GatewayError('unauthorized', 401, `Nobody is signed in to ${host} for Copilot.`, {
    reason: 'no-sign-in',
    fix: 'crossfeed auth login',
  })
}
