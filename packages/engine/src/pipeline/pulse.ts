import type { Clock, TimerHandle } from '../ports.ts'

/** A stream that may fall silent. */
export interface Pulsed {
  /** When something was last written to the client, in clock milliseconds. */
  lastWrite: number
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
  const streams = new Set<Pulsed>()
  const tickMs = Math.min(1000, everyMs)
  let timer: TimerHandle | undefined
  const tick = (): void => {
    timer = streams.size === 0 ? undefined : clock.setTimer(tick, tickMs, 'background')
    const now = clock.now()
    for (const stream of streams) {
      if (now - stream.lastWrite < everyMs) continue
      stream.lastWrite = now
      stream.pulse()
    }
  }
  return {
    add(stream) {
      if (everyMs <= 0) return
      streams.add(stream)
      timer ??= clock.setTimer(tick, tickMs, 'background')
    },
    remove(stream) {
      streams.delete(stream)
    },
  }
}
