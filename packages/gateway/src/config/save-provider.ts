import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type JsonObject } from '@crossfeed/protocols'
import { writePrivately } from './admin-key.ts'
import { withSetting } from './edit-config.ts'
import { requireHome } from './home.ts'
import type { Settings } from './settings.ts'

/**
 * Writes a provider's entry into the config file (0600), which is created when there is none. Of an entry of that name and type
 * its other settings stay, such as its models; comments and all else stay as they are. Gives the path of the file. Throws as `withSetting`.
 */
export async function saveProvider(
  settings: Pick<Settings, 'home' | 'configFile'>,
  name: string,
  entry: JsonObject,
): Promise<string> {
  // Through a link: a new file in its place would part it from what it leads to.
  const path =
    settings.configFile === undefined ? join(settings.home, 'config.json') : realpathSync(settings.configFile)
  const isNew = settings.configFile === undefined
  if (isNew) requireHome(settings.home)
  const text = await withSetting(isNew ? '' : readFileSync(path, 'utf8'), path, ['providers', name], over(entry))
  writePrivately(path, text)
  return path
}

/** The entry over the one that is there; not over one of another type. A token would beat the key that is written. */
function over(entry: JsonObject): (before: unknown) => JsonObject {
  return (before) => {
    if (!isObject(before) || before['type'] !== entry['type']) return entry
    const { bearerToken: _beaten, ...kept } = before
    return { ...kept, ...entry }
  }
}
