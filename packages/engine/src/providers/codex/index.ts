import { GatewayError } from '@crossfeed/protocols'
import type { OAuthSignIn, OAuthStore } from '../../credentials/oauth-store.ts'
import type { Clock, Log } from '../../ports.ts'
import type { Transport } from '../../transport/http.ts'
import { explainFailure } from '../explain-failure.ts'
import type { Model } from '../model.ts'
import { nearestNames } from '../nearest-names.ts'
import type { Address, CallFacts, Provider, Supply, Target } from '../provider.ts'
import { createCodexAuth, type CodexAuth } from './auth.ts'
import { callHeaders } from './headers.ts'
import { addressOf, type CodexHosts } from './hosts.ts'
import { codexTraits, createCodexCatalogue, unlistedModel } from './models.ts'
import { loginCommand } from './oauth.ts'
import { eventPatches } from './patches/events.ts'
import { requestPatches } from './patches/requests.ts'
import { readLeft, readRefusal, readReset } from './quota.ts'

export interface CodexOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Log
  readonly hosts: CodexHosts
  readonly store: OAuthStore
  /** Crossfeed's version. */
  readonly version: string
  /** Its name: the prefix of its models, and what its sign-in is kept under. `codex` by default. */
  readonly name?: string | undefined
  /** Sent with every model call, over the headers that Crossfeed writes. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined
}

/** Names that clients made up are not remembered without end. */
const mostUnlisted = 500

/** Creates the provider of one ChatGPT account: Responses only, streams only. Nothing is asked before the first need. */
export function createCodex(options: CodexOptions): Provider {
  const { hosts, clock, name = 'codex' } = options
  const key = { provider: name, host: hosts.host }
  const auth = createCodexAuth({ ...options, key })
  const catalogue = createCodexCatalogue({ ...options, auth, name })
  const extra = Object.entries(options.extraHeaders ?? {}).map(
    ([header, value]) => [header.toLowerCase(), value] as const,
  )
  const supplyOf = createSupplies(() => provider)

  const addressFor = (signIn: OAuthSignIn, facts: CallFacts): Address => ({
    ...addressOf(hosts.api, '/responses'),
    headers: Object.assign(callHeaders(signIn, options.version, facts), Object.fromEntries(extra)),
  })
  const find = (wanted: string, expressly: boolean): Supply | undefined => {
    const model = catalogue.get(wanted)
    return model || expressly ? supplyOf(wanted, model) : undefined
  }
  const provider: Provider = {
    id: name,
    aliases: [],
    find: (wanted, expressly) =>
      catalogue.isFresh() ? find(wanted, expressly) : catalogue.load().then(() => find(wanted, expressly), instruct),
    nearest: (wanted) =>
      nearestNames(
        wanted,
        catalogue.shown().map((model) => model.id),
        3,
      ),
    async models() {
      await catalogue.load().catch(instruct)
      return catalogue.shown()
    },
    address(_target, facts) {
      const signIn = auth.current()
      return signIn ? addressFor(signIn, facts) : auth.token().then((made) => addressFor(made, facts), instruct)
    },
    embeddings() {
      throw new GatewayError('invalid-request', 400, `${name} (ChatGPT) makes no embeddings.`, {
        reason: 'embeddings-unsupported',
        fix: 'Ask for a model of another supply.',
      })
    },
    isStaleLogin: (error, { headers }) => isStale(auth, error, headers['authorization']),
    explain: (error, address) => explainFailure(name, error, address, hint(error, name)),
    readLeft,
    readReset: (headers) => readReset(headers, clock.now()),
    readRefusal: (error, headers) => readRefusal(error, headers, clock.now()),
    isReady() {
      if (auth.current() !== undefined) return true
      // Whoever asks again gets to know: the sign-in is looked for meanwhile, and why it fails is told to those who use it.
      auth.token().catch(() => undefined)
      return false
    },
    requestPatches,
    replyPatches: [],
    eventPatches,
  }
  return provider
}

/** Those who only see the message are told what to do, too. */
function instruct(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code !== 'unauthorized' || error.fix === undefined) throw error
  const { code, status, message, reason, fix, upstream } = error
  throw new GatewayError(code, status, `${message} Sign in: ${fix}`, {
    cause: error,
    fix,
    ...(reason === undefined ? {} : { reason }),
    ...(upstream === undefined ? {} : { upstream }),
  })
}

/** Supplies by model; a model of which only the name is known has one, too. */
function createSupplies(provider: () => Provider): (name: string, model: Model | undefined) => Supply {
  const listed = new WeakMap<Model, Supply>()
  const unlisted = new Map<string, Supply>()
  return (name, model) => {
    const known = model ? listed.get(model) : unlisted.get(name)
    if (known) return known
    const supply = createSupply(provider(), model ?? unlistedModel(name))
    if (model) listed.set(model, supply)
    else {
      if (unlisted.size >= mostUnlisted) unlisted.delete(unlisted.keys().next().value ?? '')
      unlisted.set(name, supply)
    }
    return supply
  }
}

function createSupply(provider: Provider, model: Model): Supply {
  const { context, output } = model.limits
  const target: Target = {
    provider: provider.id,
    account: '',
    name: model.id,
    model: model.id,
    protocol: 'responses',
    issuer: `${provider.id}:${model.id}`,
    traits: codexTraits(model),
    limits: { ...(context === undefined ? {} : { context }), ...(output === undefined ? {} : { output }) },
  }
  return {
    provider,
    model: model.id,
    info: model,
    vendor: model.vendor,
    speaks: ['responses'],
    target(protocol) {
      if (protocol !== 'responses') throw new Error(`${model.id} is not served in ${protocol}`)
      return target
    },
  }
}

function isStale(auth: CodexAuth, error: GatewayError, authorization: string | undefined): boolean {
  if (error.status !== 401 || error.upstream === undefined) return false
  const token = authorization?.replace(/^Bearer /, '')
  return token !== undefined && auth.invalidate(token)
}

function hint(error: GatewayError, name: string): string | undefined {
  if (error.reason === 'upstream-401') return `Sign in again: ${loginCommand({ provider: name })}`
  if (error.reason === 'upstream-403') return 'Check that the plan of this ChatGPT account includes Codex'
  if (error.reason === 'upstream-404') return 'Check the model name: crossfeed models'
  return error.reason?.startsWith('network-') ? 'Check the network, and CROSSFEED_CODEX_URL where it is set' : undefined
}
