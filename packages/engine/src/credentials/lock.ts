import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { parseObject } from '@crossfeed/protocols'
import type { Clock } from '../ports.ts'
import { wait } from '../ports.ts'
import { hasCode, loadText } from './private-file.ts'

/** How long a lock may be held; what is done under one is bounded well below this. */
const staleMs = 60_000
const pollMs = 50
/** What file systems without hard links answer (FAT, some shared folders). */
const linkless = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/**
 * Runs `work` while this process alone holds the lock file. A lock whose process is gone, or that is older than a
 * minute, is taken over. After `patienceMs` the work runs without the lock: doing it twice beats not doing it.
 */
export async function withLock<T>(path: string, clock: Clock, work: () => Promise<T>, patienceMs = 45_000): Promise<T> {
  const owner = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  let held = await take(path, owner)
  for (let waited = 0; !held && waited < patienceMs; waited += pollMs) {
    await removeStale(path)
    held = await take(path, owner)
    if (!held) await wait(clock, pollMs)
  }
  try {
    return await work()
  } finally {
    // Only our own: it may have been taken over while this process was stopped.
    if (held && (await loadText(path)) === owner) await rm(path, { force: true })
  }
}

async function take(path: string, owner: string): Promise<boolean> {
  // Linked into place whole, so that nobody ever reads a lock without its owner. Links fail when the name exists.
  const temporary = `${path}.${randomUUID()}`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(owner)
    await link(temporary, path).catch((error: unknown) => {
      if (!linkless.some((code) => hasCode(error, code))) throw error
      return writeFile(path, owner, { flag: 'wx', mode: 0o600 })
    })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    await file.close()
    await rm(temporary, { force: true })
  }
}

async function removeStale(path: string): Promise<void> {
  const owner = await loadText(path)
  if (owner === undefined || !(await isStale(path, owner))) return
  // Moved away first: of several who see a stale lock only one gets it, and a fresh one taken by mistake is put back.
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch {
    return // Somebody else moved it first.
  }
  // Where it cannot be put back, somebody else has one already: two then work at once, which costs no more than that.
  if ((await loadText(aside)) !== owner) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

async function isStale(path: string, owner: string): Promise<boolean> {
  const read = parseObject(owner)
  if (read !== undefined && read['host'] === hostname() && typeof read['pid'] === 'number' && !isAlive(read['pid']))
    return true
  try {
    return Date.now() - (await stat(path)).mtimeMs > staleMs
  } catch {
    return false // Gone meanwhile: nothing to remove.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}
