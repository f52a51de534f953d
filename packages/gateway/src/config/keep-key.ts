import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { requireHome } from './home.ts'
import { usageError } from './settings.ts'
import { writePrivately } from './write-privately.ts'

/** A key in the home folder's `.env`. */
export interface KeptKey {
  readonly variable: string
  readonly value: string
  /** The path of the `.env`. */
  readonly file: string
}

/** The variable for the key of a provider: `CROSSFEED_KEY_MY_MODELS` of `my-models`. No two names share one. */
export function variableFor(provider: string): string {
  const words = provider.toUpperCase().replaceAll(/\W/g, '_')
  const isPlain = /^[a-z\d]+(?:-[a-z\d]+)*$/.test(provider)
  const mark = isPlain ? '' : `_${createHash('sha256').update(provider).digest('hex').slice(0, 8)}`
  return `CROSSFEED_KEY_${words}${mark}`
}

/**
 * Writes a variable into the home folder's `.env` (0600), which each start reads (ENV-12); other lines stay as they are. Throws
 * `home-unwritable`, and `usage` for a value that such a file cannot hold.
 */
export function keepKey(home: string, variable: string, value: string): KeptKey {
  requireHome(home)
  const named = join(home, '.env')
  const file = existsSync(named) ? realpathSync(named) : named
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const own = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${variable}[ \\t]*=.*\\r?\\n?`, 'gm')
  const others = before.replace(own, '')
  const start = others === '' || others.endsWith('\n') ? others : `${others}\n`
  const text = ["'", '"', '`']
    .map((quote) => `${start}${variable}=${quote}${value}${quote}\n`)
    .find((candidate) => parseEnv(candidate)[variable] === value)
  if (text === undefined) {
    throw usageError(
      `The key cannot be kept in ${file}: it has quotes of every kind`,
      'Set a variable to it and give --key-env <name>.',
    )
  }
  writePrivately(file, text)
  return { variable, value, file }
}
