import { dirname } from 'node:path'
import type { Log } from '../../ports.ts'

/** What the system says of a folder that nothing can be kept in, in words. */
const reasons: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOSPC: 'the disk is full',
  EDQUOT: "the user's share of the disk is full",
  ENOENT: 'the folder cannot be made',
  ENOTDIR: 'the folder cannot be made',
  EEXIST: 'the folder cannot be made',
}

/**
 * Warns that what came of a sign-in cannot be kept: once, since a home that cannot be written (a container) fails each lock and
 * each file alike, and all goes on without.
 */
export function createUnkeptWarning(log: Log): (error: unknown) => void {
  let isSaid = false
  return (error) => {
    if (isSaid) return
    isSaid = true
    log.warn(
      () =>
        `The Copilot token is not kept for other processes (${whyOf(error)}), so each asks GitHub for its own. ` +
        'Give a home folder that can be written: --home <dir>, or CROSSFEED_HOME.',
    )
  }
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure'
  const code = 'code' in error ? String(error.code) : ''
  const why = reasons[code] ?? (code || error.message)
  return 'path' in error && typeof error.path === 'string' ? `${dirname(error.path)}: ${why}` : why
}
