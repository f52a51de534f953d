import { readBaseUrl, readPlainUrl, type ProviderSettings } from '@crossfeed/engine'
import { checkKeys } from '../check-keys.ts'
import { invalidConfig } from '../invalid-config.ts'
import type { NamedProviderConfig, ProviderConfig, ProviderModelConfig, ProviderTokenArgs } from './config.ts'

/** The name of the one provider of a session, as its failures show it. */
export const soleProvider = 'provider'
/** The same, as its token callback is told (official SDK, `ProviderTokenArgs`). */
const implicitName = 'default'

const connectionKeys = [
  'type',
  'wireApi',
  'baseUrl',
  'apiKey',
  'bearerToken',
  'bearerTokenProvider',
  'azure',
  'headers',
] as const
const soleKeys = [...connectionKeys, 'transport', 'modelId', 'wireModel', 'maxPromptTokens', 'maxOutputTokens'] as const
const namedKeys = [...connectionKeys, 'name'] as const
const modelKeys = [
  'id',
  'provider',
  'wireModel',
  'name',
  'maxPromptTokens',
  'maxContextWindowTokens',
  'maxOutputTokens',
] as const

/** The providers of a session, checked: none, its own, or the named ones beside Copilot. */
export interface SessionProviders {
  readonly settings: readonly ProviderSettings[]
  /** Whether Copilot serves too. */
  readonly withCopilot: boolean
  /** The named models, by `provider/id`. */
  readonly models: ReadonlyMap<string, ProviderModelConfig>
}

/** What a session's configuration says of providers. */
export interface ProviderOptions {
  readonly model: string | undefined
  readonly provider: ProviderConfig | undefined
  readonly providers: readonly NamedProviderConfig[] | undefined
  readonly models: readonly ProviderModelConfig[] | undefined
}

/**
 * Checks a session's providers, before anything is asked of anybody. Throws `session-config` when the model is missing or both
 * ways are mixed, and `provider-config` for a provider that cannot work. No error repeats a key or token.
 */
export function readProviders(options: ProviderOptions, sessionId: string): SessionProviders {
  const { provider, providers = [], models = [] } = options
  if (provider !== undefined) {
    if (providers.length > 0 || models.length > 0)
      throw invalidConfig('provider cannot be combined with providers and models.', 'Use one or the other.')
    if (!options.model) {
      throw invalidConfig(
        'model is required when provider (BYOK) is specified.',
        "Name the model beside the provider: { model: 'gpt-5.4', provider: { … } }.",
      )
    }
    checkKeys('provider', provider, soleKeys)
    return { settings: [soleSettings(provider, options.model, sessionId)], withCopilot: false, models: new Map() }
  }
  const settings = providers.map((one) => namedSettings(one, models, sessionId))
  const names = new Set(providers.map(({ name }) => name))
  if (names.size < providers.length) throw wrong('two providers have the same name.')
  const named = new Map<string, ProviderModelConfig>()
  for (const model of models) {
    checkKeys('provider', model, modelKeys, 'models.')
    if (!names.has(model.provider)) throw wrong(`models names a provider that is not in providers: ${model.provider}.`)
    const id = `${model.provider}/${model.id}`
    if (named.has(id)) throw wrong(`models has ${id} twice.`)
    named.set(id, model)
  }
  return { settings, withCopilot: true, models: named }
}

function soleSettings(provider: ProviderConfig, model: string, sessionId: string): ProviderSettings {
  if (provider.transport !== undefined && provider.transport !== 'http')
    throw wrong("transport can only be 'http' here.")
  const wire = provider.wireModel ?? provider.modelId
  return {
    ...connection(provider, soleProvider, { providerName: implicitName, sessionId }),
    models: {
      [model]: {
        ...(wire === undefined ? {} : { wireModel: wire }),
        limits: { prompt: provider.maxPromptTokens, output: provider.maxOutputTokens },
      },
    },
  }
}

