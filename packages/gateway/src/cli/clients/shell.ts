import { basename } from 'node:path'
import type { Env } from '../../config/home.ts'

/** How a shell sets variables for one command. */
export type Dialect = 'sh' | 'fish' | 'powershell' | 'cmd'

/** The dialect of the shell that the user types in. */
export function chooseDialect(env: Env, platform: NodeJS.Platform = process.platform): Dialect {
  const shell = basename(env.SHELL ?? '').replace(/\.exe$/i, '')
  if (shell === 'fish') return 'fish'
  if (shell === 'pwsh' || shell === 'powershell') return 'powershell'
  if (shell !== '' || platform !== 'win32') return 'sh'
  return env.PSModulePath === undefined ? 'cmd' : 'powershell'
}

/** One line that sets the variables for this shell and runs the command, every value quoted as the shell wants it. */
export function writeLaunch(variables: Readonly<Record<string, string>>, command: string, dialect: Dialect): string {
  const then = dialect === 'sh' || dialect === 'cmd' ? ' &&' : ';'
  return `${writeVariables(variables, dialect).join(' ')}${then} ${command}`
}

/** The words of a line that runs a command with variables and arguments; a flag and its value are one, as are the command and the first of them. */
export function writeCall(
  call: { command: string; variables: Readonly<Record<string, string>>; args: readonly string[] },
  dialect: Dialect,
): readonly string[] {
  const words = [call.command, ...call.args.map((word) => quoteWord(word, dialect))]
  const units: string[] = []
  for (const [index, word] of words.entries()) {
    const isValue = !word.startsWith('-') && (words[index - 1] ?? '').startsWith('-')
    if (isValue || index === 1) units[units.length - 1] += ` ${word}`
    else units.push(word)
  }
  if (dialect === 'sh' || dialect === 'fish') {
    const set = Object.entries(call.variables).map(([name, value]) => `${name}=${quoteWord(value, dialect)}`)
    return [...set, ...units]
  }
  const [last = '', ...before] = writeVariables(call.variables, dialect).toReversed()
  return [...before.toReversed(), dialect === 'cmd' ? `${last} &&` : `${last};`, ...units]
}

/** The words of a line that sets variables for what is run in this shell from then on. */
export function writeVariables(variables: Readonly<Record<string, string>>, dialect: Dialect): readonly string[] {
  const entries = Object.entries(variables)
  if (dialect === 'sh') return ['export', ...entries.map(([name, value]) => `${name}=${quoteSh(value)}`)]
  const set = entries.map(([name, value]) => {
    if (dialect === 'fish') return `set -gx ${name} ${quoteFish(value)}`
    // Quotes around the whole assignment keep the space before && out of the value.
    if (dialect === 'cmd') return `set "${name}=${value.replaceAll('%', '%%')}"`
    return `$env:${name} = ${quotePowerShell(value)}`
  })
  const between = dialect === 'cmd' ? ' &&' : ';'
  return set.map((one, index) => (index === set.length - 1 ? one : one + between))
}

function quoteWord(word: string, dialect: Dialect): string {
  if (dialect === 'sh') return quoteSh(word)
  if (dialect === 'fish') return quoteFish(word)
  if (/^[\w./:@+=-]+$/.test(word)) return word
  return dialect === 'cmd' ? `"${word.replaceAll('%', '%%')}"` : quotePowerShell(word)
}

function quotePowerShell(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** A word as a POSIX shell reads it back. */
function quoteSh(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}

function quoteFish(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
