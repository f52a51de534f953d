import { anthropic } from './anthropic/index.ts'
import { azure } from './azure/index.ts'
import { compatible } from './compatible/index.ts'
import { createKeyedProvider, type KeyedKind, type ProviderParts } from './keyed.ts'
import { ollama } from './ollama/index.ts'
import { openai } from './openai/index.ts'
import type { Provider } from './provider.ts'
import type { ProviderSettings, ProviderType } from './settings.ts'

/** The kinds that are let in by a key. A new one is a folder here and a line in this table. */
const kinds: Readonly<Record<ProviderType, KeyedKind>> = { openai, azure, anthropic, ollama, compatible }

/** Creates the provider of one supply. Throws `invalid-request` where its settings cannot work. */
export function createProvider(settings: ProviderSettings, parts: ProviderParts): Provider {
  return createKeyedProvider(kinds[settings.type], settings, parts)
}
