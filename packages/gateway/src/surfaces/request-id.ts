import { randomBytes } from 'node:crypto'

/** Ids for requests: unique, not secret. A random start for the process, then a count. */
export function createRequestIds(): () => string {
  const start = randomBytes(5).toString('hex')
  let count = 0
  return () => `req_${start}${(count++).toString(16).padStart(6, '0')}`
}
