import { GatewayError } from '@crossfeed/protocols'

/** What a GitHub token is, by its prefix. */
export type TokenKind = 'oauth' | 'app-user' | 'fine-grained' | 'installation' | 'classic' | 'refresh' | 'unknown'

const prefixes: readonly (readonly [string, TokenKind])[] = [
  ['gho_', 'oauth'],
  ['ghu_', 'app-user'],
  ['github_pat_', 'fine-grained'],
  ['ghs_', 'installation'],
  ['ghp_', 'classic'],
  ['ghr_', 'refresh'],
]

const names: Readonly<Record<TokenKind, string>> = {
  oauth: 'OAuth (gho_)',
  'app-user': 'app user (ghu_)',
  'fine-grained': 'fine-grained (github_pat_)',
  installation: 'installation (ghs_)',
  classic: 'classic (ghp_)',
  refresh: 'refresh (ghr_)',
  unknown: 'unknown',
}

/** The kind of a token. Tokens without a known prefix are `unknown` and are tried. */
export function kindOfToken(token: string): TokenKind {
  return prefixes.find(([prefix]) => token.startsWith(prefix))?.[1] ?? 'unknown'
}

/** Whether a kind can use Copilot. Installation tokens live an hour: they come by environment only, never from a store. */
export function isUsableKind(kind: TokenKind, fromEnvironment: boolean): boolean {
  if (kind === 'classic' || kind === 'refresh') return false
  return kind !== 'installation' || fromEnvironment
}

/** What helps where a token is refused. A new sign-in does not, while one that was given goes before it. */
export function fixForToken(from: string | undefined): string {
  const isGiven = from !== undefined && /^(?:--|[A-Z_]+$)/.test(from)
  return isGiven
    ? `Leave ${from} away, or give it another token. To sign in: crossfeed auth login`
    : 'crossfeed auth login'
}

/** The error for a kind that cannot use Copilot; it names the kind and where it is `from`, never the token. */
export function unusableKind(kind: TokenKind, from?: string): GatewayError {
  return new GatewayError(
    'unauthorized',
    401,
    `This kind of token cannot use Copilot: ${names[kind]}\nAccepted: fine-grained with "Copilot requests", or a device sign-in.`,
    { reason: 'token-kind', fix: fixForToken(from) },
  )
}
