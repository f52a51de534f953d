import type { Clock, TimerHandle } from '../../ports.ts'

/** A stream that may fall silent. */
export interface Pulsed {
  /** When something was last written to the client, in clock milliseconds. */
  lastWrite: number
  /** Its place among the streams that are kept alive: the pulse's own note. */
  pulseSlot: number
  /** Writes a keep-alive. */
  pulse(): void
}

/** Keeps all silent streams alive with one timer for all of them. */
export interface Pulse {
  add(stream: Pulsed): void
  remove(stream: Pulsed): void
}

/** Calls `pulse` on each stream whenever nothing was written to it for `everyMs`. 0 turns it off. */
export function createPulse(clock: Clock, everyMs: number): Pulse {
  // A list, for the reason that `Flights` gives: a Set's old tables would keep ended streams from dying young.
  const streams: Pulsed[] = []
  const tickMs = Math.min(1000, everyMs)
  let timer: TimerHandle | undefined
  const tick = (): void => {
    timer = streams.length === 0 ? undefined : clock.setTimer(tick, tickMs, 'background')
    const now = clock.now()
    // A copy: a stream that ends by its keep-alive leaves the list, and another takes its place in it.
    for (const stream of streams.slice()) {
      // Also where the clock was put back: a write in the future says nothing of how long ago it was.
      if (Math.abs(now - stream.lastWrite) < everyMs) continue
      stream.lastWrite = now
      stream.pulse()
    }
  }
  return {
    add(stream) {
      if (everyMs <= 0) return
      stream.pulseSlot = streams.push(stream) - 1
      timer ??= clock.setTimer(tick, tickMs, 'background')
    },
    remove(stream) {
      if (streams[stream.pulseSlot] !== stream) return
      const last = streams.pop()
      if (last === undefined || last === stream) return
      streams[stream.pulseSlot] = last
      last.pulseSlot = stream.pulseSlot
    },
  }
}
