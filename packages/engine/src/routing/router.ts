import { asGatewayError, GatewayError } from '@crossfeed/protocols'
import type { Clock } from '../ports.ts'
import { nearestNames, sortByNearness } from '../providers/nearest-names.ts'
import type { Provider, Supply } from '../providers/provider.ts'
import { noFallbacks, type Alias, type Fallbacks } from './aliases.ts'
import { createCandidates } from './candidates.ts'
import { kindOfFailure } from './failure-kind.ts'
import { createHealth, type CoolDown } from './health.ts'
import { createPatterns, hasStar, type Matched } from './patterns.ts'
import { publicName } from './public-name.ts'
import type { Candidate, Route, Router, Session, Turn } from './route.ts'
import { shareOut } from './share.ts'
import { shortName } from './short-name.ts'

export interface RouterOptions {
  readonly clock: Clock
  /** In the order in which a bare model name is looked for. */
  readonly providers: readonly Provider[]
  /** Names that lead to others, exact; applied before anything else is read from a name. */
  readonly modelMappings?: Readonly<Record<string, string>> | undefined
  readonly aliases?: readonly Alias[] | undefined
  readonly fallbacks?: Fallbacks | undefined
  readonly coolDown?: Partial<CoolDown> | undefined
}

/** Fallbacks of one name that are followed, at most (GW-11). */
const mostFallbacks = 5

