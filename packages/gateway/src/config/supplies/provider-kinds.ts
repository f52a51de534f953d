import type { ProviderType } from '@crossfeed/engine'
import type { ProtocolId } from '@crossfeed/protocols'
import type { TypeWord } from './provider-schema.ts'

/** What a word for a provider's kind means. */
export interface Kind {
  readonly type: ProviderType | 'codex'
  /** The protocols that the word itself names. */
  readonly endpoints?: readonly ProtocolId[]
  /** How its address is written: with the version path, without it, or the host alone (C-16). */
  readonly spelling: 'whole' | 'bare' | 'host'
  /** There is no address that is everybody's. */
  readonly needsBaseUrl: boolean
}

/** Both vocabularies (C-15): `openai`, `azure`, `anthropic` with `wireApi`; and S004's three words with `authType`. */
export const kinds: Readonly<Record<TypeWord, Kind>> = {
  openai: { type: 'openai', spelling: 'whole', needsBaseUrl: false },
  azure: { type: 'azure', spelling: 'host', needsBaseUrl: true },
  anthropic: { type: 'anthropic', spelling: 'bare', needsBaseUrl: false },
  ollama: { type: 'ollama', spelling: 'bare', needsBaseUrl: false },
  codex: { type: 'codex', spelling: 'bare', needsBaseUrl: false },
  compatible: { type: 'compatible', spelling: 'bare', needsBaseUrl: true },
  'openai-compatible': { type: 'compatible', endpoints: ['chat'], spelling: 'bare', needsBaseUrl: true },
  'openai-responses': { type: 'compatible', endpoints: ['responses'], spelling: 'bare', needsBaseUrl: true },
}

/** The protocols of a model whose type is given (PROV-38). */
export const protocolsOfModelType: Readonly<
  Record<'anthropic' | 'openai-compatible' | 'openai-responses', readonly ProtocolId[]>
> = { anthropic: ['messages'], 'openai-compatible': ['chat'], 'openai-responses': ['responses'] }
