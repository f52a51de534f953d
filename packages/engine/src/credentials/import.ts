import { homedir } from 'node:os'
import { join } from 'node:path'
import { asNumber, asObject, asString, isObject, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import { isUsableKind, kindOfToken } from './kinds.ts'
import { loadText } from './private-file.ts'
import type { Credential } from './store.ts'

/** Which program a sign-in was found at. */
export type ImportSource = 'copilot-api' | 'litellm' | 'github-copilot' | 'opencode'

/** A sign-in of another program. Nothing is changed there. */
export interface FoundCredential {
  readonly from: ImportSource
  readonly path: string
  readonly credential: Credential
  /** LiteLLM's exchanged token (the whole token answer), when it still holds. */
  readonly session?: JsonObject
}

export interface ImportOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970. */
  readonly now: number
  /** The user's home folder. */
  readonly home?: string
  readonly platform?: NodeJS.Platform
  /** Tenant of copilot-api's `ent_` files, which do not name it. */
  readonly enterprise?: string | undefined
}

const publicHost = 'github.com'

/** Looks for the sign-ins of other programs on this machine, usable ones only, each token once. */
export async function loadForeignCredentials(options: ImportOptions): Promise<FoundCredential[]> {
  const found = (
    await Promise.all([loadCopilotApi(options), loadLiteLlm(options), loadEditors(options), loadOpencode(options)])
  ).flat()
  const seen = new Set<string>()
  return found.filter(({ credential }) => {
    const key = `${credential.host}\n${credential.token}`
    if (seen.has(key) || !isUsableKind(credential.kind, false)) return false
    seen.add(key)
    return true
  })
}

/** Replaces a `~` at the start by the home folder. */
export function expandHome(path: string, home: string = homedir()): string {
  return path === '~' || path.startsWith('~/') || path.startsWith('~\\') ? join(home, path.slice(1)) : path
}

/** Plain text in `github_token`; the app and `ent_` for a tenant are in the path. */
async function loadCopilotApi(options: ImportOptions): Promise<FoundCredential[]> {
  const folder = expandHome(options.env['COPILOT_API_HOME'] || join(dataHome(options), 'copilot-api'), options.home)
  const enterprise = options.enterprise || options.env['COPILOT_API_ENTERPRISE_URL']
  const tenant = enterprise?.replace(/^[a-z]+:\/\//i, '').replace(/\/+$/, '')
  const places = ['copilot', 'opencode'].flatMap((app) => {
    const base = app === 'copilot' ? folder : join(folder, app)
    return [
      { app, host: publicHost, path: join(base, 'github_token') },
      ...(tenant ? [{ app, host: tenant, path: join(base, 'ent_github_token') }] : []),
    ]
  })
  return gather(places, async ({ app, host, path }) => {
    const token = (await loadText(path))?.trim()
    return token ? [{ from: 'copilot-api', path, credential: credentialOf(options, app, host, token) }] : []
  })
}

/** `access-token` is text, `api-key.json` the raw token answer; folder and names can be set by environment. */
async function loadLiteLlm(options: ImportOptions): Promise<FoundCredential[]> {
  const { env } = options
  const home = options.home ?? homedir()
  const folder = expandHome(env['GITHUB_COPILOT_TOKEN_DIR'] || join(home, '.config', 'litellm', 'github_copilot'), home)
  const path = join(folder, env['GITHUB_COPILOT_ACCESS_TOKEN_FILE'] || 'access-token')
  return gather([path], async () => {
    const token = (await loadText(path))?.trim()
    if (!token) return []
    const session = parseObject(
      (await loadText(join(folder, env['GITHUB_COPILOT_API_KEY_FILE'] || 'api-key.json'))) ?? '',
    )
    const holds = session !== undefined && (asNumber(session['expires_at']) ?? 0) * 1000 > options.now
    const credential = credentialOf(options, 'copilot', publicHost, token)
    return [{ from: 'litellm', path, credential, ...(holds && { session }) }]
  })
}

/** `apps.json` has keys `host:client id`, the older `hosts.json` keys `host`. */
async function loadEditors(options: ImportOptions): Promise<FoundCredential[]> {
  const base =
    options.platform === 'win32' || (options.platform === undefined && process.platform === 'win32')
      ? options.env['LOCALAPPDATA'] || join(options.home ?? homedir(), 'AppData', 'Local')
      : options.env['XDG_CONFIG_HOME'] || join(options.home ?? homedir(), '.config')
  const paths = ['apps.json', 'hosts.json'].map((name) => join(base, 'github-copilot', name))
  return gather(paths, async (path) => {
    const entries = Object.entries(parseObject((await loadText(path)) ?? '') ?? {})
    return entries.flatMap(([key, entry]): FoundCredential[] => {
      const token = isObject(entry) ? asString(entry['oauth_token']) : undefined
      if (!isObject(entry) || !token) return []
      const [host = publicHost, clientId] = key.split(':')
      const app = clientId === undefined || clientId === 'Iv1.b507a08c87ecfe98' ? 'copilot' : clientId
      return [
        { from: 'github-copilot', path, credential: credentialOf(options, app, host, token, asString(entry['user'])) },
      ]
    })
  })
}

async function loadOpencode(options: ImportOptions): Promise<FoundCredential[]> {
  const path = join(dataHome(options), 'opencode', 'auth.json')
  return gather([path], async () => {
    const file = parseObject((await loadText(path)) ?? '')
    return ['github-copilot', 'github-copilot-enterprise'].flatMap((key): FoundCredential[] => {
      const entry = asObject(file?.[key])
      const token = asString(entry?.['refresh']) || asString(entry?.['access'])
      if (entry?.['type'] !== 'oauth' || !token) return []
      const host =
        asString(entry['enterpriseUrl'])
          ?.replace(/^[a-z]+:\/\//i, '')
          .replace(/\/+$/, '') || publicHost
      return [{ from: 'opencode', path, credential: credentialOf(options, 'opencode', host, token) }]
    })
  })
}

/** One program's unreadable file must not hide the sign-ins of the others. */
async function gather<T>(
  places: readonly T[],
  load: (place: T) => Promise<FoundCredential[]>,
): Promise<FoundCredential[]> {
  const settled = await Promise.allSettled(places.map(load))
  return settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
}

function credentialOf(options: ImportOptions, app: string, host: string, token: string, login?: string): Credential {
  const createdAt = new Date(options.now).toISOString()
  return { app, host, kind: kindOfToken(token), token, ...(login !== undefined && { login }), createdAt }
}

function dataHome({ env, home }: ImportOptions): string {
  return env['XDG_DATA_HOME'] || join(home ?? homedir(), '.local', 'share')
}
