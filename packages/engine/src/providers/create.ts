import { anthropic } from './anthropic/index.ts'
import { azure } from './azure/index.ts'
import { compatible } from './compatible/index.ts'
import { createKeyedProvider, type Endpoint, type KeyedKind, type ProviderParts } from './keyed.ts'
import { ollama } from './ollama/index.ts'
import { openai } from './openai/index.ts'
import type { Provider } from './provider.ts'
import type { ProviderSettings, ProviderType } from './settings.ts'

/** The kinds that are let in by a key. A new one is a folder here and a line in this table. */
const kinds: Readonly<Record<ProviderType, KeyedKind>> = {
  openai: withForeign(openai, ['messages']),
  azure,
  anthropic: withForeign(anthropic, ['chat', 'responses', 'embeddings']),
  ollama,
  compatible,
}

/**
 * A kind whose models may be set to a protocol that is not its own (PROV-38): in that one it is a compatible server, with the
 * header and the habits of such.
 */
function withForeign(kind: KeyedKind, foreign: readonly Endpoint[]): KeyedKind {
  const at = (endpoint: Endpoint): KeyedKind => (foreign.includes(endpoint) ? compatible : kind)
  return {
    ...kind,
    path: (endpoint, model, settings) => at(endpoint).path(endpoint, model, settings),
    authorize: (secret, settings, endpoint) => at(endpoint).authorize(secret, settings, endpoint),
    headersOf: (facts, secret, endpoint, settings) => at(endpoint).headersOf?.(facts, secret, endpoint, settings) ?? {},
    traits: (model, protocol, settings) => at(protocol).traits(model, protocol, settings),
    requestPatches: (settings) => [
      ...(kind.requestPatches?.(settings) ?? []).filter(({ protocol }) => !foreign.includes(protocol)),
      ...(compatible.requestPatches?.(settings) ?? []).filter(({ protocol }) => foreign.includes(protocol)),
    ],
  }
}

/** Creates the provider of one supply. Throws `invalid-request` where its settings cannot work. */
export function createProvider(settings: ProviderSettings, parts: ProviderParts): Provider {
  return createKeyedProvider(kinds[settings.type], settings, parts)
}

/** Whether a supply lists no models though it may serve some: its upstream's list tells nothing, and its owner named none. */
export function listsNothing(settings: ProviderSettings): boolean {
  return Object.keys(settings.models ?? {}).length === 0 && kinds[settings.type].lists?.(settings) === false
}
