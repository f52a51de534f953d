import { GatewayError, parseObject, type JsonObject, type ProtocolId, type Traits } from '@crossfeed/protocols'
import type { Clock, Log } from '../ports.ts'
import type { Transport } from '../transport/http.ts'
import { billingLinesFor } from './patches/billing-line.ts'
import { clientMetadata } from './patches/client-metadata.ts'
import { explainFailure, redirectRefused } from './explain-failure.ts'
import { historyReasoning } from './patches/history-reasoning.ts'
import { clampOutput } from './patches/limit-output.ts'
import { createListing, listRefused, listTimeouts, mostListBytes, unreadableList } from './listing.ts'
import type { Model } from './model.ts'
import { nearestNames } from './nearest-names.ts'
import type {
  Address,
  CallFacts,
  ClientHeaders,
  EventPatch,
  Provider,
  ReplyPatch,
  RequestPatch,
  Supply,
} from './provider.ts'
import type { ChatTakes } from './model-settings/content-support.ts'
import { configuredModels, nameAtUpstream, ownSettings, plainModel } from './model-settings/models.ts'
import { modelSettingsPatches, usageEventPatches, usageReplyPatches } from './model-settings/patches.ts'
import { emptyTexts } from './patches/messages-blanks.ts'
import { ownSeals } from './patches/own-seals.ts'
import { ownSearches } from './patches/own-searches.ts'
import { readRateLeft, readRateReset, withRateReset } from './rate-headers.ts'
import type { ModelSettings, ProviderSettings } from './settings.ts'
import { createSupply, statedLimits } from './supply.ts'
import { unaskedUsage } from './patches/unasked-usage.ts'
import { unsaidMembers } from './patches/unsaid-members.ts'

/** What a provider needs of its host. */
export interface ProviderParts {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Log
  /** Crossfeed's version, for its `User-Agent`. */
  readonly version: string
}

/** What a call is let in by; at most one of the two. */
export interface KeyOrToken {
  readonly apiKey?: string | undefined
  readonly bearerToken?: string | undefined
}

/** An endpoint of a provider's address. */
export type Endpoint = ProtocolId | 'embeddings' | 'models'

/** A kind of provider that is let in by a key or a token: what a folder here says of it. */
export interface KeyedKind {
  /** The address where none is configured; undefined where there is none that is everybody's. */
  readonly baseUrl?: string
  /** Throws `invalid-request` where the settings cannot mean what their owner wants. */
  check?(settings: ProviderSettings): void
  /** The protocols spoken where nothing is configured, best first. */
  endpoints(settings: ProviderSettings): readonly ProtocolId[]
  /** Those of `offered` in which a model is served, where its owner says nothing of it; all of them by default. */
  speaks?(model: Model, offered: readonly ProtocolId[], settings: ProviderSettings): readonly ProtocolId[]
  /** Path and query of an endpoint, after the base URL. `model` is the name at the upstream. */
  path(endpoint: Endpoint, model: string, settings: ProviderSettings): string
  /** The call as it goes out, where it differs from what base URL and `path` make of it. */
  call?(address: Address, endpoint: Endpoint, model: string, settings: ProviderSettings): Address
  /** The headers that let a call in. */
  authorize(secret: KeyOrToken, settings: ProviderSettings, endpoint: Endpoint): Record<string, string>
  /** Further headers of a call; `facts` is undefined when the model list is asked for. */
  headersOf?(
    facts: CallFacts | undefined,
    secret: KeyOrToken,
    endpoint: Endpoint,
    settings: ProviderSettings,
  ): Record<string, string>
  readModels(list: JsonObject, settings: ProviderSettings): readonly Model[]
  /** Another name that means the same model there. */
  sameName?(name: string): string | undefined
  /** Whether the upstream's list tells what can be asked for; it does by default. */
  lists?(settings: ProviderSettings): boolean
  /** Whether models make embeddings of which their owner does not say so; they may by default. */
  embeds?(settings: ProviderSettings): boolean
  traits(model: Model, protocol: ProtocolId, settings: ProviderSettings): Traits
  /** What Chat Completions takes there; what most servers take by default. */
  readonly chatTakes?: ChatTakes
  /** Who seals a model's reasoning, within this provider; the model itself by default. */
  issuer?(model: Model): string
  /** It compacts histories of the Responses API itself. */
  readonly compacts?: true
  /** What is likely wrong, in one sentence, where the kind knows more than the failure itself says. */
  hint?(error: GatewayError, settings: ProviderSettings): string | undefined
  /** Percent left of each limit, as the headers of an answer say. */
  readLeft?(headers: ClientHeaders): Readonly<Record<string, number>> | undefined
  requestPatches?(settings: ProviderSettings): readonly RequestPatch[]
  readonly replyPatches?: readonly ReplyPatch[]
  readonly eventPatches?: readonly EventPatch[]
}

