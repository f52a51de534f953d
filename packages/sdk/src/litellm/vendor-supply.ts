import {
  readAddress,
  readAzureBase,
  servesOpenAi,
  vendorCalled,
  vendorOfBareName,
  vendorWords,
  type ProviderSettings,
  type Vendor,
} from '@crossfeed/engine'
import { AuthenticationError, refuseCall } from './errors.ts'

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>

/** A model's name, taken apart. */
export interface NamedModel {
  /** The word before the model: `github_copilot`, `openai`, … */
  readonly word: string
  readonly vendor: Vendor | 'copilot' | 'codex'
  /** The rest, as the provider knows it; a name of another gateway's keeps its own prefix (PROV-40). */
  readonly wireModel: string
  /** Asked for in Responses: LiteLLM's `openai/responses/<name>`. */
  readonly isResponses: boolean
}

/** What a call or an entry of a Router says of its provider. */
export interface VendorOptions {
  readonly apiBase?: string | undefined
  readonly apiKey?: string | undefined
  readonly apiVersion?: string | undefined
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined
}

/** Takes a model's name apart as LiteLLM does. Throws BadRequestError where it names no provider that is known. */
export function readModelName(model: string): NamedModel {
  const slash = model.indexOf('/')
  const word = slash > 0 ? model.slice(0, slash) : vendorOfBareName(model)
  const rest = slash > 0 ? model.slice(slash + 1) : model
  const known = `Write it before the name, such as openai/<name>. Known: ${vendorWords.join(', ')}.`
  if (word === undefined) throw refuseCall(`The name ${model} says no provider.`, known, model)
  const vendor = vendorCalled(word)
  if (vendor === undefined) throw refuseCall(`There is no provider ${word}.`, known, model, word)
  // Hints that LiteLLM puts before names for itself: the bridge to Responses, and families of Azure deployments.
  const wireModel = rest.replace(/^(?:responses|o_series|gpt5_series)\//, '')
  if (wireModel === '') throw refuseCall(`The name ${model} has no model in it.`, `Write ${word}/<name>.`, model, word)
  return { word, vendor, wireModel, isResponses: rest.startsWith('responses/') }
}

/**
 * How a vendor is reached: by the words of the call, else by the variables that LiteLLM reads. Throws BadRequestError for an
 * address that cannot be, AuthenticationError where there is no key and one is needed.
 */
export function readVendor(
  { word, isResponses }: NamedModel,
  vendor: Vendor,
  options: VendorOptions,
  env: Env,
): Omit<ProviderSettings, 'name'> & { readonly baseUrl: string } {
  const variable = (names: readonly string[] = []): string | undefined =>
    names.map((name) => env[name]).find((value) => value)
  const isAzure = vendor.type === 'azure'
  const written = options.apiBase ?? variable(vendor.baseVariables) ?? vendor.baseUrl
  if (written === undefined) {
    const names = vendor.baseVariables?.join(' or ')
    throw refuseCall(
      `The address of ${word} is not known.`,
      `Give apiBase${names ? `, or set ${names}` : ''}.`,
      '',
      word,
    )
  }
  const azure = isAzure ? readAzureBase(written) : undefined
  const address = readAddress(azure?.baseUrl ?? written, vendor)
  if ('fault' in address) throw refuseCall(`The apiBase of ${word} ${address.fault}.`, address.fix, '', word)
  const { baseUrl } = address
  const apiKey = options.apiKey ?? variable(vendor.keyVariables)
  const headers = Object.keys(options.extraHeaders ?? {})
  const hasHeader = headers.some((name) => /^(?:authorization|x-api-key|api-key)$/i.test(name))
  if (!apiKey && !vendor.keyless && !hasHeader && !isLocal(baseUrl)) throw keyMissing(word, vendor)
  const apiVersion = azure?.apiVersion ?? options.apiVersion ?? (isAzure ? env['AZURE_API_VERSION'] : undefined)
  return {
    type: vendor.type === 'openai' && !servesOpenAi(baseUrl) ? 'compatible' : vendor.type,
    baseUrl,
    ...(apiKey ? { apiKey } : {}),
    ...(isAzure && apiVersion ? { apiVersion } : {}),
    ...(isResponses ? { endpoints: ['responses'] as const } : {}),
  }
}

function keyMissing(word: string, { keyVariables }: Vendor): AuthenticationError {
  const fix = `Give apiKey${keyVariables ? `, or set ${keyVariables.join(' or ')}` : ''}.`
  const facts = { status: 401, llmProvider: word, model: '', code: 'key-missing', retryAfter: undefined }
  const reason = 'key-missing'
  return new AuthenticationError(`There is no key for ${word}. ${fix}`, { ...facts, requestId: undefined, reason, fix })
}

/** A server on this machine may go without a key. */
function isLocal(baseUrl: string): boolean {
  return /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(baseUrl).hostname)
}
