import { setTimeout as sleep } from 'node:timers/promises'
import { driveRequests, driveStreams, type Load } from './drive.ts'
import type { Figures, Task } from './figures.ts'
import { median } from './quantile.ts'
import { repeat } from './repeat.ts'
import { bodyFile, boot, setPace, spending, streamChunks, type Booted, type Stage } from './stage.ts'
import type { Scenario } from './scenarios.ts'

/** Milliseconds between the chunks of a slow stream: 20 chunks a second. */
const slow = 50

/** Whole answers: under load for CPU, then one at a time for latency (microseconds). */
export async function measureRequests({ stage, target, scenario, options }: Task): Promise<Figures> {
  const { machine } = stage
  const booted = await boot(stage, target, scenario)
  const load = loadFor(stage, scenario, booted, options.seconds)
  try {
    await driveRequests(load, machine)
    const full = await repeat(machine, options.runs, () => spending(booted, () => driveRequests(load, machine)))
    const memory = booted.memoryMiB()
    const one = { ...load, count: 1, seconds: 1 }
    const alone = await repeat(machine, options.runs, () => driveRequests(one, machine))
    return {
      perSecond: median(full.map((run) => run.done / run.seconds)),
      cpu: median(full.map((run) => divide(run.cpuMs, run.done))),
      p50: median(alone.map((run) => run.p50)),
      p99: median(alone.map((run) => run.p99)),
      memory,
      failed: sum([...full, ...alone].map((run) => run.failed)),
      others: median([...full, ...alone].map((run) => run.others)),
    }
  } finally {
    await booted.end()
  }
}

/** Streams sent at once: under load for CPU, then one at a time for the time to the first chunk (microseconds). */
export async function measureBurst({ stage, target, scenario, options }: Task): Promise<Figures> {
  await setPace(stage, 0)
  const booted = await boot(stage, target, scenario)
  const load = loadFor(stage, scenario, booted, options.seconds)
  try {
    await driveStreams('loop', load)
    const full = await repeat(stage.machine, options.runs, () => spending(booted, () => driveStreams('loop', load)))
    const memory = booted.memoryMiB()
    const one = { ...load, count: 1, seconds: 1 }
    const alone = await repeat(stage.machine, options.runs, () => driveStreams('loop', one))
    return {
      perSecond: median(full.map((run) => run.done / run.seconds)),
      cpu: median(full.map((run) => divide(run.cpuMs, run.done))),
      p50: median(alone.map((run) => run.firstP50)),
      p99: median(alone.map((run) => run.firstP99)),
      memory,
      leastChunks: Math.min(...full.map((run) => run.leastChunks)),
      failed: sum([...full, ...alone].map((run) => run.failed)),
      others: median([...full, ...alone].map((run) => run.others)),
    }
  } finally {
    await booted.end()
  }
}

/** Many slow streams at once: CPU in microseconds a chunk, memory in KiB a stream, lag in microseconds. */
export async function measurePaced({ stage, target, scenario, options }: Task): Promise<Figures> {
  await setPace(stage, 0)
  const booted = await boot(stage, target, scenario)
  try {
    // Compiled and grown to its working size first, so that the memory counted is that of streams.
    await driveStreams('loop', { ...loadFor(stage, scenario, booted, 1), count: 16 })
    await setPace(stage, slow)
    await sleep(1500)
    const before = booted.memoryMiB()
    const load = { ...loadFor(stage, scenario, booted, (streamChunks * slow) / 1000 + 30), count: options.streams }
    let peak = before
    const watch = setInterval(() => {
      peak = Math.max(peak ?? 0, booted.memoryMiB() ?? 0)
    }, 500)
    // No spare runs: each takes more than ten seconds.
    const measured = repeat(stage.machine, options.runs, () => spending(booted, () => driveStreams('once', load)), 0)
    const runs = await measured.finally(() => clearInterval(watch))
    const grown = before === undefined || peak === undefined ? undefined : (peak - before) * 1024
    return {
      cpu: median(runs.map((run) => divide(run.cpuMs, run.chunks / 1000))),
      p50: median(runs.map((run) => run.lagP50)),
      p99: median(runs.map((run) => run.lagP99)),
      memory: divide(grown, options.streams),
      leastChunks: Math.min(...runs.map((run) => run.leastChunks)),
      failed: sum(runs.map((run) => run.failed)),
      others: median(runs.map((run) => run.others)),
    }
  } finally {
    await booted.end()
  }
}

function loadFor(stage: Stage, scenario: Scenario, { port }: Booted, seconds: number): Load {
  const { path, connections: count } = scenario
  return { port, path, bodyFile: bodyFile(stage, scenario.body), count, seconds }
}

function divide(amount: number | undefined, by: number): number | undefined {
  return amount === undefined || by === 0 ? undefined : amount / by
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
