import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a sealed string stands for: it is valid only where it belongs. */
type SealKind = 'signature' | 'redacted' | 'encrypted' | `encrypted:${string}` | 'opaque' | 'id' | 'session'

/**
 * The kind of a service's encrypted reasoning: no other service can read it, nor another organization's account at the same one
 * (pingdotgg/t3code#410, openai/codex#13724).
 */
export const encryptedBy = (face: string | undefined): SealKind =>
  face === undefined ? 'encrypted' : `encrypted:${face}`

/** What was sealed: the item's nonce, and whether a given text is the one it was sealed with. */
interface Unsealed {
  readonly nonce: string
  readonly fits: (text: string) => boolean
}

/** Makes and checks opaque strings without remembering any of them. */
export interface Seals {
  /** An opaque base64 string; another one each time, of about `bytes` bytes. */
  seal(kind: SealKind, nonce: string, text?: string, bytes?: number): string
  open(kind: SealKind, sealed: string): Unsealed | undefined
}

const macLength = 16
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest().subarray(0, 16)

/** A fresh name for one item: 16 hex digits. */
export const newNonce = (): string => randomBytes(8).toString('hex')

/**
 * Sealed strings are `nonce(8) | digest of the text(16) | padding | mac(16)` in base64: checkable by anyone who has the
 * secret, so that answers survive a restart of the emulator and nothing has to be stored.
 */
export function createSeals(secret: string): Seals {
  const mac = (kind: SealKind, data: Buffer): Buffer =>
    createHmac('sha256', secret).update(kind).update(data).digest().subarray(0, macLength)
  return {
    seal: (kind, nonce, text = '', bytes = 96) => {
      const head = Buffer.concat([Buffer.from(nonce, 'hex'), digestOf(text)])
      const data = Buffer.concat([head, randomBytes(Math.max(8, bytes - head.length - macLength))])
      return Buffer.concat([data, mac(kind, data)]).toString('base64')
    },
    open: (kind, sealed) => {
      const bytes = Buffer.from(sealed, 'base64')
      if (bytes.length < 48 || bytes.toString('base64') !== sealed) return undefined
      const data = bytes.subarray(0, -macLength)
      if (!timingSafeEqual(mac(kind, data), bytes.subarray(-macLength))) return undefined
      const digest = data.subarray(8, 24)
      return { nonce: data.subarray(0, 8).toString('hex'), fits: (text) => digestOf(text).equals(digest) }
    },
  }
}
