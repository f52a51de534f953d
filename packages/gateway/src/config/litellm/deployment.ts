import { vendorCalled, vendorOfBareName, vendorWords, type ModelSettings } from '@crossfeed/engine'
import { isObject, nearest, type ProtocolId } from '@crossfeed/protocols'
import type { Report } from '../report.ts'
import { readHeaders, readSource, type Source, type SourceParts } from './deployment-source.ts'
import type { Section } from './section.ts'

/** One entry of `model_list`. */
export interface Deployment {
  readonly path: readonly PropertyKey[]
  /** What clients ask for; `*` in it stands for anything. */
  readonly publicName: string
  /** LiteLLM's word for the provider, as its name here begins. */
  readonly vendor: string
  readonly source: Source
  /** The upstream's name; ends in `*` where any will do. */
  readonly wireModel: string
  readonly settings: ModelSettings
  /** For all calls to Copilot; other sources have their headers in them. */
  readonly headers: Readonly<Record<string, string>>
  readonly order?: number
  readonly weights: { readonly weight?: number; readonly rpm?: number; readonly tpm?: number }
}

/** Reads one entry. Undefined after a problem, or after a warning that it is left out. */
export function readDeployment(entry: Section, index: number, parts: SourceParts): Deployment | undefined {
  const { report } = parts
  const publicName = entry.text('model_name')
  const called = `model_list entry ${index + 1}${publicName === undefined ? '' : ` (${publicName})`}`
  const wrong = (message: string, fix: string): undefined => {
    report.problem(entry.path, `${called} ${message}`, fix, 'config-entry')
    return undefined
  }
  const params = entry.section('litellm_params')
  const info = entry.section('model_info')
  const model = params?.text('model')
  if (publicName === undefined) return wrong('has no model_name', 'Add model_name: the name that clients ask for.')
  if (params === undefined || model === undefined) {
    return wrong('has no litellm_params.model', 'Add litellm_params: with model: <provider>/<name>.')
  }
  if (model === '*') {
    report.warn(entry.path, `${called} is left out: model: "*" names no provider; write openai/* or another`)
    return undefined
  }
  const found = splitModel(model, params.text('custom_llm_provider'))
  const vendor = found && vendorCalled(found.word)
  if (found === undefined) {
    const fix = 'Write the provider before it, such as openai/<name> or ollama/<name>.'
    return wrong(`is for ${model}, which names no provider`, fix)
  }
  if (vendor === undefined) {
    const near = nearest(found.word, vendorWords)
    const fix = `Write openai/<name> with its api_base if it speaks OpenAI's protocol, or remove the entry.`
    const said = near === undefined ? fix : `Did you mean ${near}/? Otherwise: ${fix}`
    return wrong(`is for ${model}, whose provider is not known here`, said)
  }
  const stars = (name: string): number => name.split('*').length - 1
  if (stars(publicName) > 1 || stars(model) > stars(publicName)) {
    const why =
      stars(publicName) > 1 ? 'a name may have one star' : `nothing in its name says what * in ${model} stands for`
    report.warn(entry.path, `${called} is left out: ${why}`)
    return undefined
  }
  const mode = info?.text('mode') ?? 'chat'
  if (mode !== 'chat' && mode !== 'responses' && mode !== 'embedding') {
    report.warn(entry.path, `${called} is left out: mode ${mode} (LiteLLM) cannot be served`)
    return undefined
  }
  const wire = wireName(found.wireModel)
  const headers = { ...readHeaders(params, 'headers', report), ...readHeaders(params, 'extra_headers', report) }
  const source = typeof vendor === 'string' ? vendor : readSource(vendor, found.word, params, headers, parts, called)
  if (source === undefined) return undefined
  const isResponses = mode === 'responses' || wire.isResponses
  const order = params.number('order')
  const deployment: Deployment = {
    path: entry.path,
    publicName,
    vendor: typeof vendor === 'string' ? vendor : (vendor.name ?? found.word),
    source,
    wireModel: wire.name,
    settings: {
      ...readModelSettings(params, info, report),
      ...(isResponses ? { endpoints: ['responses'] satisfies ProtocolId[] } : {}),
      ...(mode === 'embedding' ? { embeddings: true } : {}),
    },
    headers,
    ...(order === undefined ? {} : { order }),
    weights: readWeights(params),
  }
  info?.accept('id', 'description', 'base_model')
  params.close('litellm_params')
  info?.close('model_info')
  entry.close('model_list')
  return deployment
}

function splitModel(model: string, custom: string | undefined): { word: string; wireModel: string } | undefined {
  const slash = model.indexOf('/')
  const first = slash < 1 ? undefined : model.slice(0, slash)
  const rest = model.slice(slash + 1)
  if (custom !== undefined) return { word: custom, wireModel: first === custom ? rest : model }
  if (first !== undefined) return rest === '' ? undefined : { word: first, wireModel: rest }
  const word = vendorOfBareName(model)
  return word === undefined ? undefined : { word, wireModel: model }
}

/** LiteLLM puts hints for itself before a name: the bridge to Responses, and families of Azure deployments. */
function wireName(model: string): { readonly name: string; readonly isResponses: boolean } {
  const name = model.replace(/^(?:responses|o_series|gpt5_series)\//, '')
  return { name, isResponses: model.startsWith('responses/') }
}

function readModelSettings(params: Section, info: Section | undefined, report: Report): ModelSettings {
  const [temperature, topP, topK] = [params.number('temperature'), params.number('top_p'), params.number('top_k')]
  const body = params.value('extra_body')
  if (body !== undefined && !isObject(body)) {
    const path = [...params.path, 'extra_body']
    report.problem(path, `${path.join('.')} is not a map of members of the request`, 'Correct the line.')
  }
  const prompt = info?.number('max_input_tokens')
  const legacy = info?.number('max_tokens')
  const output = info?.number('max_output_tokens') ?? legacy
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(isObject(body) ? { extraBody: body } : {}),
    ...(prompt === undefined && output === undefined ? {} : { limits: { prompt, output } }),
  }
}

function readWeights(params: Section): Deployment['weights'] {
  const [weight, rpm, tpm] = [params.number('weight'), params.number('rpm'), params.number('tpm')]
  return {
    ...(weight === undefined ? {} : { weight }),
    ...(rpm === undefined ? {} : { rpm }),
    ...(tpm === undefined ? {} : { tpm }),
  }
}
