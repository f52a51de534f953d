import { GatewayError, type Effort, type ProtocolId } from '@crossfeed/protocols'
import { findConfig, readConfig, type LoadedConfig } from './config-file.ts'
import type { FileConfig } from './file-config.ts'
import { expandTilde, homeFolder, type Env } from './home.ts'
import { readBytes, readDuration } from './measure.ts'
import { configError } from './problem.ts'
import { noSupplies, type Supplies } from './supplies/supplies.ts'

/** What the command line says. Each member is a flag's value as typed. */
export interface Flags {
  readonly home?: string
  readonly config?: string
  readonly port?: string
  readonly host?: string
  readonly githubToken?: string
  readonly accountType?: string
  readonly oauthApp?: string
  readonly enterpriseUrl?: string
  readonly proxyEnv?: boolean
}

type AccountType = 'individual' | 'business' | 'enterprise'

/** Limits and endpoints that the user sets for one model. */
interface ModelSettings {
  readonly endpoints?: readonly ProtocolId[]
  readonly limits?: { readonly context?: number; readonly prompt?: number; readonly output?: number }
}

/** Everything that was decided before the start: flag over environment over file over default. */
export interface Settings extends Supplies {
  /** Whether the Copilot account is one of the supplies. */
  readonly copilot: boolean
  /** Absolute path of the home folder. */
  readonly home: string
  /** Where sign-ins are kept, where that is not the home folder: a rehearsal's are thrown away. */
  readonly signInHome?: string
  /** Absolute path of the config file that was read. */
  readonly configFile: string | undefined
  /** 0 takes any free port. */
  readonly port: number
  readonly host: string
  readonly apiKeys: readonly string[]
  /** Undefined until the first start has made one: then no admin route is served. */
  readonly adminApiKey: string | undefined
  readonly corsOrigins: readonly string[]
  readonly allowedHosts: readonly string[]
  /** Bytes. */
  readonly bodyLimit: number
  /** Addresses without a slash at the end; absent ones are the services' own. */
  readonly upstreams: {
    readonly github?: string
    readonly githubApi?: string
    readonly copilot?: string
    /** For exact token counts only. */
    readonly anthropic?: string
    /** Sign-in pages and tokens of ChatGPT. */
    readonly codexAuth?: string
    /** Models of ChatGPT sign-ins. */
    readonly codex?: string
  }
  readonly network: { readonly ca?: string; readonly proxyFromEnv: boolean; readonly http2: boolean }
  /** Milliseconds. */
  readonly timeouts: { readonly connect: number; readonly headers: number; readonly idle: number }
  /** Seconds between signs of life in a silent stream; 0 for none. */
  readonly keepAlive: number
  /** Requests under way at the account at once; 0 for any number. */
  readonly maxConcurrent: number
  /** How often one request may wait and be tried again after a failure that passes. */
  readonly retries: number
  /** What becomes of an answer without a word. */
  readonly emptyReplies: 'error' | 'pass'
  /** Whether answers that clients of the Responses API let be stored are kept in memory, for supplies that keep none. */
  readonly keepAnswers: boolean
  readonly lossPolicy: 'ignore' | 'warn' | 'reject'
  readonly extraHeaders: Readonly<Record<string, string>>
  readonly accountType: AccountType | undefined
  /** `copilot`, `opencode` or a client id; undefined until the user has chosen. */
  readonly oauthApp: string | undefined
  /** A bare domain, such as `company.ghe.com`. */
  readonly enterpriseDomain: string | undefined
  /** From `--github-token` only; the environment's tokens are the engine's to read. */
  readonly githubToken: string | undefined
  /** Undefined for the token counter's own. */
  readonly claudeTokenMultiplier: number | undefined
  readonly anthropicApiKey: string | undefined
  /** Exact name → name, applied before anything else. */
  readonly modelMappings: Readonly<Record<string, string>>
  readonly models: Readonly<Record<string, ModelSettings>>
  readonly initiator: 'lastItem' | 'anyAssistant'
  /** Effort for a model when the request names none. */
  readonly modelReasoningEfforts: Readonly<Record<string, Effort>>
  /** Whether requests to Claude get cache marks where their client's protocol has none. */
  readonly cacheBreakpoints: boolean
  readonly useMessagesApi: boolean
  /** What in the file is not used yet, one line each. */
  readonly warnings: readonly string[]
}

/** What a setting is when nobody says otherwise. */
const defaults: { readonly port: 4141; readonly host: '127.0.0.1'; readonly bodyLimit: number } = {
  port: 4141,
  host: '127.0.0.1',
  bodyLimit: 64 * 1024 * 1024,
}

/**
 * The settings of a run. Writes nothing. Throws a `GatewayError` whose reason begins with `config-` for a file
 * that cannot be used, and with `usage` for a flag.
 */
export async function loadSettings(from: {
  readonly flags: Flags
  readonly env: Env
  readonly home?: string
}): Promise<Settings> {
  const { flags, env } = from
  const home = from.home ?? homeFolder(flags.home, env)
  const path = findConfig(flags.config, home)
  const loaded = path === undefined ? undefined : await readConfig(path, env)
  const [first, ...others] = loaded?.problems ?? []
  if (loaded !== undefined && first !== undefined) throw configError(loaded.name, [first, ...others], flags.config)
  return combine(home, flags, env, loaded)
}

