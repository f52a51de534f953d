import { GatewayError, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import { fixForToken } from '../../credentials/kinds.ts'
import type { LoadSignIn, SignIn } from '../../credentials/source.ts'
import { sessionName } from '../../credentials/store.ts'
import type { CredentialStore } from '../../credentials/store.ts'
import type { Clock, Log, TimerHandle } from '../../ports.ts'
import type { Transport } from '../../transport/http.ts'
import { askGitHub, loadAccount, loadGitHubLogin } from './account.ts'
import type { GitHubAccess } from './account.ts'
import { directSession, isFresh, readSession, readTokenAnswer } from './auth-session.ts'
import type { Session } from './auth-session.ts'
import { chooseProfile, createHeaders } from './headers.ts'
import type { Hosts } from './hosts.ts'
import { gitHubRefusal, isNotExchangeable } from './refusal.ts'
import { createUnkeptWarning } from './unkept-warning.ts'

/** All that a call to the Copilot API needs to know about who makes it. The same object as long as nothing changed. */
export interface Login {
  readonly bearer: string
  /** Base of the Copilot API, checked; for `addressOf`. */
  readonly base: string
  readonly way: 'exchanged' | 'direct'
  /** The OAuth app of the sign-in, for `chooseProfile`. */
  readonly app: string | undefined
  /** For people: where the sign-in came from. */
  readonly from: string
  readonly login: string | undefined
  readonly sku: string | undefined
  /** The GitHub token, for account calls. */
  readonly githubToken: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface CopilotAuth {
  /** The login when one is at hand and fresh, without waiting. */
  current(): Login | undefined
  /** The login, made when there is none. Throws `unauthorized`, `forbidden`, `rate-limited` or a network error. */
  token(): Promise<Login>
  /**
   * Says that the Copilot API refused this bearer with 401 (stale) or 403. True when another try may succeed: it was
   * replaced already, or the next `token()` gets another one. False for a 403 to one that was itself made because of a
   * refusal, a moment ago: its age is not the fault.
   */
  invalidate(bearer: string, status: number): boolean
  /** Stops the background refresh. */
  close(): void
}

export interface CopilotAuthOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly loadSignIn: LoadSignIn
  readonly hosts: Hosts
  readonly store: CredentialStore
  readonly log: Log
  /** Crossfeed's version. */
  readonly version: string
  /** The user's own headers. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined
}

const retryMs = 15_000
/** How long a refusal stands before GitHub is asked about the same token again. */
const refusalMs = 10_000
/** How long a bearer that was made because of a refusal is kept when it gets a 403 too. */
const renewedMs = 30_000
/** Apps whose tokens GitHub does not exchange; it is not asked. */
const directApps: ReadonlySet<string> = new Set(['opencode', 'copilot-cli'])

/**
 * Creates the sign-in of one Copilot account. A GitHub token is exchanged, or used as it is when GitHub says 404. What
 * came of it is shared through the store, so that any number of requests and processes make one exchange.
 */
export function createCopilotAuth(options: CopilotAuthOptions): CopilotAuth {
  const { clock, hosts, log } = options
  const warnUnkept = createUnkeptWarning(log)
  let login: Login | undefined
  let obtainedAt = 0
  let pending: Promise<Login> | undefined
  let rejected = ''
  let renewedAt = Number.NEGATIVE_INFINITY
  let refused: { token: string; error: GatewayError; until: number } | undefined
  let timer: TimerHandle | undefined
  let closed = false

  function current(): Login | undefined {
    const now = clock.now()
    // Wall clock: after a sleep of the machine no timer has run, and the token may be long gone.
    return login !== undefined && now < login.expiresAt && obtainedAt <= now + 60_000 ? login : undefined
  }

  function token(): Promise<Login> {
    const fresh = current()
    return fresh === undefined ? renew() : Promise.resolve(fresh)
  }

  function renew(): Promise<Login> {
    pending ??= makeLogin().finally(() => (pending = undefined))
    return pending
  }

  async function makeLogin(): Promise<Login> {
    const signIn = await options.loadSignIn()
    if (refused?.token === signIn.token && clock.now() < refused.until) throw refused.error
    try {
      const shared = createSharedSession(options, signIn, warnUnkept)
      const session = await shared.load((one) => isWanted(one, signIn))
      return adopt(session, signIn)
    } catch (cause) {
      const error = explainFor(signIn, cause)
      if (error instanceof GatewayError && (error.status === 401 || error.status === 403 || error.status === 429)) {
        const waitMs = Math.max(refusalMs, (error.retryAfter ?? 0) * 1000)
        refused = { token: signIn.token, error, until: clock.now() + Math.min(waitMs, 60_000) }
      }
      throw error
    }
  }

  /** A kept session will do when it is fresh, was not refused, and is newer than what is to be replaced. */
  function isWanted(session: Session, signIn: SignIn): boolean {
    const bearer = session.way === 'direct' ? signIn.token : session.token
    if (!isFresh(session, clock.now()) || bearer === rejected) return false
    return login === undefined || bearer !== login.bearer || session.obtainedAt > obtainedAt
  }

  function adopt(session: Session, signIn: SignIn): Login {
    login = {
      bearer: session.way === 'direct' ? signIn.token : session.token,
      base: hosts.copilot(session.endpoint),
      way: session.way,
      app: signIn.app,
      from: signIn.from,
      login: session.login ?? signIn.login,
      sku: session.sku,
      githubToken: signIn.token,
      expiresAt: session.expiresAt,
    }
    obtainedAt = session.obtainedAt
    refused = undefined
    if (rejected !== '') renewedAt = clock.now()
    if (login.bearer !== rejected) rejected = ''
    schedule(session.refreshAt - clock.now())
    return login
  }

  function schedule(ms: number): void {
    if (timer !== undefined) clock.clearTimer(timer)
    timer = closed ? undefined : clock.setTimer(refresh, Math.max(1000, ms), 'background')
  }

  function refresh(): void {
    timer = undefined
    renew().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : 'unknown failure'
      log.warn(() => `The Copilot token could not be renewed, next try in ${retryMs / 1000} s: ${why}`)
      // Without a login the next request asks by itself.
      if (login !== undefined) schedule(retryMs)
    })
  }

  return {
    current,
    token,
    invalidate(bearer, status) {
      if (login?.bearer !== bearer) return true
      if (status === 403 && Math.abs(clock.now() - renewedAt) < renewedMs) return false
      rejected = bearer
      login = undefined
      return true
    },
    close() {
      closed = true
      if (timer !== undefined) clock.clearTimer(timer)
      timer = undefined
    },
  }
}

