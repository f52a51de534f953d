import { createHash, randomBytes } from 'node:crypto'
import { GatewayError } from '@crossfeed/protocols'
import type { OAuthKey, OAuthSignIn } from '../../credentials/oauth-store.ts'
import type { Clock } from '../../ports.ts'
import { wait } from '../../ports.ts'
import { callbackPath, listenForCallback, type Arrival, type CallbackServer } from './callback-server.ts'
import { codexApp, originator } from './identity.ts'
import { exchangeCode, loginCommand, signInOf, type IssuerAccess } from './oauth.ts'

/** Where a sign-in by browser is: the page to open, and the port that waits for it to come back, if one could be had. */
export interface BrowserState {
  readonly state: 'page'
  readonly url: string
  readonly port: number | undefined
}

export interface BrowserFlowOptions extends IssuerAccess {
  readonly clock: Clock
  /** What the sign-in will be kept under. */
  readonly key: OAuthKey
  readonly onState: (state: BrowserState) => void
  /**
   * Asks the person for the address that the browser ended at, or the code in it: for machines without a browser, or when
   * no port is free. Asked again with what was wrong with it. `signal` says that it is no longer needed.
   */
  readonly readPasted?: ((signal: AbortSignal, problem?: string) => Promise<string>) | undefined
  readonly signal?: AbortSignal | undefined
  /** Where to listen; the two that the issuer allows by default. */
  readonly ports?: readonly number[]
}

/** The ports of the issuer's list of allowed addresses (copilot-protocol.md §10.1). */
const allowedPorts = [1455, 1457]
const limitMs = 15 * 60_000

/**
 * Signs a person in on a page of the issuer (authorization code with PKCE, RFC 7636) and gives the sign-in, which the caller
 * keeps. Throws reasons `sign-in-denied`, `sign-in-expired`, `sign-in-cancelled`, `sign-in-refused`, `port-taken` where there
 * is no way back from the page, `sign-in-unavailable`, or a network reason.
 */
export async function signInToCodexByBrowser(options: BrowserFlowOptions): Promise<OAuthSignIn> {
  const verifier = randomBytes(64).toString('base64url')
  const state = randomBytes(32).toString('base64url')
  const ports = options.ports ?? allowedPorts
  const server = await listenForCallback(ports, state)
  if (server === undefined && options.readPasted === undefined) throw noWayBack(options.key, ports)
  const redirectUri = `http://localhost:${server?.port ?? ports[0]}${callbackPath}`
  const losers = new AbortController()
  try {
    options.onState({ state: 'page', url: pageUrl(options, verifier, state, redirectUri), port: server?.port })
    const answer = await firstAnswer(options, server, state, losers.signal)
    try {
      const code = codeOf(answer, options.key)
      const tokens = await exchangeCode(options, { code, verifier, redirectUri })
      await answer.show?.()
      return signInOf(options.key, tokens, options.clock.now())
    } catch (error) {
      await answer.show?.(error instanceof GatewayError ? error.message : 'Something failed.')
      throw error
    }
  } finally {
    losers.abort()
    server?.close()
  }
}

function pageUrl({ hosts }: BrowserFlowOptions, verifier: string, state: string, redirectUri: string): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: codexApp.clientId,
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    id_token_add_organizations: 'true',
    codex_cli_simplified_flow: 'true',
    state,
    originator,
  })
  return `${hosts.auth}/oauth/authorize?${query}`
}

interface PageAnswer extends Pick<Arrival, 'query'> {
  readonly show?: Arrival['show']
}

/** What comes first: the browser, the person's paste, the end of their patience, or ours. */
async function firstAnswer(
  options: BrowserFlowOptions,
  server: CallbackServer | undefined,
  state: string,
  over: AbortSignal,
): Promise<PageAnswer> {
  const signal = options.signal === undefined ? over : AbortSignal.any([options.signal, over])
  const timeout = wait(options.clock, limitMs, signal).then(
    () => {
      throw new GatewayError('unauthorized', 401, 'The sign-in page was not answered within 15 minutes.', {
        reason: 'sign-in-expired',
        fix: loginCommand(options.key),
      })
    },
    () => {
      throw new GatewayError('cancelled', 499, 'The sign-in was cancelled.', { reason: 'sign-in-cancelled' })
    },
  )
  const ways: Promise<PageAnswer>[] = [timeout]
  if (server !== undefined) ways.push(server.arrived)
  if (options.readPasted !== undefined) ways.push(askForPaste(options.readPasted, state, signal))
  return Promise.race(ways)
}

async function askForPaste(
  readPasted: NonNullable<BrowserFlowOptions['readPasted']>,
  state: string,
  signal: AbortSignal,
): Promise<PageAnswer> {
  let problem: string | undefined
  for (;;) {
    const query = readPaste(await readPasted(signal, problem))
    if (query.has('error') || query.has('code')) {
      if ((query.get('state') ?? state) === state) return { query }
      problem = 'That address belongs to another sign-in.'
    } else problem = 'There is no code in that.'
    signal.throwIfAborted()
  }
}

/** The query of what a person pasted: the whole address, its query, `code#state`, or the code alone. */
function readPaste(text: string): URLSearchParams {
  const pasted = text.trim()
  if (/(?:^|[?&])(?:code|error)=/.test(pasted)) return new URLSearchParams(pasted.slice(pasted.indexOf('?') + 1))
  const [code = '', state] = pasted.split('#')
  if (!/^[\w.~-]{8,}$/.test(code)) return new URLSearchParams()
  return new URLSearchParams(state === undefined ? { code } : { code, state })
}

function codeOf({ query }: PageAnswer, key: OAuthKey): string {
  const code = query.get('code')
  if (code) return code
  const error = query.get('error') ?? ''
  const isDenied = error === 'access_denied'
  const shown = /^\w{1,60}$/.test(error) ? error : 'no reason was given'
  const message = isDenied ? 'The sign-in was denied on the page.' : `The page did not sign in: ${shown}.`
  throw new GatewayError('unauthorized', 401, message, {
    reason: isDenied ? 'sign-in-denied' : 'sign-in-refused',
    fix: loginCommand(key),
  })
}

function noWayBack(key: OAuthKey, ports: readonly number[]): GatewayError {
  const message = `The sign-in page comes back to port ${ports.join(' or ')} of this machine, and both are in use.`
  return new GatewayError('internal', 500, message, {
    reason: 'port-taken',
    fix: `${loginCommand(key)} --device`,
  })
}
