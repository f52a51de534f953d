import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type JsonObject } from '@crossfeed/protocols'
import { withSetting } from './edit-config.ts'
import { liesIn, requireHome } from './home.ts'
import { keepKey, variableFor, type KeptKey } from './keep-key.ts'
import { isReference } from './references.ts'
import type { Settings } from './settings.ts'
import { writePrivately } from './write-privately.ts'

/** Where a provider's entry was written. */
export interface SavedProvider {
  /** The path of the config file. */
  readonly file: string
  /** The variable of the home folder's `.env` that holds the key, where the entry only names it. */
  readonly keptKey: KeptKey | undefined
}

/** Whether a key that is typed in is kept at home: the config file is elsewhere, and may be shared (a project's). */
export function keepsKeyAtHome({ home, configFile }: Pick<Settings, 'home' | 'configFile'>): boolean {
  return configFile !== undefined && !liesIn(configFile, home)
}

/**
 * Writes a provider's entry into the config file (0600), which is created when there is none. Of an entry of that name and type
 * its other settings stay, such as its models; comments and all else stay as they are. A key is kept at home instead where the
 * file is not there, and the entry names its variable. Throws as `withSetting` and `keepKey`.
 */
export async function saveProvider(
  settings: Pick<Settings, 'home' | 'configFile'>,
  name: string,
  entry: JsonObject,
): Promise<SavedProvider> {
  // Through a link: a new file in its place would part it from what it leads to.
  const file =
    settings.configFile === undefined ? join(settings.home, 'config.json') : realpathSync(settings.configFile)
  const isNew = settings.configFile === undefined
  if (isNew) requireHome(settings.home)
  const { apiKey } = entry
  const isTyped = typeof apiKey === 'string' && apiKey !== '' && !isReference(apiKey)
  const variable = isTyped && keepsKeyAtHome(settings) ? variableFor(name) : undefined
  const written = variable === undefined ? entry : { ...entry, apiKey: `env:${variable}` }
  const text = await withSetting(isNew ? '' : readFileSync(file, 'utf8'), file, ['providers', name], over(written))
  const keptKey =
    variable === undefined || typeof apiKey !== 'string' ? undefined : keepKey(settings.home, variable, apiKey)
  writePrivately(file, text)
  return { file, keptKey }
}

/** The entry over the one that is there; not over one of another type. A token would beat the key that is written. */
function over(entry: JsonObject): (before: unknown) => JsonObject {
  return (before) => {
    if (!isObject(before) || before['type'] !== entry['type']) return entry
    const { bearerToken: _beaten, ...kept } = before
    return { ...kept, ...entry }
  }
}
