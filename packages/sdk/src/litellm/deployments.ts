import type { ModelSettings, ProviderSettings, WeighedTarget } from '@crossfeed/engine'
import { refuseCall } from './errors.ts'
import { readModelName, readVendor, type Env, type VendorOptions } from './vendor-supply.ts'

/** One entry of a Router's list: a name of one's own, and the model behind it. */
export interface ModelListEntry {
  readonly modelName: string
  readonly litellmParams: ModelListParams
}

/** The model of an entry, as a call would name it, and how it is asked. */
export interface ModelListParams extends VendorOptions {
  /** Such as `azure/my-deployment`. */
  readonly model: string
  /** Entries with a smaller number come first; those without come last. */
  readonly order?: number | undefined
  /** Its share among entries of one name. */
  readonly weight?: number | undefined
  /** Requests or tokens a minute: its share, where no entry of the name has a weight. They limit nothing. */
  readonly rpm?: number | undefined
  readonly tpm?: number | undefined
  /** Values for calls that say nothing themselves. */
  readonly temperature?: number | undefined
  readonly topP?: number | undefined
  /** Members that are added to each request; its own win. */
  readonly extraBody?: Readonly<Record<string, unknown>> | undefined
}

/** What a Router's list comes to. */
export interface Deployments {
  readonly providers: readonly ProviderSettings[]
  readonly usesCopilot: boolean
  readonly usesCodex: boolean
  /** By the name that is asked for. */
  readonly targets: ReadonlyMap<string, readonly WeighedTarget[]>
  /** The word of LiteLLM for each provider. */
  readonly vendors: ReadonlyMap<string, string>
}

/** Makes one provider of each entry, since its key, address and values are its own. Throws BadRequestError, AuthenticationError. */
export function buildDeployments(list: readonly ModelListEntry[], env: Env): Deployments {
  const providers: ProviderSettings[] = []
  const targets = new Map<string, WeighedTarget[]>()
  const vendors = new Map<string, string>()
  for (const [index, { modelName, litellmParams: params }] of list.entries()) {
    check(index, modelName, params)
    const named = readModelName(params.model)
    const { word, vendor, wireModel } = named
    const isSignIn = vendor === 'copilot' || vendor === 'codex'
    if (isSignIn) refuseOfSignIn(index, modelName, word, params)
    const provider = isSignIn ? signInNames[vendor] : `${word}-${index + 1}`
    if (!isSignIn) providers.push(settingsOf(provider, readVendor(named, vendor, params, env), wireModel, params))
    vendors.set(provider, word)
    const { order, weight, rpm, tpm } = params
    const group = targets.get(modelName) ?? []
    targets.set(modelName, [...group, { provider, model: wireModel, order, weight, rpm, tpm }])
  }
  return {
    providers,
    usesCopilot: vendors.has(signInNames.copilot),
    usesCodex: vendors.has(signInNames.codex),
    targets,
    vendors,
  }
}

/** An account's calls go to its own service as it wants them: what an entry says of that would do nothing. */
function refuseOfSignIn(index: number, modelName: string, word: string, params: ModelListParams): void {
  const own: readonly (keyof ModelListParams)[] = ['model', 'order', 'weight', 'rpm', 'tpm']
  const wrong = Object.keys(params).find((name) => !own.some((one) => one === name))
  if (wrong === undefined) return
  const message = `Entry ${index + 1} of modelList has litellmParams.${wrong}, which ${word} does not take from it.`
  throw refuseCall(message, 'Leave it out, or give it with the call.', modelName, word)
}

const signInNames = { copilot: 'copilot', codex: 'codex' } as const

const known: readonly string[] = [
  'model',
  'apiBase',
  'apiKey',
  'apiVersion',
  'extraHeaders',
  'order',
  'weight',
  'rpm',
  'tpm',
  'temperature',
  'topP',
  'extraBody',
] satisfies (keyof ModelListParams)[]

function check(index: number, modelName: unknown, params: unknown): asserts params is ModelListParams {
  const called = `Entry ${index + 1} of modelList`
  if (typeof modelName !== 'string' || modelName === '') throw refuseCall(`${called} has no modelName.`, 'Give one.')
  const names = params !== null && typeof params === 'object' ? Object.keys(params) : []
  if (!names.includes('model')) throw refuseCall(`${called} has no litellmParams.model.`, 'Give one.', modelName)
  const wrong = names.find((name) => !known.includes(name))
  if (wrong === undefined) return
  throw refuseCall(`${called} has litellmParams.${wrong}, which is none.`, `Known: ${known.join(', ')}.`, modelName)
}

function settingsOf(
  name: string,
  settings: Omit<ProviderSettings, 'name'>,
  wireModel: string,
  { temperature, topP, extraBody, extraHeaders }: ModelListParams,
): ProviderSettings {
  const model: ModelSettings = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(extraBody === undefined ? {} : { extraBody }),
  }
  return {
    name,
    ...settings,
    ...(extraHeaders === undefined ? {} : { headers: extraHeaders }),
    ...(Object.keys(model).length === 0 ? {} : { models: { [wireModel]: model } }),
  }
}
