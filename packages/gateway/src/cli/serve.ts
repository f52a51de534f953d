import { Writable } from 'node:stream'
import type { AccountSummary, Login, Model, ServedModel } from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import { refuseOpenBind } from '../access/bind.ts'
import { urlFromHere } from '../access/host.ts'
import { ensureAdminKey } from '../config/admin-key.ts'
import type { Settings } from '../config/settings.ts'
import { supplyNames } from '../config/supplies/supplies.ts'
import { createLog, type GatewayLog, type LogLevel } from '../observe/log.ts'
import type { App } from './app-port.ts'
import type { Ready } from './clients/choose-client.ts'
import { writeClientSettings } from './clients/write-settings.ts'
import { writeListening, writeModels, writeSignedIn, writeSupplies } from './banner.ts'
import { writeClaudeCode } from './clients/claude-code.ts'
import { redactFor, secretsOf, type Context } from './context.ts'
import { madeUpToken } from './emulated.ts'
import { exit, exitCodeOf } from './exit-code.ts'
import { writeError } from './terminal/print-error.ts'
import { explainListenError, noteRunning } from './running.ts'
import { servedModels } from './served-models.ts'
import type { Style } from './terminal/style.ts'
import { unlistedSupplies } from './unlisted.ts'

const graceMs = 10_000
/** What the start has under way may end by itself for so long, once it is stopped. */
const settleMs = 1000
/** An end that takes no longer than this needs no words. */
const unsaidMs = 100

/** Who is in front while a gateway runs. */
interface Front {
  /** Called when it listens and somebody is signed in, in place of the words on how to use it. */
  ready(at: Ready): Promise<void>
  /** Whether the terminal is another program's, so that request lines must not be written over it. */
  isAway(): boolean
}

/** Runs a gateway until a signal: 0 after the answers under way have ended, 130 when a second signal cuts them. */
export async function serve(context: Context, chosen: Settings, front?: Front): Promise<number> {
  const refusal = refuseOpenBind(chosen)
  if (refusal !== undefined) throw refusal
  const settings = await ensureAdminKey(chosen)
  context.learnSecrets(secretsOf(settings, context.env))
  const log = openLog(context, settings, front)
  for (const warning of settings.warnings) log.warn(warning)
  const outliveFault = (fault: unknown): void => log.error(() => `A fault of Crossfeed's own: ${describeFault(fault)}`)
  process.on('unhandledRejection', outliveFault)
  const app = await context.createApp(settings, { log, env: context.env })
  const listening = await listen(app, settings, context.command)
  const stopped = untilStopped(context, app)
  const noted = noteRunning(settings.home, { host: settings.host, port: listening.port })
  const announced = announce(context, app, settings, { ...listening, front })
  try {
    const failed = await Promise.race([announced, stopped.then(() => undefined)])
    if (failed !== undefined) {
      await app.close(0)
      throw failed
    }
    return await stopped
  } finally {
    // Its sign-in writes to folders that the caller may remove, and asks a stand-in that the caller ends.
    await atMost(settleMs, announced)
    process.off('unhandledRejection', outliveFault)
    const forget = await noted
    forget()
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}

/** One request that went wrong unseen must not end all the others (ERR-23). */
function describeFault(fault: unknown): string {
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)
}

/** Request lines and warnings go to stderr: for people when a person looks, else as JSON. */
function openLog({ flags, env }: Context, settings: Settings, front: Front | undefined): GatewayLog {
  const pretty = !flags.json && (flags.plain === true || process.stderr.isTTY)
  return createLog({
    level: levelOf(flags),
    pretty,
    stream: front ? behind(front) : process.stderr,
    redact: redactFor(settings, env),
  })
}

/** The terminal, while it is ours. */
function behind(front: Front): NodeJS.WritableStream {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!front.isAway()) process.stderr.write(chunk)
      done()
    },
  })
}

function levelOf(flags: Context['flags']): LogLevel {
  if (flags.verbose) return 'debug'
  return flags.quiet ? 'warn' : 'info'
}

async function listen(app: App, settings: Settings, command: string): Promise<{ url: string; port: number }> {
  try {
    return await app.listen()
  } catch (error) {
    await app.close(0)
    throw await explainListenError(error, { ...settings, command })
  }
}

