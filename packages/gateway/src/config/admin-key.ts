import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, parseObject, type JsonObject } from '@crossfeed/protocols'
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
    const text = settings.configFile === undefined ? '' : readFileSync(path, 'utf8')
    writePrivately(path, await withAdminKey(text, path, adminApiKey))
    return { ...settings, configFile: path, adminApiKey }
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

/** Writes a file that only its owner reads, whole or not at all. */
export function writePrivately(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
    chmodSync(temporary, 0o600)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
