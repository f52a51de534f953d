import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Answer } from './ask.ts'
import type { Figures, Task } from './figures.ts'
import { readMemoryMiB } from './machine.ts'
import { endProgram, waitUntilReady } from './programs.ts'
import { median } from './quantile.ts'
import { repeat } from './repeat.ts'
import { bodyFile, boot, spending, start, type Booted } from './stage.ts'

/** Counting the tokens of a large prompt, and what it does to others meanwhile; milliseconds. */
export async function measureCount({ stage, target, scenario, options }: Task): Promise<Figures> {
  const booted = await boot(stage, target, { ...scenario, body: 'count-tiny' })
  const big = { path: scenario.path, body: readFileSync(bodyFile(stage, 'count')) }
  try {
    const first = await countOnce(booted, big)
    const runs = await repeat(stage.machine, options.runs, () => spending(booted, () => countOnce(booted, big)))
    return {
      cpu: median(runs.map((run) => run.cpuMs)),
      p50: median(runs.map((run) => run.ms)),
      first: first.ms,
      block: median(runs.map((run) => run.block)),
      tokens: first.tokens,
      others: median(runs.map((run) => run.others)),
    }
  } finally {
    await booted.end()
  }
}

/** Counts once while small requests go on; `block` is the longest that one of them waited, in milliseconds. */
async function countOnce(
  { port }: Booted,
  big: { path: string; body: Buffer },
): Promise<{ ms: number; block: number; tokens: number }> {
  const began = performance.now()
  let counting = true
  const count = async (): Promise<Answer & { ms: number }> => {
    try {
      return { ...(await ask(port, big)), ms: performance.now() - began }
    } finally {
      counting = false
    }
  }
  const askMeanwhile = async (): Promise<number> => {
    let longest = 0
    while (counting) {
      const asked = performance.now()
      await ask(port, { path: '/' })
      longest = Math.max(longest, performance.now() - asked)
      await sleep(2)
    }
    return longest
  }
  const [{ status, body, ms }, block] = await Promise.all([count(), askMeanwhile()])
  const tokens = Number(/"input_tokens":(\d+)/.exec(body)?.[1])
  if (status !== 200 || !(tokens > 0)) throw new Error(`wrong answer: status ${status}: ${body.slice(0, 200)}`)
  return { ms, block, tokens }
}

/** From the start of the program to its first right answer, in milliseconds. */
export async function measureStart({ stage, target, scenario, options }: Task): Promise<Figures> {
  const question = { path: scenario.path, body: readFileSync(bodyFile(stage, scenario.body)) }
  const runs = await repeat(stage.machine, Math.max(options.runs, 5), async () => {
    const began = performance.now()
    const { port, running } = await start(stage, target)
    if (!running) throw new Error(`${target.name} is not a program that starts`)
    try {
      await waitUntilReady(running, port, question)
      const ms = performance.now() - began
      return { ms, memory: stage.machine.proc ? readMemoryMiB(running.pid) : undefined }
    } finally {
      await endProgram(running)
    }
  })
  return {
    p50: median(runs.map((run) => run.ms)),
    memory: median(runs.map((run) => run.memory)),
    ...target.installed?.(),
    others: median(runs.map((run) => run.others)),
  }
}
