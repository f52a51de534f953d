import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Machine } from './machine.ts'

/** Where the load goes and what it is. */
export interface Load {
  readonly port: number
  readonly path: string
  readonly bodyFile: string
  /** Concurrent connections, or streams. */
  readonly count: number
  readonly seconds: number
}

/** What a driver saw; times in microseconds. */
export interface Driven {
  readonly done: number
  readonly failed: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
}

/** What the stream driver saw; `first` is the time to the first chunk, `lag` that from the upstream to the driver. */
export interface DrivenStreams {
  readonly done: number
  readonly failed: number
  readonly seconds: number
  readonly chunks: number
  /** In the stream that had the fewest. */
  readonly leastChunks: number
  readonly firstP50: number
  readonly firstP99: number
  readonly lagP50: number
  readonly lagP99: number
}

const run = promisify(execFile)

/** Sends whole requests in a closed loop, with wrk where it is installed. */
export async function driveRequests(load: Load, machine: Machine): Promise<Driven> {
  const { port, path, bodyFile, count, seconds } = load
  const url = `http://127.0.0.1:${port}${path}`
  const script = join(import.meta.dirname, 'wrk.lua')
  const [command, ...args] = machine.wrk
    ? ['wrk', '-t1', `-c${count}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url]
    : [process.execPath, join(import.meta.dirname, 'load-requests.ts'), url, bodyFile, String(count), String(seconds)]
  const output = await runDriver(command ?? '', args, { seconds, bodyFile })
  // Both drivers end with a line of this shape: they are ours.
  return output as Driven
}

/** Reads streams: `loop` repeats for the given seconds, `once` opens each once and waits that long at most. */
export async function driveStreams(mode: 'loop' | 'once', load: Load): Promise<DrivenStreams> {
  const driver = join(import.meta.dirname, 'load-streams.ts')
  const { port, path, bodyFile, count, seconds } = load
  const args = [driver, String(port), path, bodyFile, mode, String(count), String(seconds)]
  const output = await runDriver(process.execPath, args, { seconds, bodyFile })
  // The driver is ours and ends with a line of this shape.
  return output as DrivenStreams
}

async function runDriver(
  command: string,
  args: readonly string[],
  { seconds, bodyFile }: { readonly seconds: number; readonly bodyFile: string },
): Promise<unknown> {
  const env = { ...process.env, BENCH_BODY: bodyFile }
  const { stdout, stderr } = await run(command, args, { env, timeout: (seconds + 40) * 1000 })
  const result = /^RESULT (.*)$/m.exec(stdout)?.[1]
  if (result === undefined) throw new Error(`The driver gave no result: ${stdout}${stderr}`)
  return JSON.parse(result)
}
