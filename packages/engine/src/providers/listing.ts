import { GatewayError } from '@crossfeed/protocols'
import type { Clock, Log } from '../ports.ts'
import type { Model } from './model.ts'

/** A provider's list of models, in memory. */
export interface Listing {
  /** Whether the list is at hand and young. */
  isFresh(): boolean
  /**
   * Makes sure that there is a list. An old one will do: it is renewed in the background, and stays when that fails. Rejects
   * only when there is none and none can be had; for half a minute after that it rejects at once.
   */
  load(): Promise<void>
  /** The list at hand; empty before the first `load`. */
  models(): readonly Model[]
  /** The model with this very name. */
  get(name: string): Model | undefined
}

const freshMs = 10 * 60_000
/** After a failure the next try is this far away. */
const retryMs = 30_000

/** Keeps the list that `fetchModels` gets; nothing is fetched before the first need. */
export function createListing(
  provider: string,
  fetchModels: () => Promise<readonly Model[]>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Listing {
  let byName: ReadonlyMap<string, Model> | undefined
  let loadedAt = 0
  let failed: { readonly at: number; readonly error: unknown } | undefined
  let pending: Promise<void> | undefined

  const isFresh = (): boolean => byName !== undefined && clock.now() - loadedAt < freshMs
  const refresh = (): Promise<void> =>
    (pending ??= fetchModels()
      .then(
        (models) => {
          byName = new Map(models.map((model) => [model.id, model]))
          loadedAt = clock.now()
          failed = undefined
        },
        (error: unknown) => {
          failed = { at: clock.now(), error }
          throw error
        },
      )
      .finally(() => (pending = undefined)))

  return {
    isFresh,
    async load() {
      if (isFresh()) return
      const isPaused = failed !== undefined && clock.now() - failed.at < retryMs
      if (byName === undefined) {
        if (isPaused) throw failed?.error
        return refresh()
      }
      if (isPaused || pending !== undefined) return
      refresh().catch((error: unknown) => {
        const why = error instanceof GatewayError ? error.message : 'unknown failure'
        log.warn(() => `The model list of ${provider} could not be renewed and stays as it is: ${why}`)
      })
    },
    models: () => [...(byName?.values() ?? [])],
    get: (name) => byName?.get(name),
  }
}
