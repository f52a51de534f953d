import { loadEnvFiles } from '../config/env-files.ts'
import { homeFolder, type Env } from '../config/home.ts'
import { createRedact } from '../observe/redact.ts'
import { version } from '../version.ts'
import type { CreateApp } from './app-port.ts'
import { globalFlags } from './commands.ts'
import type { AllFlags, Command, Context } from './context.ts'
import { exit, exitCodeOf } from './exit-code.ts'
import { writeCommandHelp, writeHelp } from './help.ts'
import { parseArguments, type Call } from './parse.ts'
import { asTyped } from './terminal/as-typed.ts'
import { writeError } from './terminal/print-error.ts'
import { terminalPrompts, type Prompts } from './terminal/prompts.ts'
import { chooseStyle, type Output } from './terminal/style.ts'
import { wrapLines } from './terminal/wrap.ts'

/** What ends a run: Ctrl-C, a word of the system, a terminal that was closed. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** The process, as the command line sees it. */
export interface World {
  readonly argv: readonly string[]
  readonly env: Env
  /** The working folder. */
  readonly folder: string
  readonly stdin: { readonly isTTY?: boolean | undefined }
  readonly stdout: Output & { write(text: string): unknown }
  readonly stderr: Output & { write(text: string): unknown }
  onSignal(run: (signal: Signal) => void): void
  createApp: CreateApp
  /** Who is asked; the person at the terminal when left out. */
  readonly prompts?: Prompts
}

/** npm passes a Ctrl-C on that the terminal has sent to its child already: within this time two of a kind are one. */
const sameSignalMs = 500

/** Runs the command line; gives the exit status. Prints every error itself. */
export async function run(world: World): Promise<number> {
  const { argv, env, stdout, stderr } = world
  const secrets: (string | undefined)[] = []
  let flags: AllFlags = { json: argv.includes('--json'), verbose: argv.includes('--verbose') || argv.includes('-v') }
  try {
    const call = parseArguments(argv)
    if (call.kind === 'version') {
      stdout.write(`${version}\n`)
      return exit.done
    }
    if (call.kind === 'help') {
      stdout.write(call.spec === undefined ? writeHelp(version) : writeCommandHelp(call.spec, globalFlags))
      return exit.done
    }
    flags = call.flags
    const command: Command =
      call.spec === undefined ? (await import('./commands/guide.ts')).guide : await call.spec.load()
    return await command(createContext({ ...world, env: readEnv(world, flags) }, call, secrets))
  } catch (error) {
    const style = chooseStyle(stderr, env, { plain: flags.plain === true, noColor: flags.color === false })
    const redact = createRedact(secrets)
    const print = { style, env, redact, json: flags.json === true, verbose: flags.verbose === true }
    stderr.write(writeError(error, print))
    return exitCodeOf(error)
  }
}

/** The environment with the `.env` files of the working folder and the home folder. */
function readEnv({ env, folder, stderr }: World, flags: AllFlags): Env {
  const home = homeFolder(flags.home, env)
  const loaded = loadEnvFiles(env, home, folder)
  for (const file of loaded.unreadable) stderr.write(`Not readable, and so not used: ${file}\n`)
  if (loaded.passedOver.length > 0 && flags.quiet !== true) {
    const names = loaded.passedOver.map((name) => name.slice(0, 60)).join(', ')
    stderr.write(`Not taken from .env in this folder: ${names}. Where things go is said in ${home}/.env only.\n`)
  }
  return loaded.env
}

function createContext(
  world: World,
  { spec, flags, words }: Call & { readonly kind: 'run' },
  secrets: (string | undefined)[],
): Context {
  const { stdin, stdout, stderr } = world
  const env: Record<string, string | undefined> = { ...world.env }
  const isTerminal = stdin.isTTY === true && stdout.isTTY === true
  const aborter = new AbortController()
  let second = (): void => {}
  let first: { readonly signal: string; readonly at: number } | undefined
  world.onSignal((signal) => {
    const at = performance.now()
    if (first === undefined) {
      first = { signal, at }
      aborter.abort()
    } else if (signal !== first.signal || at - first.at > sameSignalMs) second()
  })
  const tell = (text: string): string => (flags.json === true ? text : asTyped(text, env))
  const ofTalk = chooseStyle(stderr, env, { plain: flags.plain === true, noColor: flags.color === false })
  const asTalk = (text: string): string => (flags.json === true ? text : wrapLines(tell(text), ofTalk))
  const talk = (text: string): void => void stderr.write(`${asTalk(text)}\n`)
  return {
    command: spec?.name ?? 'start',
    flags,
    words,
    env,
    interactive: isTerminal && !env.CI && env.TERM !== 'dumb' && flags.json !== true && flags.plain !== true,
    prompts: world.prompts ?? terminalPrompts,
    style: chooseStyle(stdout, env, { plain: flags.plain === true, noColor: flags.color === false }),
    version,
    out: (text) => void stdout.write(`${tell(text)}\n`),
    say: (text) => (flags.quiet === true ? undefined : talk(text)),
    complain: talk,
    signal: aborter.signal,
    onSecondSignal: (run) => (second = run),
    createApp: world.createApp,
    learnSecrets: (learned) => void secrets.push(...learned),
    setVariable: (name, value) => void (env[name] = value),
  }
}
