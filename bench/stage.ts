import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { knownWord, stamp } from './answers.ts'
import { ask } from './ask.ts'
import { writeBodies, type BodyName } from './bodies.ts'
import { type Machine, pinSelf, readCpuMs, readMemoryMiB } from './machine.ts'
import { endProgram, freePort, startProgram, waitUntilReady, type Running } from './programs.ts'
import type { Scenario } from './scenarios.ts'
import type { Target } from './targets.ts'

/** Everything that stays the same while scenarios come and go. */
export interface Stage {
  readonly machine: Machine
  readonly upstreamPort: number
  /** A temporary folder for bodies, logs and the gateway's home. */
  readonly folder: string
  /** The core of the gateway; undefined where programs cannot be kept on one. */
  readonly gatewayCore: number | undefined
}

/** A target that is ready, or the upstream itself. */
export interface Booted {
  readonly port: number
  /** CPU milliseconds used so far; undefined for the upstream itself, and without /proc. */
  readonly cpuMs: () => number | undefined
  /** Resident MiB now; undefined as for `cpuMs`. */
  readonly memoryMiB: () => number | undefined
  readonly end: () => Promise<void>
}

/** Chunks of a streamed answer. */
export const streamChunks = 200

/** Writes the bodies and starts the upstream: the gateway gets core 0 for itself, all else shares core 1. */
export async function setStage(machine: Machine, folder: string): Promise<Stage> {
  if (machine.pins) pinSelf(1)
  mkdirSync(join(folder, 'bodies'))
  writeBodies(join(folder, 'bodies'))
  const port = await freePort()
  const args = [join(import.meta.dirname, 'upstream.ts'), String(port)]
  const core = machine.pins ? 1 : undefined
  const upstream = await startProgram({ name: 'upstream', command: process.execPath, args, core, folder })
  await waitUntilReady(upstream, port, { path: '/models' })
  return { machine, upstreamPort: port, folder, gatewayCore: machine.pins ? 0 : undefined }
}

/** The file that holds a body. */
export function bodyFile(stage: Stage, body: BodyName): string {
  return join(stage.folder, 'bodies', `${body}.json`)
}

/** Sets the milliseconds between the chunks of streams; 0 sends them at once. */
export async function setPace(stage: Stage, interval: number): Promise<void> {
  await ask(stage.upstreamPort, { path: `/settings?chunks=${streamChunks}&interval=${interval}` })
}

/** Starts a target and waits until it has answered the scenario's own request rightly. */
export async function boot(stage: Stage, target: Target, scenario: Scenario): Promise<Booted> {
  const started = await start(stage, target)
  const booted = describe(stage, started)
  try {
    const question = { path: scenario.path, body: readFileSync(bodyFile(stage, scenario.body)) }
    if (started.running) await waitUntilReady(started.running, started.port, question)
    if (scenario.kind !== 'count') await check(started.port, question)
  } catch (error) {
    await booted.end()
    throw error
  }
  return booted
}

/** Starts a target without waiting for it; the port is free for it alone. */
export async function start(stage: Stage, target: Target): Promise<{ port: number; running?: Running }> {
  if (!target.start) return { port: stage.upstreamPort }
  const { upstreamPort, gatewayCore: core, folder } = stage
  const port = await freePort()
  return { port, running: await target.start({ port, upstreamPort, core, folder }) }
}

function describe(stage: Stage, { port, running }: { port: number; running?: Running }): Booted {
  const readable = running && stage.machine.proc ? running.pid : undefined
  return {
    port,
    cpuMs: () => (readable === undefined ? undefined : readCpuMs(readable)),
    memoryMiB: () => (readable === undefined ? undefined : readMemoryMiB(readable)),
    end: async () => {
      if (running) await endProgram(running)
    },
  }
}

/** A gateway that answers wrongly is not measured: it may be quick at it. */
async function check(port: number, question: { path: string; body: Buffer }): Promise<void> {
  const { status, body } = await ask(port, question)
  const chunks = body.split(stamp.start).length - 1
  const streamed = question.body.includes('"stream":true')
  if (status === 200 && body.includes(knownWord) && (!streamed || chunks === streamChunks)) return
  throw new Error(`wrong answer: status ${status}, ${chunks} chunks: ${body.slice(0, 200)}`)
}

/** Does the work and adds what the target spent on it, in CPU milliseconds. */
export async function spending<Result>(
  { cpuMs }: Booted,
  work: () => Promise<Result>,
): Promise<Result & { readonly cpuMs: number | undefined }> {
  const before = cpuMs()
  const result = await work()
  const after = cpuMs()
  return { ...result, cpuMs: before === undefined || after === undefined ? undefined : after - before }
}
