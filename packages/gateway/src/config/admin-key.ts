import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { asObject, asString, GatewayError, parseObject } from '@crossfeed/protocols'
import { withSetting } from './edit-config.ts'
import { ensureHome } from './home.ts'
import type { Settings } from './settings.ts'

/**
 * The settings with an admin key. The first start makes one. It goes into the config file of the home folder (0600), which is
 * created when there is none; comments and other settings stay as they are. Where the config file is elsewhere, such as a
 * project's, it is left alone and the key is kept in `admin-key` in the home folder. Where nothing can be written, the key
 * is for this run only and a warning says so.
 */
export async function ensureAdminKey(settings: Settings): Promise<Settings> {
  if (settings.adminApiKey !== undefined) return settings
  const adminApiKey = randomBytes(32).toString('hex')
  const { home, configFile } = settings
  const isElsewhere = configFile !== undefined && !isIn(configFile, home)
  const path = isElsewhere ? join(home, 'admin-key') : (configFile ?? join(home, 'config.json'))
  try {
    ensureHome(home)
    if (isElsewhere) return { ...settings, adminApiKey: keepKey(path, adminApiKey) }
    const isNew = configFile === undefined
    const before = isNew ? '' : readFileSync(path, 'utf8')
    const text = await withSetting(before, path, ['auth', 'adminApiKey'], adminApiKey, { apiKeys: [] })
    writePrivately(path, text, isNew ? 'if-new' : 'replace')
    const written = isNew ? keyIn(readFileSync(path, 'utf8')) : undefined
    return { ...settings, configFile: path, adminApiKey: written ?? adminApiKey }
  } catch {
    // A read-only home is a fair way to run (a container): admin routes then work with no key that outlives the run.
    const warning = `${path} cannot be written: the admin key is made anew at each start`
    return { ...settings, adminApiKey, warnings: [...settings.warnings, warning] }
  }
}

/** Whether the file itself, not only a link to it, is in the folder. */
function isIn(path: string, folder: string): boolean {
  return existsSync(folder) && dirname(realpathSync(path)) === realpathSync(folder)
}

/** The key in the file, which is written with `fresh` where it holds none. */
function keepKey(path: string, fresh: string): string {
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  if (kept !== '') return kept
  writePrivately(path, `${fresh}\n`, existsSync(path) ? 'replace' : 'if-new')
  return readFileSync(path, 'utf8').trim()
}

/** The key in a file as a first start writes it: another gateway that started at the same moment may have been first. */
function keyIn(text: string): string | undefined {
  return asString(asObject(parseObject(text)?.auth)?.adminApiKey)
}

/**
 * Writes a file that only its owner reads, whole or not at all; `if-new` leaves one that is there. Throws `home-unwritable`,
 * which names the file.
 */
export function writePrivately(path: string, text: string, how: 'replace' | 'if-new' = 'replace'): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeWhole(temporary, text)
    if (how === 'replace') renameSync(temporary, path)
    else putIfNew(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    throw new GatewayError('internal', 500, `${path} cannot be written${why}`, {
      reason: 'home-unwritable',
      fix: 'Make room or give the right to write there, or name another folder: --home <dir>.',
      cause,
    })
  }
}

function writeWhole(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(path, 0o600)
}

function putIfNew(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch {
    // Either somebody was first, or this file system has no links.
    if (!existsSync(path)) return renameSync(temporary, path)
  }
  rmSync(temporary)
}