function combine(home: string, flags: Flags, env: Env, loaded: LoadedConfig | undefined): Settings {
  const file: FileConfig = loaded?.config ?? {}
  const ca = file.network?.ca
  return {
    ...(loaded?.supplies ?? noSupplies),
    copilot: file.copilot ?? true,
    home,
    configFile: loaded?.path,
    port: flags.port === undefined ? (file.port ?? defaults.port) : readPort(flags.port),
    host: flags.host ?? file.host ?? defaults.host,
    apiKeys: [...new Set(file.auth?.apiKeys)],
    adminApiKey: file.auth?.adminApiKey,
    corsOrigins: file.cors?.origins ?? [],
    allowedHosts: file.allowedHosts ?? [],
    bodyLimit: readBytes(file.bodyLimit ?? defaults.bodyLimit) ?? defaults.bodyLimit,
    upstreams: readUpstreams(file, env),
    network: {
      ...(ca === undefined ? {} : { ca: expandTilde(ca) }),
      proxyFromEnv: flags.proxyEnv ?? file.network?.proxyFromEnv ?? false,
      http2: file.network?.http2 ?? true,
    },
    timeouts: {
      connect: readDuration(file.timeouts?.connect ?? 10) ?? 10_000,
      headers: readDuration(file.timeouts?.headers ?? 600) ?? 600_000,
      idle: readDuration(file.timeouts?.idle ?? 90) ?? 90_000,
    },
    keepAlive: (readDuration(file.keepAlive ?? 10) ?? 10_000) / 1000,
    maxConcurrent: file.maxConcurrent ?? 0,
    retries: file.retries ?? 1,
    emptyReplies: file.emptyReplies ?? 'error',
    keepAnswers: file.keepAnswers ?? true,
    lossPolicy: file.lossPolicy ?? 'warn',
    extraHeaders: file.extraHeaders ?? {},
    accountType: flags.accountType === undefined ? file.accountType : readAccountType(flags.accountType),
    oauthApp: flags.oauthApp || env.COPILOT_API_OAUTH_APP || file.oauthApp,
    enterpriseDomain: readDomain(flags.enterpriseUrl || env.COPILOT_API_ENTERPRISE_URL || file.enterpriseUrl),
    githubToken: flags.githubToken?.trim() || undefined,
    claudeTokenMultiplier: file.claudeTokenMultiplier,
    anthropicApiKey: file.anthropicApiKey,
    modelMappings: file.modelMappings ?? {},
    models: readModels(file),
    initiator: file.initiator ?? 'lastItem',
    modelReasoningEfforts: file.modelReasoningEfforts ?? {},
    cacheBreakpoints: file.cacheBreakpoints ?? true,
    useMessagesApi: file.useMessagesApi ?? true,
    warnings: loaded?.warnings ?? [],
  }
}

function readPort(value: string): number {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value)
  throw usageError(`--port ${value} is no port`, 'Give a number from 0 to 65535; 0 takes any free one.')
}

function readAccountType(value: string): AccountType {
  if (value === 'individual' || value === 'business' || value === 'enterprise') return value
  throw usageError(`Unknown account type ${value}`, 'Use individual, business or enterprise.')
}

/** `https://company.ghe.com/` and `company.ghe.com` are the same domain. */
function readDomain(value: string | undefined): string | undefined {
  if (!value) return undefined
  const domain = value
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/+$/, '')
    .toLowerCase()
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?$/.test(domain)) return domain
  throw usageError(`${value} is no enterprise domain`, 'Give the domain alone, such as company.ghe.com.')
}

function readUpstreams(file: FileConfig, env: Env): Settings['upstreams'] {
  const github = readAddress('CROSSFEED_GITHUB_URL', env) ?? file.upstreams?.github
  const githubApi = readAddress('CROSSFEED_GITHUB_API_URL', env) ?? file.upstreams?.githubApi
  const copilot = readAddress('CROSSFEED_COPILOT_URL', env) ?? file.upstreams?.copilot
  const anthropic = readAddress('CROSSFEED_ANTHROPIC_URL', env) ?? file.upstreams?.anthropic
  const codexAuth = readAddress('CROSSFEED_CODEX_AUTH_URL', env) ?? file.upstreams?.codexAuth
  const codex = readAddress('CROSSFEED_CODEX_URL', env) ?? file.upstreams?.codex
  return {
    ...(github === undefined ? {} : { github: withoutSlash(github) }),
    ...(githubApi === undefined ? {} : { githubApi: withoutSlash(githubApi) }),
    ...(copilot === undefined ? {} : { copilot: withoutSlash(copilot) }),
    ...(anthropic === undefined ? {} : { anthropic: withoutSlash(anthropic) }),
    ...(codexAuth === undefined ? {} : { codexAuth: withoutSlash(codexAuth) }),
    ...(codex === undefined ? {} : { codex: withoutSlash(codex) }),
  }
}

function readAddress(variable: string, env: Env): string | undefined {
  const value = env[variable]
  if (!value) return undefined
  if (/^https?:\/\//i.test(value) && URL.canParse(value)) return value
  throw usageError(`${variable} is no address`, 'Give it as http://host or https://host, or unset it.')
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}

/** The models with undefined members left out, as exact optional members want it. */
function readModels(file: FileConfig): Readonly<Record<string, ModelSettings>> {
  const models: Record<string, ModelSettings> = {}
  for (const [name, { endpoints, limits }] of Object.entries(file.models ?? {})) {
    const { context, prompt, output } = limits ?? {}
    models[name] = {
      ...(endpoints === undefined ? {} : { endpoints }),
      limits: {
        ...(context === undefined ? {} : { context }),
        ...(prompt === undefined ? {} : { prompt }),
        ...(output === undefined ? {} : { output }),
      },
    }
  }
  return models
}

/** An error in how the command was called: exit 2. */
export function usageError(message: string, fix: string): GatewayError {
  return new GatewayError('invalid-request', 400, message, { reason: 'usage', fix })
}
