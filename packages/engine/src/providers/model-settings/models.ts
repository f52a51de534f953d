import type { Model } from '../model.ts'
import type { ProviderSettings } from '../settings.ts'
import { statedLimits } from '../supply.ts'

/** The models that a provider's owner named, by name. */
export function configuredModels(settings: ProviderSettings): ReadonlyMap<string, Model> {
  return new Map(Object.keys(settings.models ?? {}).map((name) => [name, plainModel(name, settings)]))
}

/** A model of which only its name is known, and what its provider's owner says. */
export function plainModel(name: string, settings: ProviderSettings): Model {
  const own = ownSettings(settings, name)
  return {
    id: name,
    name,
    vendor: '',
    endpoints: own?.embeddings ? [] : (own?.endpoints ?? settings.endpoints ?? []),
    webSocket: [],
    embeddings: own?.embeddings ?? false,
    limits: statedLimits(own?.limits),
    supports: {},
    raw: {},
  }
}

/** What the owner says of a model. Its name may be a client's: `constructor` is none that an owner wrote. */
export function ownSettings<T>(
  { models }: { readonly models?: Readonly<Record<string, T>> | undefined },
  name: string,
): T | undefined {
  return models && Object.hasOwn(models, name) ? models[name] : undefined
}

/** What the upstream calls a model. */
export function nameAtUpstream(settings: ProviderSettings, name: string): string {
  return ownSettings(settings, name)?.wireModel ?? name
}
