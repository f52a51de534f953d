import {
  codexApp,
  createCodexHosts,
  createOAuthStore,
  createTransport,
  loadCodexCliSignIn,
  revokeCodexSignIn,
  signInToCodexByBrowser,
  signInToCodexByDevice,
  systemClock,
  type BrowserState,
  type CodexDeviceState,
  type CodexHosts,
  type FoundCodexSignIn,
  type OAuthKey,
  type OAuthSignIn,
  type OAuthStore,
  type Transport,
} from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import { requireHome } from '../../config/home.ts'
import { saveProvider } from '../../config/save-provider.ts'
import { usageError, type Settings } from '../../config/settings.ts'
import { version } from '../../version.ts'
import type { Context } from '../context.ts'
import { wrapLines } from '../terminal/wrap.ts'
import { openBrowser } from './open-browser.ts'

/** The name that a ChatGPT sign-in goes by where none is configured. */
const usualName = 'codex'

/** Where ChatGPT sign-ins of these settings are made and kept. */
export interface CodexPlaces {
  readonly hosts: CodexHosts
  readonly store: OAuthStore
  keyOf(name: string): OAuthKey
}

/** Opens the places that belong to the settings. Throws `config-hosts`. */
export function openCodex(settings: Pick<Settings, 'home' | 'upstreams'>): CodexPlaces {
  const { codexAuth, codex } = settings.upstreams
  const hosts = createCodexHosts({ authUrl: codexAuth, apiUrl: codex })
  return { hosts, store: createOAuthStore(settings.home), keyOf: (provider) => ({ provider, host: hosts.host }) }
}

/**
 * The provider whose ChatGPT sign-in is meant by a name: that of this name, or by `codex` the one that is configured under
 * another; undefined where the name is another kind of provider's. Throws `usage` where `codex` may mean several.
 */
export function chooseCodex(settings: Settings, name: string): string | undefined {
  const names = settings.codex.map((one) => one.name)
  if (names.includes(name)) return name
  if (name !== usualName || settings.providers.some((one) => one.name === name)) return undefined
  if (names.length < 2) return names[0] ?? usualName
  throw usageError(`Several providers are ChatGPT sign-ins: ${names.join(', ')}`, `Give --provider ${names[0]}.`)
}

/**
 * Signs in to ChatGPT, by browser or (`--device`) by a code, keeps the sign-in and configures the provider where it is not
 * yet; false when the person changed their mind.
 */
export async function signInToCodex(context: Context, settings: Settings, name: string): Promise<boolean> {
  requireHome(settings.home)
  const places = openCodex(settings)
  const key = places.keyOf(name)
  if ((await places.store.load(key)) === undefined && !(await confirmApp(context))) return false
  const signIn = await withTransport(context, settings, (transport) => ask(context, { ...places, transport }, key))
  context.learnSecrets([signIn.accessToken, signIn.refreshToken, signIn.idToken])
  await places.store.save(signIn)
  await configure(settings, name)
  report(context, settings, signIn)
  return true
}

/** Removes the kept sign-in and makes it void at OpenAI, as far as that can be reached. Undefined when there was none. */
export async function signOutOfCodex(
  context: Context,
  settings: Settings,
  name: string,
): Promise<OAuthSignIn | undefined> {
  const { hosts, store, keyOf } = openCodex(settings)
  const signIn = await store.load(keyOf(name))
  if (signIn === undefined) return undefined
  await store.remove(signIn)
  context.learnSecrets([signIn.accessToken, signIn.refreshToken, signIn.idToken])
  await withTransport(context, settings, (transport) => revokeCodexSignIn({ transport, hosts, version }, signIn)).catch(
    (error: unknown) => {
      const why = error instanceof GatewayError ? error.message : 'an unknown failure'
      context.say(`It is removed here, but OpenAI could not be told: ${why}`)
    },
  )
  return signIn
}

