import { parseArgs } from 'node:util'
import { scenarios, type Scenario } from './scenarios.ts'
import { targets, type Target } from './targets.ts'

/** What the command line asks for. */
export interface Options {
  readonly scenarios: readonly Scenario[]
  readonly targets: readonly Target[]
  /** Measured repetitions of each figure; the median is printed. */
  readonly runs: number
  /** Length of one repetition under load, in seconds. */
  readonly seconds: number
  /** Concurrent streams in S7. */
  readonly streams: number
  /** Where each result is added as a line of JSON. */
  readonly out: string | undefined
  /** Whether RESULTS.md is written. */
  readonly write: boolean
}

/** Reads the command line. Throws with what is allowed when something else is asked for. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenarios: { type: 'string', default: scenarios.map(({ id }) => id).join() },
      targets: { type: 'string', default: targets.map(({ name }) => name).join() },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      streams: { type: 'string', default: '1000' },
      out: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  })
  return {
    scenarios: chooseScenarios(values.scenarios.split(',')),
    targets: values.targets.split(',').map((name) => chooseTarget(name)),
    runs: readCount('runs', values.runs, 20),
    seconds: readCount('seconds', values.seconds, 60),
    streams: readCount('streams', values.streams, 5000),
    out: values.out,
    write: values.write,
  }
}

/** `S7` stands for `S7a` and `S7b`. */
function chooseScenarios(ids: readonly string[]): readonly Scenario[] {
  return ids.flatMap((id) => {
    const found = scenarios.filter((scenario) => scenario.id === id || scenario.id.replace(/[ab]$/, '') === id)
    if (found.length === 0) throw new Error(`--scenarios: no ${id}; there are ${scenarios.map((s) => s.id).join(', ')}`)
    return found
  })
}

function chooseTarget(name: string): Target {
  const found = targets.find((target) => target.name === name)
  if (!found) throw new Error(`--targets: no ${name}; there are ${targets.map((t) => t.name).join(', ')}`)
  return found
}

function readCount(name: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new Error(`--${name}: ${text} is not a whole number from 1 to ${most}`)
}
