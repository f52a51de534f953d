// The benchmark: `npm run bench`. README.md beside it says what is measured and how to read it.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Figures, Result, Task } from './figures.ts'
import { inspectMachine, type Machine } from './machine.ts'
import { measureBurst, measurePaced, measureRequests } from './measure-load.ts'
import { measureCount, measureStart } from './measure-once.ts'
import { readOptions, type Options } from './options.ts'
import { endAll } from './programs.ts'
import { writeReport } from './report.ts'
import type { Kind } from './scenarios.ts'
import { setStage } from './stage.ts'

const measures: Readonly<Record<Kind, (task: Task) => Promise<Figures>>> = {
  requests: measureRequests,
  burst: measureBurst,
  paced: measurePaced,
  count: measureCount,
  start: measureStart,
}

const folder = mkdtempSync(join(tmpdir(), 'crossfeed-bench-'))
process.once('exit', () => {
  endAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

try {
  const options = readOptions(process.argv.slice(2))
  const machine = inspectMachine()
  const results = await measureAll(options, machine)
  const report = writeReport(results, machine)
  console.log(`\n${report}`)
  if (options.write) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), writeResults(report, options, machine))
  process.exit(results.some(({ error }) => error !== undefined) ? 1 : 0)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(2)
}

async function measureAll(options: Options, machine: Machine): Promise<readonly Result[]> {
  const stage = await setStage(machine, folder)
  const results: Result[] = []
  const targets = options.targets.filter(({ missing }) => {
    const reason = missing?.(machine)
    if (reason !== undefined) console.log(`${reason}.`)
    return reason === undefined
  })
  for (const scenario of options.scenarios) {
    for (const target of targets.filter(({ name }) => scenario.targets.includes(name))) {
      const result = await measureOne({ stage, target, scenario, options })
      results.push(result)
      console.log(describe(result))
      if (options.out !== undefined) appendFileSync(options.out, `${JSON.stringify(flatten(result))}\n`)
    }
  }
  return results
}

/** A target that fails is a result too: the others are measured all the same. */
async function measureOne(task: Task): Promise<Result> {
  const about = { scenario: task.scenario, target: task.target.name }
  try {
    return { ...about, figures: await measures[task.scenario.kind](task) }
  } catch (error) {
    return { ...about, figures: {}, error: error instanceof Error ? error.message : String(error) }
  }
}

function describe({ scenario, target, figures, error }: Result): string {
  const told = Object.entries(figures).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${Number(value.toPrecision(4))}`],
  )
  return `${scenario.id} ${target}: ${error ?? told.join(', ')}`
}

function flatten({ scenario, target, figures, error }: Result): object {
  return { scenario: scenario.id, target, ...figures, ...(error === undefined ? {} : { error }) }
}

function writeResults(report: string, options: Options, machine: Machine): string {
  const date = new Date().toISOString().slice(0, 10)
  const where = `${machine.cores} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`
  const how = `medians of ${options.runs}, ${options.streams} streams in S7`
  return `# Results\n\n${date}, ${where}; ${how}. README.md says how to read this.\n\n${report}\n`
}
