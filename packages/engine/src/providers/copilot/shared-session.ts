import { GatewayError, parseObject } from '@crossfeed/protocols'
import type { JsonObject } from '@crossfeed/protocols'
import type { SignIn } from '../../credentials/source.ts'
import { sessionName } from '../../credentials/store.ts'
import type { CredentialStore } from '../../credentials/store.ts'
import type { Clock, Log } from '../../ports.ts'
import type { Transport } from '../../transport/http.ts'
import { askGitHub, loadAccount, loadGitHubLogin } from './account.ts'
import type { GitHubAccess } from './account.ts'
import { directSession, isFresh, readSession, readTokenAnswer } from './auth-session.ts'
import type { Session } from './auth-session.ts'
import { chooseProfile, createHeaders } from './headers.ts'
import type { Hosts } from './hosts.ts'
import { gitHubRefusal, isNotExchangeable } from './refusal.ts'

/** What it takes to make a session of a GitHub token, and to keep it. */
export interface SessionOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly hosts: Hosts
  readonly store: CredentialStore
  readonly log: Log
  /** Crossfeed's version. */
  readonly version: string
  /** The user's own headers. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined
}

/** Apps whose tokens GitHub does not exchange; it is not asked. */
const directApps: ReadonlySet<string> = new Set(['opencode', 'copilot-cli'])

/** The session of one GitHub token, shared with all processes on the store. */
interface SharedSession {
  /** The kept session when it is wanted, else one that is made now, by one process for all. */
  load(isWanted: (session: Session) => boolean): Promise<Session>
}

/** The session of a sign-in; `warnUnkept` hears of one that could not be kept. */
export function createSharedSession(
  options: SessionOptions,
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

async function makeSession(options: SessionOptions, signIn: SignIn, knownLogin: string | undefined): Promise<Session> {
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

/** Under which name the store keeps what came of a GitHub token; for removing it at sign-out and for imports. */
export function copilotSessionName(hosts: Hosts, githubToken: string): string {
  return sessionName(`${hosts.host} ${hosts.api}`, githubToken)
}

/**
 * Keeps the token answer that another program had (LiteLLM's `api-key.json`) for a GitHub token, so that no exchange is
 * made before it expires. One without a token, or expired, is not kept.
 */
export async function saveImportedAnswer(
  options: Pick<SessionOptions, 'store' | 'hosts' | 'clock'>,
  githubToken: string,
  answer: JsonObject,
): Promise<void> {
  const now = options.clock.now()
  const session = readTokenAnswer(answer, now, 'kept')
  if (session === undefined || !isFresh(session, now)) return
  await options.store.saveSession(copilotSessionName(options.hosts, githubToken), { ...session })
}
