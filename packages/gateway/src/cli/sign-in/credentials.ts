import {
  createCredentialStore,
  createHosts,
  createSignInSource,
  silentLog,
  type CredentialStore,
  type Hosts,
  type LoadSignIn,
} from '@crossfeed/engine'
import type { Env } from '../../config/home.ts'
import type { Settings } from '../../config/settings.ts'

/** Where sign-ins of these settings are looked for and kept. */
export interface Credentials {
  readonly hosts: Hosts
  readonly store: CredentialStore
  /** The sign-in that a gateway with these settings uses; asks no server. */
  readonly find: LoadSignIn
}

/** Opens the credentials that belong to the settings. */
export function openCredentials(settings: Settings, env: Env): Credentials {
  const { github, githubApi, copilot } = settings.upstreams
  const hosts = createHosts({
    enterprise: settings.enterpriseDomain,
    accountType: settings.accountType,
    githubUrl: github,
    githubApiUrl: githubApi,
    copilotUrl: copilot,
    copilotBase: env.GITHUB_COPILOT_API_BASE,
  })
  const store = createCredentialStore(settings.home)
  const find = createSignInSource({ explicit: settings.githubToken, env, store, host: hosts.host, log: silentLog })
  return { hosts, store, find }
}
