/** A pending timer of a `Clock`. */
export type TimerHandle = NodeJS.Timeout | number

/** Time, as the engine sees it; tests give their own. */
export interface Clock {
  /** Wall clock in milliseconds since 1970. */
  now(): number
  /** Runs once, after `ms` milliseconds. A `background` timer does not keep the process alive. */
  setTimer(run: () => void, ms: number, kind?: 'background'): TimerHandle
  clearTimer(handle: TimerHandle): void
}

/** A line, or a function that builds it and is called only when the level is on. */
export type LogLine = string | (() => string)

/** Where the engine says what it does. No line ever holds a secret. */
export interface Log {
  debug(line: LogLine): void
  info(line: LogLine): void
  warn(line: LogLine): void
  error(line: LogLine): void
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms, kind) {
    const handle = setTimeout(run, ms)
    if (kind === 'background') handle.unref()
    return handle
  },
  clearTimer(handle) {
    clearTimeout(handle)
  },
}

/** A log that nobody reads. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
}

/** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
export function wait(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = (): void => {
      clock.clearTimer(timer)
      reject(signal?.reason)
    }
    const timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
