import { createHash } from 'node:crypto'
import type { ClientHeaders } from '../../providers/provider.ts'

/** Says whose a request is, as one word: answers that are kept are nobody else's. */
export type OwnerOf = (headers: ClientHeaders) => string

/**
 * Each key its own owner, or, where no key is asked for, one owner of all: what clients put in a key's place then, because they
 * cannot do without one, says nothing.
 */
export function createOwnerOf(isOpen: boolean): OwnerOf {
  return isOpen ? () => '' : ownerByKey
}

/** The key that lets a client in, read as the access check reads it, as a hash; all who present none are one. */
export function ownerByKey(headers: ClientHeaders): string {
  const key = headers['x-api-key'] ?? headers['authorization']
  if (key === undefined) return ''
  const bare = String(key).replace(/^bearer /i, '')
  return createHash('sha256').update(bare.trim()).digest('base64')
}
