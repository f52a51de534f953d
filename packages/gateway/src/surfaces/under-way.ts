import type { Running } from '@crossfeed/engine'
import type { GatewayError } from '@crossfeed/protocols'

/** A request that is being answered. */
interface Entry {
  readonly running: Running
  /** Its place among all: the list's own note. */
  slot: number
}

/** All requests that are being answered, so that their clients can be told when it has to end. */
export interface UnderWay {
  enter(running: Running): Entry
  leave(entry: Entry): void
  /** Ends all of them with this error, and those that still come. */
  abort(error: GatewayError): void
}

/** Creates the list; it is a list for the reason that the engine's `Flights` gives. */
export function createUnderWay(): UnderWay {
  const all: Entry[] = []
  let ended: GatewayError | undefined
  return {
    enter(running) {
      const entry = { running, slot: all.length }
      all.push(entry)
      if (ended) running.abort(ended)
      return entry
    },
    leave(entry) {
      if (all[entry.slot] !== entry) return
      const last = all.pop()
      if (last === undefined || last === entry) return
      all[entry.slot] = last
      last.slot = entry.slot
    },
    abort(error) {
      ended = error
      // A copy: one that ends leaves the list.
      for (const { running } of all.slice()) running.abort(error)
    },
  }
}
