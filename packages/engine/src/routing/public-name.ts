import type { Provider } from '../providers/provider.ts'

/** The name by which clients ask for a provider's model. */
export function publicName({ id, isBare }: Provider, model: string): string {
  return isBare ? model : `${id}/${model}`
}
