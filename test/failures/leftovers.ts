import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
// The flag makes the function appear in contexts that are made after it.
const collect: () => void = runInNewContext('gc')

/** Sends requests, `atOnce` under way at a time. Gives a function that sends some more and tells the heap after them, in bytes. */
export function heapAfter(
  send: (nth: number) => Promise<void>,
  atOnce: number,
  forget: () => void,
): (requests: number) => Promise<number> {
  let sent = 0
  return async (requests) => {
    const until = sent + requests
    const lane = async (): Promise<void> => {
      while (sent < until) await send(sent++)
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    forget()
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    return process.memoryUsage().heapUsed
  }
}

/** What keeps a process alive, counted by kind; the test runner's own are there before and after. */
export function waiting(): Readonly<Record<string, number>> {
  const counted: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== 'Immediate' && kind !== 'Timeout') counted[kind] = (counted[kind] ?? 0) + 1
  return counted
}