/** Names that clients made up are not remembered without end. */
const mostUnlisted = 500

/** Creates a provider of a kind from its settings. Throws `invalid-request` where they cannot work. */
export function createKeyedProvider(kind: KeyedKind, given: ProviderSettings, parts: ProviderParts): Provider {
  // A model is listed with what it is asked by, also where that is its kind's default.
  const settings: ProviderSettings = { ...given, endpoints: given.endpoints ?? kind.endpoints(given) }
  const base = settings.baseUrl ?? kind.baseUrl
  if (base === undefined) throw needsBaseUrl(settings)
  kind.check?.(settings)
  const slash = base.indexOf('/', base.indexOf('://') + 3)
  const origin = slash === -1 ? base : base.slice(0, slash)
  const prefix = slash === -1 ? '' : base.slice(slash)
  const identity = { 'user-agent': `crossfeed/${parts.version}` }
  const configured = configuredModels(settings)
  const supplies = new WeakMap<Model, Supply>()
  const unlisted = new Map<string, Model>()

  const write = (endpoint: Endpoint, model: string, secret: KeyOrToken, facts?: CallFacts): Address => {
    const path = prefix + kind.path(endpoint, model, settings)
    const address = { origin, path, headers: headersOf(endpoint, secret, facts) }
    return kind.call?.(address, endpoint, model, settings) ?? address
  }
  const headersOf = (endpoint: Endpoint, secret: KeyOrToken, facts?: CallFacts): Record<string, string> => ({
    ...identity,
    accept: 'application/json',
    ...(endpoint === 'models' ? {} : { 'content-type': 'application/json' }),
    ...(facts === undefined ? {} : forwarded(facts.client, 'user-agent')),
    ...kind.headersOf?.(facts, secret, endpoint, settings),
    ...kind.authorize(secret, settings, endpoint),
    ...lowerCase(settings.headers),
  })
  const withSecret = (use: (secret: KeyOrToken) => Address): Address | Promise<Address> => {
    const { bearerToken, apiKey } = settings
    if (typeof bearerToken === 'function')
      return askToken(bearerToken, settings.name).then((token) => use({ bearerToken: token }))
    return use(bearerToken ? { bearerToken } : { apiKey })
  }
  const fetchModels = async (): Promise<readonly Model[]> => {
    if (kind.lists?.(settings) === false) return []
    const address = await withSecret((secret) => write('models', '', secret))
    const answer = await parts.transport
      .request({ method: 'GET', ...address, timeouts: listTimeouts }, mostListBytes)
      .catch((error: unknown) => {
        throw error instanceof GatewayError ? provider.explain(error, address) : error
      })
    const text = answer.body.toString()
    const moved = answer.status < 400 ? redirectRefused(answer.headers) : undefined
    if (moved) throw provider.explain(moved, address)
    if (answer.status !== 200) throw provider.explain(listRefused(answer, address.headers), address)
    const list = parseObject(text)
    if (list) return kind.readModels(list, settings)
    throw unreadableList(settings.name)
  }
  const listing = createListing(settings.name, fetchModels, parts)

  const supplyOf = (model: Model): Supply => {
    const known = supplies.get(model)
    if (known) return known
    const supply = supplyFor(provider, kind, settings, model)
    supplies.set(model, supply)
    return supply
  }
  const madeUp = (name: string): Model => {
    const known = unlisted.get(name)
    if (known) return known
    const model = plainModel(name, settings)
    if (unlisted.size >= mostUnlisted) unlisted.delete(unlisted.keys().next().value ?? '')
    unlisted.set(name, model)
    return model
  }
  const known = (name: string): Model | undefined => {
    const same = kind.sameName?.(name) ?? name
    return configured.get(name) ?? configured.get(same) ?? listing.get(name) ?? listing.get(same)
  }
  const provider: Provider = {
    id: settings.name,
    aliases: [],
    find(name, expressly) {
      const model = known(name)
      if (model) return supplyOf(model)
      if (!expressly)
        return listing.isFresh()
          ? undefined
          : listing
              .load()
              .then(() => known(name))
              .then((one) => one && supplyOf(one))
      return supplyOf(madeUp(name))
    },
    nearest: (name) => nearestNames(name, [...configured.keys(), ...listing.models().map((model) => model.id)], 3),
    async models() {
      await listing.load().catch((error: unknown) => {
        if (configured.size === 0) throw error
      })
      const rest = listing
        .models()
        .filter(({ id }) => !configured.has(id) && !configured.has(kind.sameName?.(id) ?? id))
      return [...configured.values(), ...rest]
    },
    address: (target, facts) => withSecret((secret) => write(target.protocol, target.model, secret, facts)),
    embeddings(model, facts) {
      if (kind.embeds?.(settings) === false && !isSetToEmbed(settings, model)) throw embeddingsUnsupported(settings)
      return withSecret((secret) => write('embeddings', model, secret, facts))
    },
    ...(settings.endpoints?.includes('responses') && {
      ...(kind.compacts && { compacts: true }),
      besideResponses: (rest, query, facts) =>
        withSecret((secret) => extended(write('responses', '', secret, facts), rest, query)),
    }),
    // A key does not go stale, and a token that is asked for each time is never old.
    isStaleLogin: () => false,
    explain: (error, address) => explainFailure(settings, error, address, kind.hint?.(error, settings)),
    // OpenAI and Azure answer 429 with these codes where nothing is left to spend.
    limitsAll: ({ upstream }) => upstream?.code === 'insufficient_quota' || upstream?.code === 'quota_exceeded',
    readLeft: (headers) => (kind.readLeft ?? readRateLeft)(headers),
    readReset: (headers) => readRateReset(headers, parts.clock.now()),
    readRefusal: (error, headers) => withRateReset(error, headers, parts.clock.now()),
    isReady: () => true,
    requestPatches: [
      ...unsaidMembers,
      ...billingLinesFor(settings),
      emptyTexts,
      ...modelSettingsPatches(settings, kind.chatTakes),
      ...ownSeals,
      ownSearches,
      historyReasoning,
      ...(['chat', 'responses', 'messages'] as const).map(clampOutput),
      clientMetadata,
      ...(kind.requestPatches?.(settings) ?? []),
    ],
    replyPatches: [...usageReplyPatches(settings), ...(kind.replyPatches ?? [])],
    eventPatches: [...usageEventPatches(settings), unaskedUsage, ...(kind.eventPatches ?? [])],
  }
  return provider
}

