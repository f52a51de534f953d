import type { CommandSpec, FlagSpec } from './commands.ts'
import { wrap } from './terminal/wrap.ts'

/** The first page: what there is, by question. Fits 24 lines of 80 columns. */
export function writeHelp(version: string): string {
  return `Crossfeed: any AI client on any model supply

  crossfeed                  guided start
  crossfeed start            run the gateway here (Ctrl-C stops)
  crossfeed demo             the same on made-up data, no account

Connect   models             what can be asked for, limits and prices
          route explain      how a request would travel, without sending it
Cost      check-usage        what is left
Fix       debug              versions, paths and sign-in, for a bug report
          emulate            the stand-in for all upstreams alone
Manage    auth               sign in, out, status, import
          config             check
          completion         of commands by Tab, for bash, zsh and fish

Options   --home <dir> --json --plain --quiet --verbose --no-color
          --oauth-app <app> --enterprise-url <domain>
          crossfeed <command> --help${`v${version}`.padStart(34)}
`
}

/** The page of one command: a sentence, usage, examples, flags, exit statuses. */
export function writeCommandHelp(spec: CommandSpec, globals: readonly FlagSpec[]): string {
  const width = Math.max(...spec.examples.map(([command]) => command.length))
  const exits = [[0, 'done'], [1, 'failed'], [2, 'wrong call'], ...(spec.exits ?? [])]
  const lines = [
    spec.sentence,
    '',
    `Usage       ${spec.usage}`,
    '',
    ...spec.examples.map(([command, what], index) => {
      return `${(index === 0 ? 'Examples' : '').padEnd(12)}${command.padEnd(width)}  ${what}`
    }),
    '',
    ...(spec.flags.length === 0 ? [] : writeFlags('Options', spec.flags)),
    ...writeWrapped('Everywhere', globals.map(longName), ' '),
    ...writeWrapped(
      'Exit',
      exits.map(([status, meaning]) => `${status} ${meaning}`),
      ' · ',
    ),
  ]
  return `${lines.join('\n')}\n`
}

/** The page of the flags that every command takes. */
function writeFlags(title: string, flags: readonly FlagSpec[]): string[] {
  const width = Math.max(...flags.map((flag) => flag.flags.length))
  return flags.flatMap((flag, index) => {
    const notes = [
      flag.default === undefined ? undefined : `default ${flag.default}`,
      flag.env === undefined ? undefined : flag.env,
    ].filter((note) => note !== undefined)
    const text = notes.length === 0 ? flag.text : `${flag.text} (${notes.join('; ')})`
    const pad = ' '.repeat(width + 14)
    const written = wrap(text, 80 - pad.length).join(`\n${pad}`)
    return [`${(index === 0 ? title : '').padEnd(12)}${flag.flags.padEnd(width)}  ${written}`]
  })
}

/** A titled list of words in lines of 80 columns. */
function writeWrapped(title: string, words: readonly string[], between: string): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && `${last}${between}${word}`.length <= 68)
      lines[lines.length - 1] = `${last}${between}${word}`
    else lines.push(word)
  }
  return lines.map((line, index) => `${(index === 0 ? title : '').padEnd(12)}${line}`)
}

function longName(flag: FlagSpec): string {
  return flag.flags.split(', ').at(-1) ?? flag.flags
}
