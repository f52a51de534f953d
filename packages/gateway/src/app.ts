import {
  createCodex,
  createCodexHosts,
  createCopilot,
  createCredentialStore,
  createEngine,
  createHosts,
  createOAuthStore,
  createProvider,
  createSignInSource,
  createTokenCounter,
  createTransport,
  systemClock,
  type Copilot,
  type Engine,
  type Provider,
  type RequestRecord,
} from '@crossfeed/engine'
import { GatewayError, tellError } from '@crossfeed/protocols'
import { createAccess } from './access/access.ts'
import type { Settings } from './config/settings.ts'
import type { GatewayLog } from './observe/log.ts'
import { openPort, type OpenPort } from './surfaces/open-port.ts'
import { createRequestIds } from './surfaces/request-id.ts'
import { createModelServer } from './surfaces/server.ts'
import { createUnderWay } from './surfaces/under-way.ts'
import { version } from './version.ts'

export interface AppParts {
  readonly log: GatewayLog
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A gateway with all its parts wired. */
export interface App {
  readonly engine: Engine
  readonly copilot: Copilot
  /** Opens the port. Rejects with the socket's error when it cannot be had. */
  listen(): Promise<{ readonly url: string; readonly port: number }>
  /** Takes no new requests, lets running ones finish for `graceMs`, then ends them with an error in their protocols. */
  close(graceMs?: number): Promise<void>
}

/** How often an end looks for connections whose answers are over. */
const idleLookMs = 50
/** How long the last words to clients may take. */
const lastWordMs = 500

/** Wires the parts of a gateway: the one place where they are made. */
export function createApp(settings: Settings, parts: AppParts): App {
  const { log, env } = parts
  const clock = systemClock
  const transport = createTransport({ ...settings.network, env, clock, timeouts: settings.timeouts })
  const { github, githubApi, copilot: copilotUrl } = settings.upstreams
  const hosts = createHosts({
    enterprise: settings.enterpriseDomain,
    accountType: settings.accountType,
    githubUrl: github,
    githubApiUrl: githubApi,
    copilotUrl,
    copilotBase: env['GITHUB_COPILOT_API_BASE'],
  })
  const store = createCredentialStore(settings.signInHome ?? settings.home, clock)
  const loadSignIn = createSignInSource({ explicit: settings.githubToken, env, store, host: hosts.host, log })
  const copilot = createCopilot({
    transport,
    clock,
    log,
    hosts,
    store,
    loadSignIn,
    version,
    extraHeaders: settings.extraHeaders,
    initiator: settings.initiator,
    efforts: settings.modelReasoningEfforts,
    cacheBreakpoints: settings.cacheBreakpoints,
    useMessagesApi: settings.useMessagesApi,
    overrides: settings.models,
  })
  const shared = { transport, clock, log, version }
  const providers = [
    ...settings.providers.map((one) => createProvider({ ...one, cacheBreakpoints: settings.cacheBreakpoints }, shared)),
    ...createCodexAccounts(settings, shared),
  ]
  const access = createAccess(settings)
  const engine = createEngine({
    isOpen: access.isOpen,
    copilot: settings.copilot ? copilot : undefined,
    providers,
    aliases: settings.aliases,
    fallbacks: settings.fallbacks,
    coolDown: settings.coolDown,
    transport,
    clock,
    log,
    record: (record) => log.requestLine(toLine(record)),
    keepAlive: settings.keepAlive,
    thought: settings.timeouts.headers,
    stall: settings.timeouts.idle,
    maxConcurrent: settings.maxConcurrent,
    retries: settings.retries,
    emptyReplies: settings.emptyReplies,
    keepAnswers: settings.keepAnswers,
    lossPolicy: settings.lossPolicy,
    modelMappings: settings.modelMappings,
  })
  const key = settings.anthropicApiKey
  const tokens = createTokenCounter({
    claudeMultiplier: settings.claudeTokenMultiplier,
    exact: key === undefined ? undefined : { key, url: settings.upstreams.anthropic, transport },
  })
  const underWay = createUnderWay()
  const server = createModelServer({
    engine,
    access,
    tokens,
    log,
    underWay,
    bodyLimit: settings.bodyLimit,
    newRequestId: createRequestIds(),
  })

  let open: OpenPort | undefined
  return {
    engine,
    copilot,
    async listen() {
      const onTwinTaken = (address: string): void =>
        log.warn(`Another program listens on ${address}: use 127.0.0.1 and not localhost.`)
      const onRefused = (error: Error): void => log.warn(`A connection could not be taken: ${error.message}`)
      open = await openPort(server, { ...settings, onTwinTaken, onRefused })
      return { url: `http://${urlHost(settings.host)}:${open.port}`, port: open.port }
    },
    async close(graceMs = 10_000) {
      let last: NodeJS.Timeout | undefined
      const force = setTimeout(() => {
        underWay.abort(stopped())
        last = setTimeout(() => server.closeAllConnections(), lastWordMs)
      }, graceMs)
      const closing = open?.close()
      server.closeIdleConnections()
      // A connection whose answer has ended meanwhile would be kept for the client's next request.
      const idle = setInterval(() => server.closeIdleConnections(), idleLookMs)
      await closing
      clearInterval(idle)
      clearTimeout(force)
      clearTimeout(last)
      await tokens.close()
      await engine.close()
    },
  }
}

/** What clients are told whose answers took too long. */
function stopped(): GatewayError {
  return new GatewayError('internal', 503, 'Crossfeed was stopped before this answer had ended.', {
    reason: 'shutting-down',
    fix: 'Ask again once it runs again.',
  })
}

/** The ChatGPT accounts among the supplies. */
function createCodexAccounts(
  { codex, upstreams, home }: Settings,
  parts: Omit<Parameters<typeof createCodex>[1], 'hosts' | 'store'>,
): Provider[] {
  if (codex.length === 0) return []
  const hosts = createCodexHosts({ authUrl: upstreams.codexAuth, apiUrl: upstreams.codex })
  const store = createOAuthStore(home, parts.clock)
  return codex.map((one) => createCodex(one, { ...parts, hosts, store }))
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function toLine(record: RequestRecord): Parameters<GatewayLog['requestLine']>[0] {
  const { usage, error } = record
  const ended = record.outcome === 'completed' ? undefined : record.outcome
  return {
    method: record.method ?? 'POST',
    path: record.path,
    model: record.model === '' ? record.asked : publicName(record),
    plan: record.plan,
    status: record.status,
    inputTokens: usage?.input,
    outputTokens: usage?.output,
    cached: usage?.cacheRead,
    firstByteMs: record.firstByteMs,
    totalMs: record.totalMs,
    initiator: record.initiator,
    left: record.left,
    changes: record.changes,
    losses: record.losses.map((loss) => `${loss.path}: ${loss.why}`),
    requestId: record.requestId,
    error: error ? tellError(error) : ended,
  }
}

/** The name by which it can be asked for: two supplies may have a model of one name. */
function publicName({ provider, model }: RequestRecord): string {
  return provider === 'copilot' || provider === '' ? model : `${provider}/${model}`
}