/** Creates the router of an engine: name → mapping → alias → `provider/model` → the first provider that lists it (C-11). */
export function createRouter(options: RouterOptions): Router {
  const { providers, fallbacks = noFallbacks } = options
  const mappings = new Map(Object.entries(options.modelMappings ?? {}))
  const plain = (options.aliases ?? []).filter(({ name }) => !hasStar(name))
  const aliases = new Map(plain.map((alias) => [alias.name, alias]))
  const byName = new Map<string, Provider>()
  for (const provider of providers) for (const name of [provider.id, ...provider.aliases]) byName.set(name, provider)
  const patterns = createPatterns(options.aliases ?? [], (name) => byName.get(name)?.hasLongVariants === true)
  const candidates = createCandidates()
  const health = createHealth(options.clock, { allowedFails: 3, coolDownMs: 30_000, ...options.coolDown })
  const hasFallbacks =
    fallbacks.byDefault.length +
      [fallbacks.general, fallbacks.contextWindow, fallbacks.contentPolicy].flatMap(Object.keys).length >
    0
  /** Routes to one supply and nothing else, so that the common request makes nothing new. */
  const direct = new WeakMap<Supply, Route>()

  const nearest = (name: string, among = providers): readonly string[] => nearestTo(name, among, aliases.keys())

  const directTo = (supply: Supply): Route => {
    const known = direct.get(supply)
    if (known) return known
    const route = { alias: undefined, candidates: [candidates.known(supply, 'first')], first: supply }
    direct.set(supply, route)
    return route
  }

  /** Provider and model of `provider/model`; undefined where the left part is no provider's name (PROV-34). */
  const split = (name: string): { provider: Provider; model: string } | undefined => {
    const slash = name.indexOf('/')
    const provider = slash > 0 ? byName.get(name.slice(0, slash)) : undefined
    return provider && { provider, model: name.slice(slash + 1) }
  }

  /** The alias that a name is, or that stands for it: a supply's own name before the slash comes before patterns without one. */
  const aliasOf = (name: string): (Alias & Partial<Matched>) | undefined =>
    aliases.get(name) ?? aliases.get(shortName(name)) ?? (split(name) ? patterns.findWithin(name) : patterns.find(name))

  const targetsOf = (alias: Alias, session: Session, turn: Turn): Candidate[] => {
    return shareOut(alias.targets, session).flatMap(({ provider, model }) => {
      const found = byName.get(provider)
      return found ? [candidates.create(found, model, turn)] : []
    })
  }

  const fallbacksOf = (name: string, session: Session, pattern = name): Candidate[] => {
    if (!hasFallbacks) return []
    const of = (lists: Fallbacks['general']): readonly string[] | undefined => own(lists, name) ?? own(lists, pattern)
    const read = (names: readonly string[] = [], turn: Turn): Candidate[] =>
      names.slice(0, mostFallbacks).flatMap((one) => {
        const alias = aliasOf(one)
        if (alias) return targetsOf(alias, session, turn)
        const named = split(one)
        if (named) return [candidates.create(named.provider, named.model, turn)]
        return providers.map((provider) => candidates.create(provider, one, turn, false))
      })
    return [
      ...read(of(fallbacks.general) ?? fallbacks.byDefault.filter((one) => one !== name), 'fallback'),
      ...read(of(fallbacks.contextWindow), 'context-window'),
      ...read(of(fallbacks.contentPolicy), 'content-policy'),
    ]
  }

  const isWell = ({ provider, id }: Candidate): boolean => health.isWell({ provider, model: id })

  /** The candidate while its model is well also by the name that its provider lists it under. */
  const onlyWell = (candidate: Candidate): Candidate => {
    const check = (supply: Supply | undefined): Supply | undefined =>
      supply && health.isWell({ provider: supply.provider.id, model: supply.info.id }) ? supply : undefined
    return {
      ...candidate,
      find() {
        const found = candidate.find()
        return found instanceof Promise ? found.then(check) : check(found)
      },
    }
  }

  const begin = (alias: string | undefined, all: readonly Candidate[], name: string): Route | Promise<Route> => {
    const wanted = all.filter((one) => one.turn === 'first')
    const inOrder = [
      ...wanted.filter((one) => isWell(one)).map(onlyWell),
      ...all.filter((one) => one.turn === 'fallback' && isWell(one)).map(onlyWell),
      ...wanted,
    ]
    return firstFound(
      inOrder,
      (first) => ({ alias, candidates: all, first }),
      () => notFound(name, nearest(name)),
    )
  }

  /**
   * A bare name: the first provider that lists it; where nobody does and there is only one, that one decides. Those whose
   * lists are not at hand are asked all at once, so that their silences are waited for side by side.
   */
  const findBare = (name: string): Supply | Promise<Supply> => {
    const asked: Asking[] = []
    for (const provider of providers) {
      const found = provider.find(name, false)
      if (found instanceof Promise) {
        // It may fail when nobody waits for it any more.
        found.catch(() => undefined)
        asked.push({ provider, found })
      } else if (found) return asked.length === 0 ? found : firstOf(name, asked, found)
    }
    return asked.length === 0 ? lastResort(name, []) : firstOf(name, asked, undefined)
  }

  const firstOf = async (name: string, asked: readonly Asking[], known: Supply | undefined): Promise<Supply> => {
    const silent: Silent[] = []
    for (const { provider, found } of asked) {
      try {
        const supply = await found
        if (supply) return supply
      } catch (error) {
        silent.push({ provider, error: asGatewayError(error) })
      }
    }
    return known ?? lastResort(name, silent)
  }

  const lastResort = (name: string, silent: readonly Silent[]): Supply | Promise<Supply> => {
    const others = providers.filter((provider) => !provider.isBare)
    const isSignedOut = silent[0]?.error.reason === 'no-sign-in'
    const only = others.length === 1 && (providers.length === 1 || isSignedOut) ? others[0] : undefined
    const missing = (): never => {
      const signedIn = silent.filter(({ error }) => error.reason !== 'no-sign-in')
      // Who was not asked for its models decides only where the name would be its own, or where nobody else could say.
      const decisive = signedIn.find(({ provider }) => provider.isBare)
      if (decisive) throw decisive.error
      if (silent.length === providers.length) throw (signedIn[0] ?? silent[0])?.error
      const unheard = signedIn.map(({ provider }) => provider.id)
      throw notFound(name, nearest(name), unheard)
    }
    const found = only?.find(name, true)
    if (!(found instanceof Promise)) return found ?? missing()
    return found.then((supply) => supply ?? missing())
  }

  const findAt = (provider: Provider, model: string): ReturnType<Provider['find']> =>
    provider.find(provider.hasLongVariants ? model : shortName(model), true)

  /** Claude Code lists only what begins with `claude`: it is shown other names with that before them. */
  const plainName = (name: string): string =>
    name.startsWith('claude/') && !byName.has('claude') && !aliases.has(name) && !patterns.findWithin(name)
      ? name.slice('claude/'.length)
      : name

  const withFallbacks = (name: string, session: Session, supply: Supply): Route | Promise<Route> => {
    const rest = fallbacksOf(name, session)
    if (rest.length === 0) return directTo(supply)
    return begin(undefined, [candidates.known(supply, 'first'), ...rest], name)
  }

  return {
    route({ model, provider: named, session }) {
      // A supply's own route asks that supply alone, by its own names (CFG-16).
      const name = plainName(named === undefined ? (mappings.get(model) ?? model) : model)
      const alias = named === undefined ? aliasOf(name) : undefined
      if (alias) {
        const rest = fallbacksOf(name, session, alias.pattern)
        return begin(alias.name, [...targetsOf(alias, session, 'first'), ...rest], name)
      }
      const addressed = named === undefined ? split(name) : addressedTo(byName, named, name)
      const found = addressed ? findAt(addressed.provider, addressed.model) : findBare(name)
      const go = (supply: Supply | undefined): Route | Promise<Route> => {
        if (!supply) throw notFound(name, nearest(name, addressed && [addressed.provider]))
        return named === undefined ? withFallbacks(name, session, supply) : directTo(supply)
      }
      return found instanceof Promise ? found.then(go) : go(found)
    },
    next(route, tried, error) {
      if (route.candidates.length < 2) return []
      const kind = kindOfFailure(error)
      const open = route.candidates.filter(
        (one) => !tried.some((supply) => supply.provider.id === one.provider && supply.info.id === one.id),
      )
      if (kind === 'final') return []
      if (kind === 'overflow') return open.filter((one) => one.turn === 'context-window')
      if (kind === 'content-policy') return open.filter((one) => one.turn === 'content-policy')
      const general = open.filter((one) => one.turn === 'first' || one.turn === 'fallback')
      return [...general.filter((one) => isWell(one)), ...general.filter((one) => !isWell(one))]
    },
    nearest: (name) => nearest(name),
    failed(supply, error, resetsAt) {
      if (kindOfFailure(error) === 'passing') health.failed(supply, error, resetsAt)
    },
    served: (supply) => health.served(supply),
  }
}

