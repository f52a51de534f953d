import { nearest } from '@crossfeed/protocols'
import { Command as Parser, CommanderError, Option } from 'commander'
import { usageError } from '../config/settings.ts'
import { commands, globalFlags, type CommandSpec, type FlagSpec } from './commands.ts'
import type { AllFlags } from './context.ts'

/** What was asked for on the command line. */
export type Call =
  | {
      readonly kind: 'run'
      readonly spec: CommandSpec | undefined
      readonly flags: AllFlags
      readonly words: readonly string[]
    }
  | { readonly kind: 'help'; readonly spec: CommandSpec | undefined }
  | { readonly kind: 'version' }

/**
 * Reads the arguments. Without a command the guide is meant, and with a config file alone the start, as for LiteLLM's proxy
 * (GW-01). Throws a usage error that names the nearest word.
 */
export function parseArguments(given: readonly string[]): Call {
  const isConfigAlone = given[0]?.startsWith('-') && given.some((word) => /^--config(?:=|$)/.test(word))
  const argv = isConfigAlone && commandOf(given) === undefined ? ['start', ...given] : given
  let call: Call | undefined
  const program = createProgram((found) => (call = found))
  try {
    program.parse(argv, { from: 'user' })
  } catch (error) {
    throw error instanceof CommanderError ? translate(error, argv) : error
  }
  return call ?? { kind: 'help', spec: undefined }
}

/** The tree of all commands and their flags; `done` is told what was asked for. */
export function createProgram(done: (call: Call) => void): Parser {
  const program = quiet(new Parser('crossfeed'))
  for (const flag of globalFlags) program.addOption(optionOf(flag))
  program.addOption(new Option('-V, --version', 'print the version'))
  program.addOption(new Option('-h, --help', 'show the help'))
  program.argument('[words...]')
  program.action((words: string[], flags: RawFlags) => {
    const [word] = words
    if (word === 'help') done(helpFor(words.slice(1).join(' ')))
    else if (word !== undefined) throw unknownCommand(word, topLevel)
    else done(finish(undefined, flags, []))
  })
  for (const spec of commands) addCommand(program, spec, done)
  for (const group of groups) {
    addCommand(program, group, (found) => {
      const word = found.kind === 'run' ? found.words[0] : undefined
      const own = group.examples[0]?.[0].split(' ').slice(1, 3).join(' ') ?? ''
      const usage = group.usage.replace(' [options]', '')
      if (found.kind === 'run')
        throw word === undefined
          ? usageError(`${group.name} needs a word`, usage)
          : unknownCommand(`${group.name} ${word}`, [own])
      done(found)
    })
  }
  return program
}

function optionOf({ flags, text }: FlagSpec): Option {
  return new Option(flags, text)
}

type RawFlags = AllFlags & { readonly apiHome?: string; readonly help?: boolean; readonly version?: boolean }

const topLevel: readonly string[] = [...commands.map((spec) => spec.name.split(' ')[0] ?? ''), 'help']

/** First words that are no commands by themselves. The first example has the command that is meant. */
const groups: readonly CommandSpec[] = [
  {
    name: 'config',
    sentence: 'Works on the config file.',
    usage: 'crossfeed config check [options]',
    words: '[words...]',
    examples: [['crossfeed config check', 'every line that is wrong']],
    flags: [],
    load: () => Promise.reject(new Error('a group is not run')),
  },
  {
    name: 'route',
    sentence: 'Tells where requests go.',
    usage: 'crossfeed route explain <model> [options]',
    words: '[words...]',
    examples: [['crossfeed route explain gpt-5.5', 'how a request would travel']],
    flags: [],
    load: () => Promise.reject(new Error('a group is not run')),
  },
]

function addCommand(program: Parser, spec: CommandSpec, done: (call: Call) => void): void {
  const parent = spec.name.includes(' ') ? parentOf(program, spec) : program
  const known = parent.commands.find((one) => one.name() === lastWord(spec.name))
  const command = known ?? parent.addCommand(quiet(new Parser(lastWord(spec.name)))).commands.at(-1)
  if (command === undefined) return
  command.description(spec.sentence)
  for (const flag of spec.flags) command.addOption(optionOf(flag))
  command.addOption(new Option('-h, --help', 'show the help'))
  if (spec.words !== undefined) command.argument(spec.words)
  else if (spec.name === 'auth') command.argument('[words...]')
  command.action((...given: unknown[]) => {
    // Commander gives the arguments, the flags and the command, in this order; the flags of all levels are asked for here.
    const flags = command.optsWithGlobals<RawFlags>()
    const words = command.args
    refuseFlagsOfGroup(command, spec)
    if (spec.name === 'auth' && words[0] !== undefined && !flags.help) {
      throw unknownCommand(`auth ${words[0]}`, ['auth login', 'auth logout', 'auth status', 'auth import'])
    }
    void given
    done(finish(spec, flags, words))
  })
}

