import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { asObject, asString, isObject, parseObject, type JsonObject } from '@crossfeed/protocols'
import { ensureHome } from './home.ts'
import type { Settings } from './settings.ts'

/**
 * The settings with an admin key. On the first start one is made and written to the config file (0600), which is
 * created when there is none; comments and other settings stay as they are. Where nothing can be written, the key
 * is for this run only and a warning says so.
 */
export async function ensureAdminKey(settings: Settings): Promise<Settings> {
  if (settings.adminApiKey !== undefined) return settings
  const adminApiKey = randomBytes(32).toString('hex')
  const path = settings.configFile ?? join(settings.home, 'config.json')
  try {
    ensureHome(settings.home)
    const isNew = settings.configFile === undefined
    const text = await withAdminKey(isNew ? '' : readFileSync(path, 'utf8'), path, adminApiKey)
    writePrivately(path, text, isNew ? 'if-new' : 'replace')
    const written = isNew ? keyIn(readFileSync(path, 'utf8')) : undefined
    return { ...settings, configFile: path, adminApiKey: written ?? adminApiKey }
  } catch {
    // A read-only home is a fair way to run (a container): admin routes then work with no key that outlives the run.
    const warning = `${path} cannot be written: the admin key is made anew at each start`
    return { ...settings, adminApiKey, warnings: [...settings.warnings, warning] }
  }
}

async function withAdminKey(text: string, path: string, key: string): Promise<string> {
  if (!path.endsWith('.json')) {
    const { parseDocument } = await import('yaml')
    const document = parseDocument(text)
    document.setIn(['auth', 'adminApiKey'], key)
    return document.toString({ lineWidth: 0 })
  }
  const value: JsonObject = parseObject(text) ?? {}
  const auth: JsonObject = isObject(value.auth) ? value.auth : { apiKeys: [] }
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  '
  return `${JSON.stringify({ ...value, auth: { ...auth, adminApiKey: key } }, undefined, indent)}\n`
}

/** The key in a file as a first start writes it: another gateway that started at the same moment may have been first. */
function keyIn(text: string): string | undefined {
  return asString(asObject(parseObject(text)?.auth)?.adminApiKey)
}

/** Writes a file that only its owner reads, whole or not at all; `if-new` leaves one that is there. */
export function writePrivately(path: string, text: string, how: 'replace' | 'if-new' = 'replace'): void {
  const temporary = `${path}.${process.pid}.tmp`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
    chmodSync(temporary, 0o600)
    if (how === 'replace') renameSync(temporary, path)
    else putIfNew(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
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
