import type { ProtocolId } from '@crossfeed/protocols'

/** The kinds of providers that are let in by a key or a token. Copilot and Codex have sign-ins of their own. */
export type ProviderType = 'openai' | 'azure' | 'anthropic' | 'ollama' | 'compatible'

/** One supply as its owner configured it. Absent members are the kind's own defaults. */
export interface ProviderSettings {
  /** Its name: the prefix of its models (`name/model`) and of its routes (`/name/v1/…`). No slash in it. */
  readonly name: string
  readonly type: ProviderType
  /** The address that endpoint paths such as `/chat/completions` follow, version path and all; see `readBaseUrl`. */
  readonly baseUrl?: string | undefined
  /** The protocols to use, best first. */
  readonly endpoints?: readonly ProtocolId[] | undefined
  readonly apiKey?: string | undefined
  /** Sent as `Authorization: Bearer`; beats `apiKey`. A function is asked before each call; what it says is kept nowhere. */
  readonly bearerToken?: string | (() => string | Promise<string>) | undefined
  /** The header that carries `apiKey`; the kind's own by default. */
  readonly keyHeader?: 'authorization' | 'x-api-key' | 'api-key' | undefined
  /** Azure: a date such as `2024-10-21` (the default) for the deployment route, `v1` for the versionless one. */
  readonly apiVersion?: string | undefined
  /** Sent with every call, over the headers that Crossfeed writes. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** By the name that clients use. Models that are not named here are served too. */
  readonly models?: Readonly<Record<string, ModelSettings>> | undefined
  /** The upstream counts cached tokens into its input: they are taken out of what clients are told (PROV-32). */
  readonly adjustInputTokens?: boolean | undefined
  /** Marks for Claude's prompt cache in requests of clients that cannot set them; by default they are made. */
  readonly cacheBreakpoints?: boolean | undefined
}

/** What a provider's owner says of one model. */
export interface ModelSettings {
  /** Its name at the upstream, where that is another one. */
  readonly wireModel?: string | undefined
  /** The protocols to use for it, best first; they beat the provider's. */
  readonly endpoints?: readonly ProtocolId[] | undefined
  /** Serves embeddings only. */
  readonly embeddings?: boolean | undefined
  /** In tokens. */
  readonly limits?:
    | {
        readonly context?: number | undefined
        readonly prompt?: number | undefined
        readonly output?: number | undefined
      }
    | undefined
  /** Values for requests that say nothing themselves (PROV-26). */
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  readonly topK?: number | undefined
  /** Members added to the body; the request's own win, but for `thinking_budget` (PROV-27, PROV-28). */
  readonly extraBody?: Readonly<Record<string, unknown>> | undefined
  /** Marks the first two system messages and the last two others for the upstream's prompt cache (PROV-29). */
  readonly contextCache?: boolean | undefined
  /** PDF documents go as file parts; without it a notice takes their place (PROV-30). */
  readonly supportPdf?: boolean | undefined
  /** What tool results may hold besides text (PROV-30); none of them: text only. */
  readonly toolContentSupportType?: readonly ('array' | 'image' | 'pdf')[] | undefined
}
