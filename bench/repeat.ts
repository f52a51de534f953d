import { setTimeout as sleep } from 'node:timers/promises'
import { type Machine, watchOthers } from './machine.ts'

/** What was measured, with the CPU that other work on the machine took meanwhile. */
export type Observed<Result> = Result & {
  /** Percent of one core; undefined without /proc. */
  readonly others: number | undefined
}

/** Above this share of one core (percent) other work shows in the figures. */
export const noisyAbove = 12

/** Measures `runs` times. On a busy machine up to `spare` times more, and the quietest are kept. */
export async function repeat<Result>(
  machine: Machine,
  runs: number,
  measure: () => Promise<Result>,
  spare = 2,
): Promise<readonly Observed<Result>[]> {
  const results: Observed<Result>[] = []
  const quiet = (): number => results.filter(({ others }) => (others ?? 0) < noisyAbove).length
  while (quiet() < runs && results.length < runs + spare) {
    if (machine.proc) await waitForQuiet()
    const others = machine.proc ? watchOthers() : undefined
    const result = await measure()
    results.push({ ...result, others: others?.() })
  }
  return results.sort((a, b) => (a.others ?? 0) - (b.others ?? 0)).slice(0, runs)
}

/** At most two and a half seconds: on a machine that is never quiet the figures say so themselves. */
async function waitForQuiet(): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const others = watchOthers()
    await sleep(250)
    if (others() < noisyAbove) return
  }
}
