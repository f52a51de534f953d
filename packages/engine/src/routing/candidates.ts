import type { Provider, Supply } from '../providers/provider.ts'
import type { Candidate, Turn } from './route.ts'

/** Makes the candidates of one router. */
export interface Candidates {
  /** A model that a provider is asked for `expressly`, or only where it lists it. */
  create(provider: Provider, model: string, turn: Turn, expressly?: boolean): Candidate
  /** One whose supply is known. */
  known(supply: Supply, turn: Turn): Candidate
}

const mostIds = 1000

/**
 * Nobody has asked for anything yet. Aliases and fallbacks may spell a name in their own way: the id by which its provider knows it
 * is remembered, so that what becomes of the supply counts for that spelling too. Patterns take names that clients made up: the
 * oldest are forgotten.
 */
export function createCandidates(): Candidates {
  const ids = new Map<string, string>()
  return {
    create(provider, model, turn, expressly = true) {
      const key = `${provider.id}\0${model}`
      const learn = (supply: Supply | undefined): Supply | undefined => {
        if (!supply || supply.info.id === model) return supply
        if (ids.size >= mostIds) ids.delete(ids.keys().next().value ?? '')
        ids.set(key, supply.info.id)
        return supply
      }
      return {
        provider: provider.id,
        model,
        get id() {
          return ids.get(key) ?? model
        },
        turn,
        find() {
          const found = provider.find(model, expressly)
          return found instanceof Promise ? found.then(learn) : learn(found)
        },
      }
    },
    known(supply, turn) {
      const { id } = supply.info
      return { provider: supply.provider.id, model: id, id, turn, find: () => supply }
    },
  }
}
