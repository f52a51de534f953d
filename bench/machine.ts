import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'

/** What this machine lets us measure, and how steadily. */
export interface Machine {
  readonly cores: number
  /** CPU time and memory of other processes can be read (Linux). */
  readonly proc: boolean
  /** Programs can be kept on one core each. */
  readonly pins: boolean
  readonly nginx: boolean
  readonly wrk: boolean
}

/** The program that keeps others on a core; part of util-linux. */
export const pinner = 'taskset'

/** Looks at the machine once. */
export function inspectMachine(): Machine {
  const cores = availableParallelism()
  return {
    cores,
    proc: existsSync('/proc/self/stat'),
    pins: cores > 1 && isInstalled(pinner),
    nginx: isInstalled('nginx'),
    wrk: isInstalled('wrk'),
  }
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.some((folder) => existsSync(join(folder, program)))
}

/** Keeps this process, and so what it starts without a core of its own, on `core`. */
export function pinSelf(core: number): void {
  execFileSync(pinner, ['-cp', String(core), String(process.pid)], { stdio: 'ignore' })
}

/** A process and all that descend from it and still run. Without /proc only the process itself. */
export function processTree(pid: number): readonly number[] {
  const children = Map.groupBy(readStats(), (stat) => stat.parent)
  const found = [pid]
  for (let index = 0; index < found.length; index++) {
    for (const child of children.get(found[index] ?? 0) ?? []) found.push(child.pid)
  }
  return found
}

/** CPU milliseconds that a process tree has used, user and system, all threads, living processes only. */
export function readCpuMs(pid: number): number {
  return sumTree(pid, (stat) => stat.ticks)
}

/** Memory of a process tree now, in MiB of resident pages. */
export function readMemoryMiB(pid: number): number {
  let kib = 0
  for (const member of processTree(pid)) {
    const status = readProc(`${member}/status`)
    kib += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
  }
  return kib / 1024
}

/** Begins to watch the CPU; the function it returns says how much of one core others have used since, in percent. */
export function watchOthers(): () => number {
  const began = performance.now()
  const before = othersMs()
  return () => (Math.max(0, othersMs() - before) / (performance.now() - began)) * 100
}

function othersMs(): number {
  const fields = readProc('stat').split('\n', 1)[0]?.split(/\s+/).slice(1).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = fields
  const all = (user + nice + system + interrupts + softInterrupts) * tickMs
  return all - sumTree(process.pid, (stat) => stat.ticks + stat.reapedTicks)
}

/** Linux reports 100 ticks a second to programs, whatever the kernel's own clock. */
const tickMs = 10

interface Stat {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  /** Of children that have ended. */
  readonly reapedTicks: number
}

function sumTree(pid: number, ticks: (stat: Stat) => number): number {
  const members = new Set(processTree(pid))
  let sum = 0
  for (const stat of readStats()) if (members.has(stat.pid)) sum += ticks(stat)
  return sum * tickMs
}

function readStats(): readonly Stat[] {
  if (!existsSync('/proc/self/stat')) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const line = readProc(`${name}/stat`)
      if (line === '') return []
      // The program's name, in brackets, may hold spaces: count from behind it.
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
      const at = (index: number): number => Number(fields[index] ?? 0)
      return [{ pid: Number(name), parent: at(1), ticks: at(11) + at(12), reapedTicks: at(13) + at(14) }]
    })
}

/** Empty for a process that has ended meanwhile. */
function readProc(path: string): string {
  try {
    return readFileSync(join('/proc', path), 'latin1')
  } catch {
    return ''
  }
}
