import { errorWith, GatewayError } from '@crossfeed/protocols'
import { fixForToken } from '../../credentials/kinds.ts'
import type { LoadSignIn, SignIn } from '../../credentials/source.ts'
import type { TimerHandle } from '../../ports.ts'
import { isFresh } from './auth-session.ts'
import type { Session } from './auth-session.ts'
import { createSharedSession } from './shared-session.ts'
import type { SessionOptions } from './shared-session.ts'
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

export interface CopilotAuthOptions extends SessionOptions {
  readonly loadSignIn: LoadSignIn
}

const retryMs = 15_000
/** How long a refusal stands before GitHub is asked about the same token again. */
const refusalMs = 10_000
/** How long a bearer that was made because of a refusal is kept when it gets a 403 too. */
const renewedMs = 30_000

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

/** A token that is not known (any more) is mended where it came from. */
function explainFor({ from }: SignIn, error: unknown): unknown {
  if (!(error instanceof GatewayError) || error.reason !== 'bad-credentials') return error
  return errorWith(error, { fix: fixForToken(from), cause: error })
}