/** Copies the sign-in of the Codex CLI; undefined where there is none. Nothing is changed there. */
export async function importCodexSignIn(context: Context, settings: Settings): Promise<FoundCodexSignIn | undefined> {
  const { store, keyOf } = openCodex(settings)
  const name = settings.codex[0]?.name ?? chooseCodex(settings, usualName)
  if (name === undefined) return undefined
  const found = await loadCodexCliSignIn(keyOf(name), { env: context.env, now: Date.now() })
  if (found === undefined) return undefined
  requireHome(settings.home)
  context.learnSecrets([found.signIn.accessToken, found.signIn.refreshToken, found.signIn.idToken])
  await store.save(found.signIn)
  await configure(settings, name)
  context.say(
    `Codex and Crossfeed now share one sign-in: the first of them to renew it signs the other one out.
For one each: crossfeed auth login --provider ${name}`,
  )
  return found
}

async function configure(settings: Settings, name: string): Promise<void> {
  // The words of copilot-api for the same (AUTH-26).
  if (!settings.codex.some((one) => one.name === name))
    await saveProvider(settings, name, { type: 'codex', authType: 'oauth2' })
}

async function withTransport<T>(context: Context, settings: Settings, work: (transport: Transport) => Promise<T>) {
  const { network, timeouts } = settings
  const transport = createTransport({ ...network, timeouts, env: context.env })
  try {
    return await work(transport)
  } finally {
    await transport.close()
  }
}

function ask(
  context: Context,
  parts: { readonly hosts: CodexHosts; readonly transport: Transport },
  key: OAuthKey,
): Promise<OAuthSignIn> {
  const { hosts, transport } = parts
  const shared = { transport, hosts, version, clock: systemClock, key, signal: context.signal }
  if (context.flags.device) return signInToCodexByDevice({ ...shared, onState: (state) => showCode(context, state) })
  return signInToCodexByBrowser({
    ...shared,
    onState: (state) => showPage(context, state),
    readPasted: context.interactive ? readPasted : undefined,
  })
}

/** One notice at the first use of an app that is somebody else's; a script has chosen by naming the provider. */
async function confirmApp(context: Context): Promise<boolean> {
  context.say(`${context.interactive ? '\n' : ''}This signs in with the app of ${codexApp.belongsTo},
not with one of Crossfeed. Whether you may use it so is between you and OpenAI:
check the terms of your plan.`)
  if (!context.interactive) return true
  return (await context.prompts.confirm('Go on?')) === true
}

function showPage({ flags, out, env, interactive, style }: Context, { url, port }: BrowserState): void {
  if (flags.json) return out(JSON.stringify({ schema: 1, url, port: port ?? null }))
  out(`${style.bold('Open this page')} and sign in:\n\n${url}\n`)
  if (port === undefined)
    out(wrapLines('Its way back is in use on this machine: paste the address at which the browser ends.', style))
  else out(`Waiting for it to come back on port ${port}; it may take 15 minutes. Ctrl-C stops.`)
  if (interactive) openBrowser(url, env)
}

async function readPasted(signal: AbortSignal, problem?: string): Promise<string> {
  const { isCancel, text } = await import('@clack/prompts')
  const hint = 'No browser here? Paste the address at which it ended'
  const answer = await text({ message: problem === undefined ? hint : `${problem} ${hint}`, signal })
  // Ended because the browser came back: nobody waits for this answer any more.
  if (isCancel(answer) && signal.aborted) return new Promise(() => {})
  if (isCancel(answer))
    throw new GatewayError('cancelled', 499, 'The sign-in was cancelled.', { reason: 'sign-in-cancelled' })
  return answer
}

function showCode({ flags, out, style }: Context, state: CodexDeviceState): void {
  const { userCode, verificationUri, expiresIn } = state
  if (flags.json) return out(JSON.stringify({ schema: 1, userCode, verificationUri, expiresIn }))
  out(
    `\nYour code   ${style.bold(userCode)}\nPage        ${verificationUri}\n\nWaiting for you to enter it; it holds ${Math.round(expiresIn / 60)} minutes. Ctrl-C stops.`,
  )
}

function report({ flags, out, style }: Context, { home }: Settings, signIn: OAuthSignIn): void {
  const { provider, email, plan } = signIn
  const folder = `${home}/credentials/oauth`
  if (flags.json) return out(JSON.stringify({ schema: 1, provider, login: email, plan, folder }))
  const who = `${email ?? 'somebody'}${plan === undefined ? '' : `, ChatGPT ${plan}`}`
  out(`${style.green('✓')} Signed in as ${who} (${provider})`)
  out(wrapLines(`  Kept in ${folder}, readable by you only.`, style))
}
