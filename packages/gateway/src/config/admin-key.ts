import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asObject, asString, parseObject } from '@crossfeed/protocols'
import { withSetting } from './edit-config.ts'
import { ensureHome, liesIn } from './home.ts'
import type { Settings } from './settings.ts'
import { writePrivately } from './write-privately.ts'

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
  const isElsewhere = configFile !== undefined && !liesIn(configFile, home)
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