/** Under which name the store keeps what came of a GitHub token; for removing it at sign-out and for imports. */
export function copilotSessionName(hosts: Hosts, githubToken: string): string {
  return sessionName(`${hosts.host} ${hosts.api}`, githubToken)
}

/**
 * Keeps the token answer that another program had (LiteLLM's `api-key.json`) for a GitHub token, so that no exchange is
 * made before it expires. One without a token, or expired, is not kept.
 */
export async function saveImportedAnswer(
  options: Pick<CopilotAuthOptions, 'store' | 'hosts' | 'clock'>,
  githubToken: string,
  answer: JsonObject,
): Promise<void> {
  const now = options.clock.now()
  const session = readTokenAnswer(answer, now, 'kept')
  if (session === undefined || !isFresh(session, now)) return
  await options.store.saveSession(copilotSessionName(options.hosts, githubToken), { ...session })
}

interface SharedSession {
  load(isWanted: (session: Session) => boolean): Promise<Session>
}

/** The session of one GitHub token, shared with all processes on the store. */
/** A token that is not known (any more) is mended where it came from. */
function explainFor({ from }: SignIn, error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.reason !== 'bad-credentials') return error
  const { code, status, message, reason, retryAfter, upstream } = error
  return new GatewayError(code, status, message, { reason, retryAfter, upstream, fix: fixForToken(from), cause: error })
}

function createSharedSession(
  options: CopilotAuthOptions,
  signIn: SignIn,
  warnUnkept: (error: unknown) => void,
): SharedSession {
  const { store, hosts } = options
  const name = copilotSessionName(hosts, signIn.token)

  // A session that cannot be read is as good as none: a new one is made.
  const kept = async (): Promise<Session | undefined> =>
    readSession(await store.loadSession(name).catch(() => undefined))

  async function save(session: Session): Promise<void> {
    const whole: JsonObject = { ...session }
    await store.saveSession(name, whole).catch(warnUnkept)
  }

  return {
    async load(isWanted) {
      const before = await kept()
      if (before !== undefined && isWanted(before)) return before
      let work: Promise<Session> | undefined
      const make = async (): Promise<Session> => {
        // Another process may have made one while this one waited.
        const meanwhile = await kept()
        if (meanwhile !== undefined && isWanted(meanwhile)) return meanwhile
        const session = await makeSession(options, signIn, meanwhile?.login ?? signIn.login)
        await save(session)
        return session
      }
      try {
        return await store.withSessionLock(name, () => (work = make()))
      } catch (error) {
        if (work !== undefined) return work
        // The folder cannot be written (a read-only container): one process, one exchange.
        warnUnkept(error)
        return make()
      }
    },
  }
}

async function makeSession(
  options: CopilotAuthOptions,
  signIn: SignIn,
  knownLogin: string | undefined,
): Promise<Session> {
  const { transport, clock, hosts, version } = options
  const headerOptions = { profile: chooseProfile(signIn.app), version, extra: options.extraHeaders }
  const access: GitHubAccess = {
    transport,
    clock,
    hosts,
    writeHeaders: createHeaders(headerOptions),
    token: signIn.token,
  }
  if (signIn.app !== undefined && directApps.has(signIn.app)) return loadDirect(access, knownLogin, options.log)

  // The name is for people: that it is missing must not stop a sign-in.
  const name = knownLogin === undefined ? loadGitHubLogin(access).catch(() => undefined) : Promise.resolve(knownLogin)
  const answer = await askGitHub(access, 'token', '/copilot_internal/v2/token')
  if (answer.status === 200) {
    const session = readTokenAnswer(parseObject(answer.body.toString()) ?? {}, clock.now())
    if (session !== undefined) return { ...session, login: await name }
  }
  if (isNotExchangeable(answer)) return loadDirect(access, await name, options.log)
  const host = new URL(hosts.api).host
  if (answer.status < 400) {
    throw new GatewayError('upstream', 502, `${host} answered the sign-in without a token.`, {
      reason: 'github-failed',
    })
  }
  throw gitHubRefusal(answer, host, signIn.token, clock.now())
}

/** Asks where the Copilot API of a token is that is used as it is. Many such tokens may not ask: the default then holds. */
async function loadDirect(access: GitHubAccess, knownLogin: string | undefined, log: Log): Promise<Session> {
  const nothing = { endpoint: undefined, sku: undefined, login: knownLogin }
  try {
    const { endpoint, sku, login } = await loadAccount(access)
    return directSession(access.clock.now(), { endpoint, sku, login: login ?? knownLogin })
  } catch (error) {
    if (!(error instanceof GatewayError) || error.reason !== 'copilot-refused') throw error
    log.debug(() => `The account cannot be asked for its Copilot address: ${error.message}`)
    return directSession(access.clock.now(), nothing)
  }
}
