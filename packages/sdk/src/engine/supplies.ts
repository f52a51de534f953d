import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  createCopilot,
  createCredentialStore,
  createHosts,
  createProvider,
  createSignInSource,
  createTransport,
  systemClock,
  type Copilot,
  type CredentialStore,
  type Log,
  type ProviderSettings,
  type Transport,
} from '@crossfeed/engine'
import { version } from '../version.ts'
import { createEnginePort } from './engine-port.ts'
import { createMemoryCredentials } from './memory-credentials.ts'
import type { ModelPort } from './model-port.ts'

/** Whose account a Copilot is, and where it is looked up. */
export interface CopilotAccess {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** Beats every other sign-in. */
  readonly gitHubToken: string | undefined
  /** Whether sign-ins that are kept on this machine may be used. */
  readonly useLoggedInUser: boolean
}

/** A way to models that is open. */
export interface Supply {
  readonly port: ModelPort
  /** Where Copilot is one of them. */
  readonly copilot: Copilot | undefined
}

/** What to open: Copilot, one's own providers, or both. */
export interface SupplyOptions extends CopilotAccess {
  readonly withCopilot: boolean
  readonly providers: readonly ProviderSettings[]
  /** The one provider that all names are looked for at. */
  readonly only?: string | undefined
  readonly clientName?: string | undefined
}

/** Opens a way to models. Nothing is asked of anybody before the first need. */
export function openSupply(options: SupplyOptions): Supply {
  const { env, log, clientName } = options
  const clock = systemClock
  const transport = createTransport({ env, clock, proxyFromEnv: true })
  const copilot = options.withCopilot ? openCopilot(options, transport) : undefined
  const parts = { transport, clock, log, version }
  const port = createEnginePort({
    copilot,
    providers: options.providers.map((settings) => createProvider(settings, parts)),
    only: options.only,
    transport,
    log,
    userAgent: clientName === undefined ? undefined : `${clientName} crossfeed-sdk/${version}`,
  })
  return { port, copilot }
}

function openCopilot(access: CopilotAccess, transport: Transport): Copilot {
  const { env, log, gitHubToken, useLoggedInUser } = access
  const hosts = createHosts({
    enterprise: env['COPILOT_API_ENTERPRISE_URL'],
    githubUrl: env['CROSSFEED_GITHUB_URL'],
    githubApiUrl: env['CROSSFEED_GITHUB_API_URL'],
    copilotUrl: env['CROSSFEED_COPILOT_URL'],
  })
  const store: CredentialStore = useLoggedInUser ? createCredentialStore(homeFolder(env)) : createMemoryCredentials()
  const loadSignIn = createSignInSource({
    explicit: gitHubToken,
    env,
    store,
    host: hosts.host,
    log,
    ...(useLoggedInUser ? {} : { loadFromCli: async () => undefined }),
  })
  return createCopilot({ transport, clock: systemClock, log, hosts, store, loadSignIn, version })
}

/** The folder of `crossfeed auth login`, so that its sign-ins serve here too (docs/sign-in.md). */
export function homeFolder(env: CopilotAccess['env']): string {
  const named = env['CROSSFEED_HOME'] || env['COPILOT_API_HOME']
  if (named) return resolve(named.replace(/^~(?=\/|$)/, homedir()))
  return join(env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'crossfeed')
}
