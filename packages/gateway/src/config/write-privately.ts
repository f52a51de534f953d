import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { GatewayError } from '@crossfeed/protocols'

/**
 * Writes a file that only its owner reads, whole or not at all; `if-new` leaves one that is there. Throws `home-unwritable`,
 * which names the file.
 */
export function writePrivately(path: string, text: string, how: 'replace' | 'if-new' = 'replace'): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeWhole(temporary, text)
    if (how === 'replace') renameSync(temporary, path)
    else putIfNew(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
    throw new GatewayError('internal', 500, `${path} cannot be written${why}`, {
      reason: 'home-unwritable',
      fix: 'Make room or give the right to write there, or name another folder: --home <dir>.',
      cause,
    })
  }
}

function writeWhole(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  chmodSync(path, 0o600)
}

function putIfNew(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch {
    // Either somebody was first, or this file system has no links.
    if (!existsSync(path)) return renameSync(temporary, path)
  }
  rmSync(temporary)
}