/** The first candidate that is there. What a provider says of its list counts only when no other one can be had. */
function firstFound(
  candidates: readonly Candidate[],
  give: (first: Supply) => Route,
  missing: () => GatewayError,
  failure?: GatewayError,
): Route | Promise<Route> {
  const [candidate, ...rest] = candidates
  if (!candidate) throw failure ?? missing()
  const found = candidate.find()
  if (found instanceof Promise) {
    return found.then(
      (supply) => (supply ? give(supply) : firstFound(rest, give, missing, failure)),
      (error: unknown) => firstFound(rest, give, missing, failure ?? asGatewayError(error)),
    )
  }
  return found ? give(found) : firstFound(rest, give, missing, failure)
}

/** The provider of that name. Throws `not-found` with reason `provider-not-found`. */
export function providerCalled(providers: readonly Provider[], name: string): Provider {
  const provider = providers.find((one) => one.id === name || one.aliases.includes(name))
  if (provider) return provider
  throw unknownProvider(name)
}

function unknownProvider(name: string): GatewayError {
  return new GatewayError('not-found', 404, `Provider '${name}' not found or disabled.`, {
    reason: 'provider-not-found',
  })
}

/** The provider of a route, and the model without its name where a client writes both. */
function addressedTo(
  byName: ReadonlyMap<string, Provider>,
  named: string,
  name: string,
): { provider: Provider; model: string } {
  const provider = byName.get(named)
  if (!provider) throw unknownProvider(named)
  const prefix = [provider.id, ...provider.aliases].find((one) => name.startsWith(`${one}/`))
  return { provider, model: prefix === undefined ? name : name.slice(prefix.length + 1) }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function nearestTo(model: string, providers: readonly Provider[], aliases: Iterable<string>): readonly string[] {
  const names = providers.flatMap((provider) => {
    const near = provider.nearest(model.slice(model.indexOf('/') + 1))
    return near.map((one) => publicName(provider, one))
  })
  return sortByNearness(model, [...nearestNames(model, aliases, 3), ...names]).slice(0, 3)
}

/** A provider whose list of models has to be had first. */
interface Asking {
  readonly provider: Provider
  readonly found: Promise<Supply | undefined>
}

/** A provider whose list of models could not be had. */
interface Silent {
  readonly provider: Provider
  readonly error: GatewayError
}

function notFound(model: string, near: readonly string[], unheard: readonly string[] = []): GatewayError {
  const hint = near.length > 0 ? ` Nearest: ${near.join(', ')}.` : ''
  const note = unheard.length > 0 ? ` Not known now: the models of ${unheard.join(', ')}.` : ''
  return new GatewayError('not-found', 404, `No model called ${model}.${hint}${note}`, {
    reason: 'model-not-found',
    fix: 'crossfeed models',
  })
}
