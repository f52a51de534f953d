import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { GatewayError } from '@crossfeed/protocols'

/** The environment, as `process.env` gives it. An empty value counts as unset. */
export type Env = Readonly<Record<string, string | undefined>>

/** The one folder that Crossfeed keeps: `--home`, CROSSFEED_HOME, COPILOT_API_HOME, or the user's data folder. */
export function homeFolder(flag: string | undefined, env: Env): string {
  const named = flag || env.CROSSFEED_HOME || env.COPILOT_API_HOME
  if (named) return resolve(expandTilde(named))
  return join(dataFolder(env), 'crossfeed')
}

/** A relative path would put sign-ins into whatever folder one is in; the XDG specification has it ignored. */
function dataFolder({ XDG_DATA_HOME: named = '' }: Env): string {
  return isAbsolute(named) ? named : join(userFolder(), '.local', 'share')
}

/** The user's own folder, also where HOME is empty or a relative path. */
function userFolder(): string {
  const named = homedir()
  return isAbsolute(named) ? named : userInfo().homedir
}

/**
 * Creates the folder, for its owner only. A folder that is there keeps what it has, but is closed to others; not one
 * that is meant for all, such as `/tmp`: what is secret in it is in files and folders that are closed themselves.
 */
export function ensureHome(home: string): void {
  makeFolder(home)
  if (process.platform === 'win32') return
  const { mode } = statSync(home)
  const isForAll = (mode & 0o1000) !== 0
  if (!isForAll && (mode & 0o077) !== 0) chmodSync(home, 0o700)
}

/** Node's own making of parents never ends where a folder that is there says that it is not, as /proc does. */
function makeFolder(path: string): void {
  const parent = dirname(path)
  if (!existsSync(parent) && parent !== path) makeFolder(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // It is there, or another start has made it a moment ago.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
}

/** Whether the file itself, not only a link to it, is in the folder. */
export function liesIn(path: string, folder: string): boolean {
  return existsSync(folder) && dirname(realpathSync(path)) === realpathSync(folder)
}

/** `path` with a leading `~` replaced by the user's folder. */
export function expandTilde(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(userFolder(), path.slice(1)) : path
}

/** Makes sure that something can be kept at home, before it is asked for. Throws `home-unwritable`. */
export function requireHome(home: string): void {
  try {
    ensureHome(home)
    accessSync(home, constants.W_OK)
    proveRoom(home)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
    const why = code === undefined ? '' : ` (${code})`
    const first = code === 'ENOSPC' ? 'Make room there, or give another folder' : 'Give a folder that you may write'
    throw new GatewayError('internal', 500, `Nothing can be kept in ${home}${why}`, {
      reason: 'home-unwritable',
      fix: `${first}: --home <dir>, or CROSSFEED_HOME.`,
      cause,
    })
  }
}

/** A full disk lets folders be made all the same. */
function proveRoom(home: string): void {
  const path = join(home, `.room.${process.pid}`)
  try {
    writeFileSync(path, Buffer.alloc(4096), { mode: 0o600 })
  } finally {
    rmSync(path, { force: true })
  }
}