function supplyFor(provider: Provider, kind: KeyedKind, settings: ProviderSettings, model: Model): Supply {
  const own: ModelSettings | undefined = ownSettings(settings, model.id)
  const offered = settings.endpoints ?? kind.endpoints(settings)
  const served = own?.endpoints ?? kind.speaks?.(model, offered, settings) ?? offered
  const wire = nameAtUpstream(settings, model.id)
  return createSupply({
    provider,
    model,
    wire,
    speaks: model.embeddings ? [] : served,
    sealedBy: kind.issuer?.(model) ?? wire,
    limits: statedLimits(model.limits),
    traits: (protocol) => kind.traits(model, protocol, settings),
  })
}

/** The address of what is below an endpoint, with the query of both. */
function extended(address: Address, rest: string, query: string): Address {
  const [path = '', own = ''] = address.path.split('?', 2)
  const all = [own, query].filter((one) => one !== '').join('&')
  return { ...address, path: `${path}${rest}${all === '' ? '' : `?${all}`}` }
}

async function askToken(ask: () => string | Promise<string>, name: string): Promise<string> {
  const token: unknown = await ask()
  if (typeof token === 'string' && token !== '') return token
  throw new GatewayError('unauthorized', 401, `The token function of ${name} gave no text.`, {
    reason: 'token-function',
  })
}

/** The client's headers of these names. Its own credentials and everything else stay behind (PROV-24). */
export function forwarded(client: ClientHeaders, ...names: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of names) {
    const value = client[name]
    if (typeof value === 'string' && value !== '') headers[name] = value
  }
  return headers
}

function lowerCase(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Whether the owner says that a model makes embeddings; `wire` is its name at the upstream. */
function isSetToEmbed(settings: ProviderSettings, wire: string): boolean {
  const own = Object.entries(settings.models ?? {})
  return own.some(([name, { embeddings }]) => embeddings === true && nameAtUpstream(settings, name) === wire)
}

function embeddingsUnsupported({ name, type }: ProviderSettings): GatewayError {
  return new GatewayError('invalid-request', 400, `${name} makes no embeddings (${type}).`, {
    reason: 'embeddings-unsupported',
    fix: 'Ask for a model of another supply, or set embeddings: true of the model where it makes them all the same.',
  })
}

function needsBaseUrl({ name, type }: ProviderSettings): GatewayError {
  return new GatewayError('invalid-request', 400, `The provider ${name} (${type}) has no baseUrl.`, {
    reason: 'base-url',
    fix: 'Give the address of its API as baseUrl.',
  })
}