function namedSettings(
  provider: NamedProviderConfig,
  models: readonly ProviderModelConfig[],
  sessionId: string,
): ProviderSettings {
  checkKeys('provider', provider, namedKeys)
  const { name } = provider
  if (typeof name !== 'string' || name === '' || name.includes('/'))
    throw wrong('name is missing or has a slash in it: it is the part before the slash in provider/model.')
  const own = models.filter((model) => model.provider === name)
  return {
    ...connection(provider, name, { providerName: name, sessionId }),
    models: Object.fromEntries(
      own.map(({ id, wireModel, maxPromptTokens, maxContextWindowTokens, maxOutputTokens }) => [
        id,
        { wireModel, limits: { prompt: maxPromptTokens, context: maxContextWindowTokens, output: maxOutputTokens } },
      ]),
    ),
  }
}

function connection(
  provider: NamedProviderConfig | ProviderConfig,
  name: string,
  told: ProviderTokenArgs,
): ProviderSettings {
  const { type = 'openai', baseUrl, apiKey, bearerToken, bearerTokenProvider, headers } = provider
  checkValues(provider)
  checkAzure(type, new URL(baseUrl))
  const token =
    bearerTokenProvider === undefined ? bearerToken || undefined : async () => tokenOf(await bearerTokenProvider(told))
  return {
    name,
    type,
    baseUrl: addressFor(type, baseUrl),
    ...(type === 'anthropic' ? {} : { endpoints: [provider.wireApi === 'responses' ? 'responses' : 'chat'] }),
    ...(type === 'azure' ? { apiVersion: provider.azure?.apiVersion } : {}),
    // The bearer wins: the key is not even passed on beside it.
    ...(token === undefined ? { apiKey: apiKey || undefined } : { bearerToken: token }),
    ...(headers === undefined ? {} : { headers }),
  }
}

/** Only `openai` is given with its version path (S000, type notes). */
function addressFor(type: 'openai' | 'azure' | 'anthropic', baseUrl: string): string {
  if (type === 'azure') return readPlainUrl(baseUrl)
  return readBaseUrl(baseUrl, type === 'anthropic' ? 'bare' : 'whole')
}

function tokenOf(token: unknown): string {
  if (typeof token === 'string' && token !== '') return token
  throw wrong('bearerTokenProvider gave no text.')
}

function checkValues(provider: NamedProviderConfig | ProviderConfig): void {
  const { type, wireApi, baseUrl } = provider
  if (typeof baseUrl !== 'string' || baseUrl === '')
    throw wrong('baseUrl is required.', "Give the address, such as 'http://localhost:11434/v1'.")
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol))
    throw wrong('baseUrl is no address.', 'Write it as https://host/v1.')
  if (type !== undefined && !['openai', 'azure', 'anthropic'].includes(type))
    throw wrong("type must be 'openai', 'azure' or 'anthropic'.")
  if (wireApi !== undefined && !['completions', 'responses'].includes(wireApi))
    throw wrong("wireApi must be 'completions' or 'responses'.")
  for (const name of ['apiKey', 'bearerToken'] as const) {
    const value: unknown = provider[name]
    if (value !== undefined && typeof value !== 'string') throw wrong(`${name} must be a text.`)
  }
  if (provider.bearerToken?.startsWith('Bearer ') === true)
    throw wrong('bearerToken begins with the word Bearer.', 'Give the token alone; the word is added.')
  if (provider.azure !== undefined) checkKeys('provider', provider.azure, ['apiVersion'], 'azure.')
}

/** The two mistakes that S000 names, in its troubleshooting: the type and the address belong together. */
function checkAzure(type: string, url: URL): void {
  const path = url.pathname.replace(/\/+$/, '')
  if (type === 'openai' && isAzure(url) && path === '') {
    throw wrong(
      "type 'openai' does not fit a native Azure endpoint (only a host).",
      "Use type: 'azure' with this address, or add /openai/v1/ to it for the OpenAI-compatible endpoint.",
    )
  }
  if (type === 'azure' && path.endsWith('/openai/v1')) {
    throw wrong(
      "type 'azure' takes only the host: /openai/v1/ is the OpenAI-compatible endpoint.",
      "Use type: 'openai' with this address, or type: 'azure' with the host alone.",
    )
  }
}

function isAzure(url: URL): boolean {
  return /\.(?:openai|services\.ai|cognitiveservices)\.azure\.(?:com|us|cn)$/.test(url.hostname)
}

function wrong(why: string, fix?: string): ReturnType<typeof invalidConfig> {
  return invalidConfig(why, fix, 'provider')
}