function untilStopped({ signal, onSecondSignal, say }: Context, app: App): Promise<number> {
  return new Promise((resolve) => {
    const stop = (): void => {
      const waits = setTimeout(
        () => say('Stopping. Answers under way may finish; Ctrl-C again stops at once.'),
        unsaidMs,
      )
      void app.close(graceMs).then(() => {
        clearTimeout(waits)
        resolve(exit.done)
      })
    }
    onSecondSignal(() => resolve(exit.interrupted))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

/** Says where it listens, who is signed in, what there is and how to use it. Gives an error that ends the run. */
async function announce(
  context: Context,
  app: App,
  settings: Settings,
  at: { readonly url: string; readonly port: number; readonly front: Front | undefined },
): Promise<GatewayError | undefined> {
  const { flags, out, style } = context
  const url = urlFromHere(settings.host, at.port)
  if (!flags.json) out(writeListening(at.url, settings, style))
  try {
    const login = await signIn(context, app, settings)
    const [account, models] = await Promise.all([login && accountOf(app), modelsOf(context, app, settings)])
    if (context.signal.aborted) return undefined
    const others = supplyNames(settings)
    if (flags.json) {
      const ids = models.map((model) => model.id)
      const who = { login: login?.login ?? null, from: login?.from ?? null }
      out(JSON.stringify({ schema: 1, url: at.url, port: at.port, ...who, supplies: others, models: ids }))
    } else {
      if (login) out(writeSignedIn(login, account, style))
      if (!flags.quiet) out(writeOffer(settings, login !== undefined, models, style))
      if (at.front) await at.front.ready({ url, models })
      else if (!flags.quiet)
        out(`\n${writeClientSettings({ url, apiKeys: settings.apiKeys }, models, context)}${style.wraps ? '\n' : ''}`)
    }
    if (flags.showToken && login) await showTokens(context, app, login.githubToken)
    if (flags.claudeCode) await sayClaudeCode(context, settings, url, models)
    return undefined
  } catch (error) {
    if (isFinal(error)) return error
    if (context.signal.aborted) return undefined
    if (flags.json) out(JSON.stringify({ schema: 1, url: at.url, port: at.port }))
    complainOf(context, settings, error, 'It goes on listening, and tries again with the next request.')
    return undefined
  }
}

/** The models that are listed. Other supplies serve without a list too, by the names that their users know. */
async function modelsOf(context: Context, app: App, settings: Settings): Promise<readonly ServedModel[]> {
  try {
    return await servedModels(app.engine)
  } catch (error) {
    if (supplyNames(settings).length === 0) throw error
    // Of several, the log says what is wrong with each.
    const isOnly = supplyNames(settings).length === 1 && !settings.copilot
    if (isOnly) complainOf(context, settings, error, 'It is asked all the same.')
    return []
  }
}

/** What there is to ask for. */
function writeOffer(settings: Settings, hasCopilot: boolean, models: readonly ServedModel[], style: Style): string {
  const others = supplyNames(settings)
  // The account is asked by another process, which knows nothing of a rehearsal.
  const command = settings.githubToken === madeUpToken ? 'crossfeed models --emulate' : undefined
  if (others.length === 0) return writeModels(models, style, command)
  const aliases = settings.aliases.map(({ name }) => name)
  const unlisted = unlistedSupplies(settings)
  const supplies = hasCopilot ? ['copilot', ...others] : others
  const lines = supplies.map((name) => ({ name, unlisted: unlisted.get(name) }))
  return writeSupplies(lines, models, aliases, style, command)
}

/** Signs in to Copilot. Where there are other supplies, one that is missing or refused is said and no more. */
async function signIn(context: Context, app: App, settings: Settings): Promise<Login | undefined> {
  if (!settings.copilot) return undefined
  try {
    const login = await app.copilot.login()
    context.learnSecrets([login.bearer, login.githubToken])
    return login
  } catch (error) {
    if (supplyNames(settings).length === 0) throw error
    const isSignedOut = error instanceof GatewayError && error.reason === 'no-sign-in'
    if (isSignedOut)
      context.say(
        'Copilot is left out: nobody is signed in. crossfeed auth login adds it, copilot: false in the config file ends this line.',
      )
    else complainOf(context, settings, error, 'The other supplies are served.')
    return undefined
  }
}

/** Says what failed and what comes of it; nothing of what failed because it was stopped. */
function complainOf(context: Context, settings: Settings, error: unknown, then: string): void {
  const { flags, style } = context
  if (context.signal.aborted) return
  const redact = redactFor(settings, context.env)
  const options = { style, env: context.env, redact, json: flags.json === true, verbose: flags.verbose === true }
  // As JSON the error stands alone, so that each line can be read.
  context.complain(flags.json ? writeError(error, options).trimEnd() : `${writeError(error, options)}  ${then}`)
}

/** How to start Claude Code on it (`--claude-code`). */
async function sayClaudeCode(
  context: Context,
  settings: Settings,
  url: string,
  models: readonly Model[],
): Promise<void> {
  const command = await writeClaudeCode(context, { url, apiKeys: settings.apiKeys }, models)
  if (context.flags.json) context.out(JSON.stringify({ schema: 1, claudeCode: command ?? null }))
  else
    context.out(
      command === undefined ? 'No model to start Claude Code with.' : `\nStart Claude Code with:\n\n${command}\n`,
    )
}

/** The account is told for people's comfort: a sign-in that cannot read it works all the same. */
function accountOf(app: App): Promise<AccountSummary | undefined> {
  return app.copilot.summary().catch(() => undefined)
}

/** A sign-in that was refused will be refused again: the gateway is of no use until somebody acts. */
function isFinal(error: unknown): error is GatewayError {
  if (!(error instanceof GatewayError)) return false
  const status = exitCodeOf(error)
  return status === exit.signIn || (status === exit.refused && error.code === 'forbidden')
}

/** Prints the tokens, and the Copilot token again whenever it has changed (`--show-token`). */
async function showTokens({ out, signal }: Context, app: App, githubToken: string): Promise<void> {
  let shown = ''
  const show = async (): Promise<void> => {
    const bearer = await app.copilot.bearer()
    if (bearer !== shown) out(`Copilot token: ${bearer}`)
    shown = bearer
  }
  out(`GitHub token: ${githubToken}`)
  await show()
  // A failure to renew is in the log already.
  const timer = setInterval(() => void show().catch(() => undefined), 15_000).unref()
  signal.addEventListener('abort', () => clearInterval(timer), { once: true })
}
