import type { Model } from '@crossfeed/engine'
import type { Style } from '../terminal/style.ts'
import { breakLine } from './break-line.ts'
import { clientSettings, keyShown, sdkSettings, type ClientSetting } from './client-settings.ts'
import { chooseDialect } from './shell.ts'
import type { Env } from '../../config/home.ts'

/** Where lines are pasted: the window, and the shell that the variables tell. */
interface Place {
  readonly style: Style
  readonly env: Env
}

interface Gateway {
  readonly url: string
  readonly apiKeys: readonly string[]
}

/** Ready-to-paste settings, a line for each client; in a narrow window they are broken where a shell reads on. */
export function writeClientSettings(
  { url, apiKeys }: Gateway,
  models: readonly Pick<Model, 'id'>[],
  place: Place,
): string {
  return writeRows(clientSettings({ url, key: keyShown(apiKeys) }, models, chooseDialect(place.env)), place)
}

/** What programs ask for that have fields to fill in, and the variables of SDKs. */
export function writeAnySettings({ url, apiKeys }: Gateway, place: Place): string {
  const key = keyShown(apiKeys)
  return `Where a program asks for an OpenAI-compatible server:

  Address   ${url}/v1
  Key       ${key}
  Model     any name that crossfeed models tells

Where it asks for Anthropic's, the address is ${url}.

${writeRows(sdkSettings({ url, key }, chooseDialect(place.env)), place)}`
}

function writeRows(settings: readonly ClientSetting[], place: Place): string {
  return settings
    .map(({ client, words }) => `${place.style.bold(client.padEnd(14))} ${writePasted(words, 15, place)}`)
    .join('\n')
}

/** A line to paste that begins `indent` columns from the left. */
export function writePasted(words: readonly string[], indent: number, { style, env }: Place): string {
  const dialect = chooseDialect(env)
  const breaks = style.wraps && (dialect === 'sh' || dialect === 'fish')
  return breaks ? breakLine(words, { width: style.width, indent }) : words.join(' ')
}
