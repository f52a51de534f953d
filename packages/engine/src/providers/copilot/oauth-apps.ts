import { GatewayError } from '@crossfeed/protocols'

/** An OAuth app to sign in with. */
export interface OAuthApp {
  /** `copilot`, `opencode`, `vscode`, `copilot-cli`, or the client id itself. */
  readonly name: string
  readonly clientId: string
  readonly scope: string
  /** The product whose app it is. Its first use is to be confirmed by the person who signs in. */
  readonly belongsTo?: string
}

const scope = 'read:user'

// Client ids as public sources name them (copilot-protocol.md §1.2).
const apps: readonly OAuthApp[] = [
  {
    name: 'copilot',
    clientId: 'Iv1.b507a08c87ecfe98',
    scope,
    belongsTo: 'the GitHub Copilot plugins for Vim and JetBrains',
  },
  { name: 'opencode', clientId: 'Ov23li8tweQw6odWQebz', scope, belongsTo: 'opencode' },
  { name: 'vscode', clientId: '01ab8ac9400c4e429b23', scope, belongsTo: 'Visual Studio Code' },
  { name: 'copilot-cli', clientId: 'Ov23ctDVkRmgkPke0Mmm', scope, belongsTo: 'GitHub Copilot CLI' },
]

/** The app of a name or client id. Throws `invalid-request` when it is neither. */
export function chooseOAuthApp(nameOrId: string): OAuthApp {
  const known = apps.find((app) => app.name === nameOrId || app.clientId === nameOrId)
  if (known !== undefined) return known
  // GitHub's ids: 20 hex digits, or a prefix such as Ov23 or Iv1. and letters and digits.
  if (/^[A-Za-z0-9.]{16,40}$/.test(nameOrId)) return { name: nameOrId, clientId: nameOrId, scope }
  throw new GatewayError('invalid-request', 400, `There is no OAuth app "${nameOrId}".`, {
    reason: 'config-oauth-app',
    fix: `Use ${apps.map((app) => app.name).join(', ')}, or the client id of your own app.`,
  })
}
