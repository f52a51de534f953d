import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Whether a presented key is one of the keys. Takes as long for a wrong key as for a right one. */
export type IsKey = (presented: string) => boolean

/** A check against `keys`, with their digests made once. */
export function createKeyCheck(keys: readonly string[]): IsKey {
  const digests = keys.map(digest)
  return (presented) => {
    const offered = digest(presented)
    let found = false
    for (const known of digests) if (timingSafeEqual(known, offered)) found = true
    return found
  }
}

/** The key that a request presents: `x-api-key`, else the bearer token. */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const named = headers['x-api-key']
  if (typeof named === 'string') return named.trim()
  const bearer = headers.authorization
  if (bearer === undefined || bearer.slice(0, 7).toLowerCase() !== 'bearer ') return undefined
  return bearer.slice(7).trim()
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
