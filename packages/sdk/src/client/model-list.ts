import type { ModelInfo } from './model-info.ts'

/** A list of models that is asked for once. */
export interface ModelList {
  /** A copy of one's own: changing it changes nothing here. */
  load(): Promise<ModelInfo[]>
  /** The next call asks again. */
  clear(): void
}

/** Creates the list. Calls at the same time share one question; a failure is not remembered. */
export function createModelList(ask: () => Promise<ModelInfo[]>): ModelList {
  let asked: Promise<ModelInfo[]> | undefined
  return {
    async load() {
      asked ??= ask()
      const current = asked
      try {
        return structuredClone(await current)
      } catch (error) {
        if (asked === current) asked = undefined
        throw error
      }
    },
    clear: () => (asked = undefined),
  }
}
