import { asBoolean, asNumber, asObject, asObjects, asString } from '@crossfeed/protocols'
import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import type { Model, ModelLimits, ModelPolicy, ModelPrices, ModelSupports } from '../model.ts'

const endpointProtocols: ReadonlyMap<string, ProtocolId> = new Map([
  ['/chat/completions', 'chat'],
  ['/responses', 'responses'],
  ['/v1/messages', 'messages'],
])

/**
 * Reads the answer of `GET /models`. Ids are not unique there: of several entries the first that may be used is kept,
 * at the place of the first.
 */
export function readModels(body: JsonObject): Model[] {
  const models = new Map<string, Model>()
  for (const entry of asObjects(body['data'])) {
    const model = readModel(entry)
    if (model === undefined) continue
    const known = models.get(model.id)
    if (known === undefined || (!isEnabled(known) && isEnabled(model))) models.set(model.id, model)
  }
  return [...models.values()]
}

/** Whether no policy stands against the use of a model. Entries without a policy are not gated. */
export function isEnabled(model: Model): boolean {
  return model.policy === undefined || model.policy.state === 'enabled'
}

function readModel(raw: JsonObject): Model | undefined {
  const id = asString(raw['id'])
  if (!id) return undefined
  const capabilities = asObject(raw['capabilities'])
  const type = asString(capabilities?.['type']) ?? 'chat'
  const billing = asObject(raw['billing'])
  const family = asString(capabilities?.['family'])
  const prices = readPrices(asObject(billing?.['token_prices']))
  const multiplier = asNumber(billing?.['multiplier'])
  const policy = readPolicy(asObject(raw['policy']))
  const served = readEndpoints(raw['supported_endpoints'])
  return {
    id,
    name: asString(raw['name']) || id,
    vendor: asString(raw['vendor']) ?? '',
    ...(family !== undefined && { family }),
    endpoints: type === 'chat' ? served.endpoints : [],
    webSocket: type === 'chat' ? served.webSocket : [],
    embeddings: type === 'embeddings',
    limits: readLimits(asObject(capabilities?.['limits'])),
    supports: readSupports(asObject(capabilities?.['supports'])),
    ...(prices !== undefined && { prices }),
    ...(multiplier !== undefined && { multiplier }),
    ...(policy !== undefined && { policy }),
    raw,
  }
}

/** An entry that names no endpoint is served by chat completions only (§4.1). */
function readEndpoints(value: unknown): { endpoints: ProtocolId[]; webSocket: ProtocolId[] } {
  const names = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
  if (names.length === 0) return { endpoints: ['chat'], webSocket: [] }
  const protocols = (paths: string[]): ProtocolId[] => [
    ...new Set(paths.flatMap((path) => endpointProtocols.get(path) ?? [])),
  ]
  return {
    endpoints: protocols(names),
    webSocket: protocols(names.flatMap((name) => (name.startsWith('ws:') ? name.slice(3) : []))),
  }
}

function readLimits(limits: JsonObject | undefined): ModelLimits {
  const context = asNumber(limits?.['max_context_window_tokens'])
  const prompt = asNumber(limits?.['max_prompt_tokens'])
  const output = asNumber(limits?.['max_output_tokens'])
  const nonStreamingOutput = asNumber(limits?.['max_non_streaming_output_tokens'])
  const images = asNumber(asObject(limits?.['vision'])?.['max_prompt_images'])
  return {
    ...(context !== undefined && { context }),
    ...(prompt !== undefined && { prompt }),
    ...(output !== undefined && { output }),
    ...(nonStreamingOutput !== undefined && { nonStreamingOutput }),
    ...(images !== undefined && { images }),
  }
}

function readSupports(supports: JsonObject | undefined): ModelSupports {
  if (supports === undefined) return {}
  const efforts = supports['reasoning_effort']
  const min = asNumber(supports['min_thinking_budget'])
  const max = asNumber(supports['max_thinking_budget'])
  return {
    streaming: asBoolean(supports['streaming']) ?? false,
    toolCalls: asBoolean(supports['tool_calls']) ?? false,
    parallelToolCalls: asBoolean(supports['parallel_tool_calls']) ?? false,
    structuredOutputs: asBoolean(supports['structured_outputs']) ?? false,
    vision: asBoolean(supports['vision']) ?? false,
    ...(Array.isArray(efforts) && { efforts: efforts.filter((one) => typeof one === 'string') }),
    // One build of the service says more than yes or no here; anything but no is a yes.
    adaptiveThinking: Boolean(supports['adaptive_thinking']),
    ...(max !== undefined && { thinkingBudget: { min: min ?? 0, max } }),
  }
}

function readPrices(prices: JsonObject | undefined): ModelPrices | undefined {
  const batch = asNumber(prices?.['batch_size'])
  if (prices === undefined || batch === undefined || batch <= 0) return undefined
  // Prices are in AI credits of 0.01 USD for `batch_size` tokens (§2.5).
  const usual = readTier(asObject(prices['default']), 10_000 / batch)
  const longContext = readTier(asObject(prices['long_context']), 10_000 / batch)
  if (usual === undefined) return undefined
  return { ...usual, ...(longContext !== undefined && { longContext }) }
}

function readTier(tier: JsonObject | undefined, factor: number): Omit<ModelPrices, 'longContext'> | undefined {
  if (tier === undefined) return undefined
  const price = (key: string): number | undefined => {
    const credits = asNumber(tier[key])
    return credits === undefined ? undefined : credits * factor
  }
  const [input, output] = [price('input_price'), price('output_price')]
  const [cacheRead, cacheWrite] = [price('cache_price'), price('cache_write_price')]
  const contextMax = asNumber(tier['context_max'])
  return {
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(contextMax !== undefined && { contextMax }),
  }
}

function readPolicy(policy: JsonObject | undefined): ModelPolicy | undefined {
  const state = asString(policy?.['state'])
  const terms = asString(policy?.['terms'])
  return state === undefined ? undefined : { state, ...(terms !== undefined && { terms }) }
}
