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

/** One line that sets the variables and runs the command, every value quoted as the shell wants it. */
export function writeLaunch(variables: Readonly<Record<string, string>>, command: string, dialect: Dialect): string {
  const entries = Object.entries(variables)
  switch (dialect) {
    case 'sh':
      return `export ${entries.map(([name, value]) => `${name}=${quoteSh(value)}`).join(' ')} && ${command}`
    case 'fish':
      return [...entries.map(([name, value]) => `set -gx ${name} ${quoteFish(value)}`), command].join('; ')
    case 'powershell':
      return [...entries.map(([name, value]) => `$env:${name} = '${value.replaceAll("'", "''")}'`), command].join('; ')
    case 'cmd':
      // Quotes around the whole assignment keep the space before && out of the value.
      return [...entries.map(([name, value]) => `set "${name}=${value.replaceAll('%', '%%')}"`), command].join(' && ')
  }
}

/** A word as a POSIX shell reads it back. */
export function quoteSh(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}

function quoteFish(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
