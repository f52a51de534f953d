import { asObjects, parseObject } from '@crossfeed/protocols'
import type { Clock, Log } from '../../ports.ts'
import type { Answer, Transport } from '../../transport/http.ts'
import type { CopilotAuth, Login } from './auth.ts'
import type { WriteHeaders } from './headers.ts'
import { addressOf } from './hosts.ts'
import { listRefused, listTimeouts, mostListBytes, unreadableList } from '../listing.ts'
import { readModels } from './models-read.ts'
import type { Model } from '../model.ts'
import { createResolver } from './models-resolve.ts'
import type { Resolver } from './models-resolve.ts'

/** The models of one Copilot account, in memory. */
export interface Catalogue {
  /** Whether the list is at hand, of this sign-in, and younger than ten minutes. */
  isFresh(): boolean
  /**
   * Makes sure that there is a list. An old one will do: it is renewed in the background, and stays when that fails.
   * Rejects only when there is none and none can be had.
   */
  load(): Promise<void>
  /** The list at hand, in the order of the service; empty before the first `load`. */
  models(): readonly Model[]
  /** The model of a name in any spelling; see `Resolver`. */
  resolve(name: string): Model | undefined
  nearest(name: string, count: number): string[]
}

export interface CatalogueOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Log
  readonly auth: CopilotAuth
  readonly writeHeaders: (login: Login) => WriteHeaders
}

const freshMs = 10 * 60_000
/** After a failed renewal the old list is used this long before the next try. */
const retryMs = 30_000

/** Creates the catalogue; nothing is fetched before the first need. */
export function createCatalogue(options: CatalogueOptions): Catalogue {
  const { clock, log, auth } = options
  let models: readonly Model[] = []
  let resolver: Resolver = createResolver(models)
  let owner: string | undefined
  let loadedAt = 0
  let triedAt = 0
  let pending: Promise<void> | undefined

  const isLoaded = (): boolean => {
    if (owner === undefined) return false
    const login = auth.current()
    // Another sign-in may see other models: its list is fetched before the next request.
    return login === undefined || owner === ownerOf(login)
  }
  const isWithin = (since: number, ms: number): boolean => since <= clock.now() && clock.now() - since < ms
  const isFresh = (): boolean => isLoaded() && isWithin(loadedAt, freshMs)

  function refresh(): Promise<void> {
    pending ??= fetchModels().finally(() => (pending = undefined))
    return pending
  }

  async function fetchModels(): Promise<void> {
    triedAt = clock.now()
    const { login, answer } = await ask(options)
    const body = parseObject(answer.body.toString())
    const read = body === undefined ? [] : readModels(body)
    if (body === undefined || (read.length === 0 && asObjects(body['data']).length > 0) || !Array.isArray(body['data']))
      throw unreadableList(new URL(login.base).host)
    models = read
    resolver = createResolver(read)
    owner = ownerOf(login)
    loadedAt = clock.now()
  }

  async function load(): Promise<void> {
    if (isFresh()) return
    if (!isLoaded()) return refresh()
    if (pending !== undefined || isWithin(triedAt, retryMs)) return
    refresh().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : 'unknown failure'
      log.warn(() => `The model list could not be renewed and stays as it is: ${why}`)
    })
  }

  return {
    isFresh,
    load,
    models: () => models,
    resolve: (name) => resolver.resolve(name),
    nearest: (name, count) => resolver.nearest(name, count),
  }
}

/** Asks for the list; a bearer that was refused is replaced once. */
async function ask(options: CatalogueOptions): Promise<{ login: Login; answer: Answer }> {
  for (let attempt = 1; ; attempt++) {
    const login = await options.auth.token()
    const headers = options.writeHeaders(login)('models', { bearer: login.bearer })
    const answer = await options.transport.request(
      { method: 'GET', ...addressOf(login.base, '/models'), headers, timeouts: listTimeouts },
      mostListBytes,
    )
    if (answer.status === 200) return { login, answer }
    const isRefused = answer.status === 401 || answer.status === 403
    if (isRefused && attempt === 1 && options.auth.invalidate(login.bearer, answer.status)) continue
    throw listRefused(answer, headers)
  }
}

function ownerOf(login: Login): string {
  return `${login.base} ${login.githubToken}`
}
