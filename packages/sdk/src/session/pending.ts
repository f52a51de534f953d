/** Questions that somebody answers later, by their ids. */
export interface Pending<T> {
  /** The answer; rejects with the signal's reason when it is aborted first. */
  wait(id: string, signal: AbortSignal): Promise<T>
  /** Whether somebody was waiting. */
  settle(id: string, answer: T): boolean
}

/** Creates a list without questions. */
export function createPending<T>(): Pending<T> {
  const waiting = new Map<string, (answer: T) => void>()
  return {
    wait(id, signal) {
      return new Promise<T>((resolve, reject) => {
        const stop = (): void => {
          waiting.delete(id)
          reject(signal.reason)
        }
        if (signal.aborted) return stop()
        signal.addEventListener('abort', stop, { once: true })
        waiting.set(id, (answer) => {
          signal.removeEventListener('abort', stop)
          waiting.delete(id)
          resolve(answer)
        })
      })
    },
    settle(id, answer) {
      const take = waiting.get(id)
      take?.(answer)
      return take !== undefined
    },
  }
}
