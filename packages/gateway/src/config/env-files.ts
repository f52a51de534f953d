import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Env } from './home.ts'

/** The environment with what `.env` files add, and what of them was not taken. */
export interface LoadedEnv {
  readonly env: Env
  /** Variables that only the home folder's file may set, by the names that they have in the working folder's. */
  readonly passedOver: readonly string[]
  /** Files that are there and cannot be read, with the error's code. */
  readonly unreadable: readonly string[]
}

/**
 * Adds the variables of `<folder>/.env` and `<home>/.env` (ENV-12). What the environment has wins, then the working folder's,
 * then the home folder's. The working folder may be anybody's, such as a repository that was just cloned: what says where a
 * sign-in or a prompt goes is taken from the home folder only.
 */
export function loadEnvFiles(env: Env, home: string, folder: string): LoadedEnv {
  const unreadable: string[] = []
  const merged: Record<string, string | undefined> = { ...env }
  const passedOver: string[] = []
  const add = (path: string, isTaken: (name: string) => boolean): void => {
    for (const [name, value] of Object.entries(readEnvFile(path, unreadable))) {
      if (merged[name] || !value) continue
      if (isTaken(name)) merged[name] = value
      else passedOver.push(name)
    }
  }
  if (folder !== home) add(join(folder, '.env'), (name) => !leadsElsewhere(name))
  add(join(home, '.env'), () => true)
  return { env: merged, passedOver: passedOver.filter((name) => !merged[name]), unreadable }
}

/** Whether a variable says where things are sent or read: an address, a proxy, a folder, the run of Node itself. */
function leadsElsewhere(name: string): boolean {
  return /(?:_URL|_BASE|_PROXY|_HOME|_HOST|_DIR|_FILE|_CERTS?|^HOME|^PATH)$|^(?:NODE|XDG|SSL|TLS|GH_CONFIG)_/i.test(
    name,
  )
}

function readEnvFile(path: string, unreadable: string[]): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    // Most folders have none; a folder called `.env` is an environment of Python's.
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EISDIR') unreadable.push(`${path} (${code})`)
    return {}
  }
}
