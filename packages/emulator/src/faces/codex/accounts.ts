/** A ChatGPT account that signs in. */
export interface CodexAccount {
  /** The claim `chatgpt_account_id`. */
  readonly id: string
  readonly email: string
  /** `free`, `go`, `plus`, `pro`, `team`, `business`, `enterprise`, `edu`. */
  readonly plan: string
  /** Percent of the five-hour window that is used; default 12. At 100 every model call answers `usage_limit_reached`. */
  readonly usedPercent?: number
}

/** How the ChatGPT faces are set up. */
export interface CodexOptions {
  /** Sign-ins take these accounts in turn; default: one on the plus plan. */
  readonly accounts?: readonly CodexAccount[]
  /** Life of an access token in seconds; default 864000, ten days. */
  readonly tokenLife?: number
  /** Life of a refresh token in seconds; default 30 days. */
  readonly refreshLife?: number
  /** Loopback ports that a sign-in page may lead back to; default 1455 and 1457. */
  readonly redirectPorts?: readonly number[]
}

/** A sign-in that a person allowed, to be exchanged for tokens once. */
export interface Grant {
  readonly account: CodexAccount
  readonly redirectUri: string
  /** S256 challenge of the verifier. */
  readonly challenge: string
  readonly expiresAt: number
}

/** A device code that was handed out. */
interface DeviceSignIn {
  readonly userCode: string
  readonly expiresAt: number
  polls: number
  approved: boolean
}

/** Everything of the ChatGPT faces that changes. Times in milliseconds. */
export interface CodexState {
  readonly accounts: readonly CodexAccount[]
  readonly tokenLife: number
  readonly refreshLife: number
  readonly redirectPorts: readonly number[]
  readonly grants: Map<string, Grant>
  readonly devices: Map<string, DeviceSignIn>
  /** Refresh tokens that were exchanged; each works once. */
  readonly used: Set<string>
  /** Sign-ins that were revoked, by the name that all their refresh tokens share. */
  readonly revoked: Set<string>
  signIns: number
}

const plus: CodexAccount = { id: 'b3c9a1f0-5d1e-4c6a-9f0e-2a7d8c4e1b55', email: 'octo@example.test', plan: 'plus' }

/** The state of the ChatGPT faces before any sign-in. */
export function createCodexState(options: CodexOptions = {}): CodexState {
  return {
    accounts: options.accounts === undefined || options.accounts.length === 0 ? [plus] : options.accounts,
    tokenLife: options.tokenLife ?? 864_000,
    refreshLife: options.refreshLife ?? 30 * 86_400,
    redirectPorts: options.redirectPorts ?? [1455, 1457],
    grants: new Map(),
    devices: new Map(),
    used: new Set(),
    revoked: new Set(),
    signIns: 0,
  }
}

/** The account of the next sign-in. */
export function nextAccount(codex: CodexState): CodexAccount {
  const account = codex.accounts[codex.signIns % codex.accounts.length] ?? plus
  codex.signIns += 1
  return account
}
