/** Where requests wait for their turn when only so many may be under way at the account. */
export interface Slots {
  /**
   * Calls `start` when there is room: at once, or after those who came before. Returns what gives the room back, or ends
   * the wait; to be called once the request is over, more often does no harm.
   */
  take(start: () => void): () => void
}

/** Room for so many requests at once; 0 for any number. */
export function createSlots(most: number): Slots {
  const waiting = new Set<() => void>()
  let taken = 0
  const next = (): void => {
    const [first] = waiting
    if (first === undefined || taken >= most) return
    waiting.delete(first)
    first()
  }
  return {
    take(start) {
      if (most === 0) {
        start()
        return () => {}
      }
      let state: 'waiting' | 'started' | 'over' = 'waiting'
      const begin = (): void => {
        state = 'started'
        taken++
        start()
      }
      if (taken < most) begin()
      else waiting.add(begin)
      return () => {
        waiting.delete(begin)
        if (state === 'started') taken--
        state = 'over'
        next()
      }
    },
  }
}