/** `auth` is a command too: commander takes its flags behind `auth status` as well, where they would do nothing. */
function refuseFlagsOfGroup(command: Parser, spec: CommandSpec): void {
  const group = command.parent?.parent ? command.parent : undefined
  const given = group?.options.find((one) => group.getOptionValueSource(one.attributeName()) !== undefined)
  const long = given?.long ?? ''
  if (given !== undefined && !longNames(spec.flags).includes(long))
    throw usageError(`Unknown option ${long}`, `crossfeed ${spec.name} --help`)
}

/** The group that `auth login` or `config check` stands in, made when it is not there yet. */
function parentOf(program: Parser, spec: CommandSpec): Parser {
  const name = spec.name.split(' ')[0] ?? ''
  const found = program.commands.find((one) => one.name() === name)
  if (found !== undefined) return found
  const made = quiet(new Parser(name))
  program.addCommand(made)
  return made
}

function lastWord(name: string): string {
  return name.split(' ').at(-1) ?? name
}

/** No output and no exit of commander's own; `-h` is ours. */
function quiet(parser: Parser): Parser {
  return parser
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .helpOption(false)
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
}

function finish(spec: CommandSpec | undefined, raw: RawFlags, words: readonly string[]): Call {
  const { apiHome, help, version, ...flags } = raw
  if (help) return { kind: 'help', spec }
  if (version) return { kind: 'version' }
  const home = flags.home ?? apiHome
  return { kind: 'run', spec, flags: { ...flags, ...(home === undefined ? {} : { home }) }, words }
}

function helpFor(name: string): Call {
  if (name === '') return { kind: 'help', spec: undefined }
  const spec = [...commands, ...groups].find((one) => one.name === name)
  if (spec === undefined) throw unknownCommand(name, [...topLevel, ...commands.map((one) => one.name)])
  return { kind: 'help', spec }
}

function translate(error: CommanderError, argv: readonly string[]): Error {
  const quoted = /'([^']+)'/.exec(error.message)?.[1] ?? ''
  const spec = commandOf(argv)
  const help = spec === undefined ? 'crossfeed --help' : `crossfeed ${spec.name} --help`
  if (error.code === 'commander.unknownOption') {
    const flag = quoted.split('=', 1)[0] ?? quoted
    const known = longNames([...(spec?.flags ?? []), ...globalFlags, { flags: '--help', text: '' }])
    if (quoted !== flag && known.includes(flag)) return usageError(`${flag} takes no value`, help)
    const near = nearest(flag, known)
    return usageError(`Unknown option ${flag}`, nearestFlag(near, spec, flag) ?? help)
  }
  if (error.code === 'commander.optionMissingArgument') {
    return usageError(`${quoted.split(' <', 1)[0]?.split(', ').at(-1) ?? quoted} needs a value`, help)
  }
  const words = argv.filter((word) => !word.startsWith('-'))
  return usageError(`Too many words: ${words.join(' ')}`, `crossfeed ${commandOf(argv)?.name ?? ''} --help`)
}

/** The flag that was meant; without a command also one of `start`, which is what most flags are for. */
function nearestFlag(near: string | undefined, spec: CommandSpec | undefined, flag: string): string | undefined {
  if (near !== undefined) return `Did you mean ${near}?`
  if (spec !== undefined) return undefined
  const start = commands.find((one) => one.name === 'start')
  const ofStart = nearest(flag, longNames(start?.flags ?? []))
  return ofStart === undefined ? undefined : `Did you mean crossfeed start ${ofStart}?`
}

function unknownCommand(word: string, known: readonly string[]): Error {
  const near = nearest(word, known)
  const group = word.includes(' ') ? `${word.split(' ')[0]} --help` : '--help'
  return usageError(`Unknown command ${word}`, near === undefined ? `crossfeed ${group}` : `Did you mean ${near}?`)
}

/** The command that the arguments name, as far as can be told without parsing them. */
function commandOf(argv: readonly string[]): CommandSpec | undefined {
  const words = argv.filter((word) => !word.startsWith('-'))
  const names = words.flatMap((word, index) => [`${word} ${words[index + 1] ?? ''}`, word])
  const name = names.find((one) => commands.some((spec) => spec.name === one))
  return commands.find((spec) => spec.name === name)
}

function longNames(flags: readonly FlagSpec[]): string[] {
  return flags.flatMap((flag) => /--[\w-]+/.exec(flag.flags)?.[0] ?? [])
}
