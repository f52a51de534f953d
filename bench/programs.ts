import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pinner, processTree } from './machine.ts'
import { ask, type Question } from './ask.ts'

/** A program to start. */
export interface Program {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** The core it is kept on; undefined leaves it to the system. */
  readonly core: number | undefined
  /** Added to a bare environment: nothing of the user's reaches what is measured. */
  readonly environment?: Readonly<Record<string, string>>
  /** Where its output goes, as `<name>.log`. */
  readonly folder: string
}

/** A program that runs. */
export interface Running {
  readonly name: string
  readonly pid: number
  readonly child: ChildProcess
  readonly log: string
}

const running = new Set<Running>()

/** Starts a program. Throws when there is no such command. */
export async function startProgram(program: Program): Promise<Running> {
  const { name, core, folder } = program
  const log = join(folder, `${name}.log`)
  const output = openSync(log, 'a')
  const line = [program.command, ...program.args]
  const [command = '', ...args] = core === undefined ? line : [pinner, '-c', String(core), ...line]
  const path = [join(import.meta.dirname, '../node_modules/.bin'), process.env['PATH'] ?? '', '/usr/sbin']
  const env = { PATH: path.join(delimiter), HOME: folder, TMPDIR: folder, ...program.environment }
  const child = spawn(command, args, { stdio: ['ignore', output, output], cwd: folder, env })
  await once(child, 'spawn')
  if (child.pid === undefined) throw new Error(`${name} was started but has no id`)
  const started: Running = { name, pid: child.pid, child, log }
  running.add(started)
  child.once('exit', () => running.delete(started))
  return started
}

/** Ends a program and its children by their ids: politely, then after three seconds by force. */
export async function endProgram(program: Running): Promise<void> {
  if (!running.has(program)) return
  const members = processTree(program.pid)
  const ended = once(program.child, 'exit')
  program.child.kill('SIGTERM')
  await Promise.race([ended, sleep(3000, undefined, { ref: false })])
  if (!running.has(program)) return
  for (const pid of members) kill(pid)
  await ended
}

/** Ends all that still runs, at once. */
export function endAll(): void {
  for (const program of running) for (const pid of processTree(program.pid)) kill(pid)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended already, which is what was wanted.
  }
}

/** Asks until the answer is a success. Throws when the program has ended or 25 seconds have passed, with its last words. */
export async function waitUntilReady(program: Running, port: number, question: Question): Promise<void> {
  const limit = performance.now() + 25_000
  let last = 'no answer'
  while (performance.now() < limit && running.has(program)) {
    try {
      const { status, body } = await ask(port, question)
      if (status >= 200 && status < 300) return
      last = `${status} ${body.slice(0, 200)}`
    } catch (error) {
      last = String(error)
    }
    await sleep(3)
  }
  const words = readFileSync(program.log, 'utf8').trim().split('\n').slice(-3).join(' / ')
  throw new Error(`${program.name} did not become ready: ${last}; its log ends: ${words}`)
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a numbered port.')
  return address.port
}
