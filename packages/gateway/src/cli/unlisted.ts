import { listsNothing } from '@crossfeed/engine'
import type { Settings } from '../config/settings.ts'

/** By name of each supply that serves models without a list of them, what is said of that: the deployments of Azure. */
export function unlistedSupplies({ providers }: Pick<Settings, 'providers'>): ReadonlyMap<string, string> {
  const unlisted = providers.filter(listsNothing)
  return new Map(unlisted.map(({ name }) => [name, `deployments are not listed; ask for ${name}/<deployment>`]))
}
