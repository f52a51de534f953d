/** What a token callback is told. */
export interface ProviderTokenArgs {
  /** `default` for the one provider of a session, else its name. */
  readonly providerName: string
  readonly sessionId: string
}

/** Gives a bearer token (without the word `Bearer`). Called before each request; what it gives is kept nowhere. */
export type BearerTokenProvider = (args: ProviderTokenArgs) => Promise<string>

/** How to reach a provider and be let in. */
interface ProviderConnection {
  /** `openai` (default) for anything OpenAI-compatible, `azure` for native Azure OpenAI, `anthropic`. */
  type?: 'openai' | 'azure' | 'anthropic' | undefined
  /** For `openai` and `azure`: Chat Completions (default) or Responses. */
  wireApi?: 'completions' | 'responses' | undefined
  /** With the version path for `openai` (`https://api.openai.com/v1`); only the host for `azure` and `anthropic`. */
  baseUrl: string
  /** Not needed by local servers such as Ollama. */
  apiKey?: string | undefined
  /** Sent as `Authorization: Bearer`; beats `apiKey`. */
  bearerToken?: string | undefined
  /** Beats both. */
  bearerTokenProvider?: BearerTokenProvider | undefined
  azure?: { apiVersion?: string | undefined } | undefined
  /** Sent with every request. */
  headers?: Record<string, string> | undefined
}

/** A provider with one's own key (BYOK) for a whole session. */
export interface ProviderConfig extends ProviderConnection {
  /** Plain HTTP is the only way here. */
  transport?: 'http' | undefined
  /** The model's well-known name; also sent where `wireModel` is not set. Default: the session's `model`. */
  modelId?: string | undefined
  /** The model's name at the provider, such as an Azure deployment. */
  wireModel?: string | undefined
  /** Tokens that a prompt may have: compaction keeps below. */
  maxPromptTokens?: number | undefined
  /** Tokens that an answer may have. */
  maxOutputTokens?: number | undefined
}

/** A provider beside Copilot; its models are named `name/id`. */
export interface NamedProviderConfig extends ProviderConnection {
  /** No slash in it. */
  name: string
}

/** A model of a named provider. */
export interface ProviderModelConfig {
  /** Unique at its provider. */
  id: string
  /** The `name` of a named provider. */
  provider: string
  /** Its name at the provider; default `id`. */
  wireModel?: string | undefined
  /** Display name. */
  name?: string | undefined
  maxPromptTokens?: number | undefined
  maxContextWindowTokens?: number | undefined
  maxOutputTokens?: number | undefined
}
