import type { ProtocolId } from './protocol.ts'

/**
 * Text that only its issuer can read: a thinking signature, encrypted reasoning. Never altered, and never sent to
 * anyone but the issuer. `issuer` is empty when the seal came bare from a client, so nobody knows who made it.
 */
export interface Seal {
  readonly issuer: string
  readonly protocol: ProtocolId
  /** The item id that the data is bound to, where the protocol binds it. */
  readonly id?: string
  readonly data: string
  /** Where several share one text: what of it this one seals, in characters. */
  readonly covers?: { readonly start: number; readonly length: number }
}

/** The seal id that tells redacted thinking of Messages from a signature after a trip through another protocol's single slot. */
export const redactedId = 'redacted'

const mark = 'xfs1~'
const protocols: readonly ProtocolId[] = ['chat', 'responses', 'messages']

/**
 * The seal as one self-describing string that fits any protocol's opaque slot:
 * `xfs1~<protocol>~<issuer>~<id>~<data>`, issuer and id percent-encoded; behind the id, what it covers: `:<start>+<length>`.
 */
export function wrapSeal(seal: Seal): string {
  const covers = seal.covers ? `:${seal.covers.start}+${seal.covers.length}` : ''
  return `${mark}${seal.protocol}~${encode(seal.issuer)}~${encode(seal.id ?? '')}${covers}~${seal.data}`
}

/** The seal in an opaque slot: unwrapped when it is an envelope of ours, else bare, of an unknown issuer, in `protocol`. */
export function unwrapSeal(text: string, protocol: ProtocolId, id?: string): Seal {
  if (text.startsWith(mark)) {
    const wrapped = splitEnvelope(text)
    if (wrapped) return wrapped
  }
  return id === undefined ? { issuer: '', protocol, data: text } : { issuer: '', protocol, id, data: text }
}

/** Makes a seal of what stands in an opaque slot. `id` is what the protocol binds the data to, where it does. */
export type ReadSeal = (data: string, id?: string) => Seal

/** Reads the slots of requests: an envelope of ours names its issuer, of a bare text nobody knows it. */
export function readSealsOfClient(protocol: ProtocolId): ReadSeal {
  return (data, id) => unwrapSeal(data, protocol, id)
}

/** Reads the slots of replies, whose issuer is known by where the answer came from. */
export function readSealsOf(issuer: string, protocol: ProtocolId): ReadSeal {
  return (data, id) => (id === undefined ? { issuer, protocol, data } : { issuer, protocol, id, data })
}

/** Whether a seal may be sent to `issuer` in `protocol`: its own seals, and bare ones of the same protocol. */
export function isSealFor(seal: Seal, issuer: string, protocol: ProtocolId): boolean {
  return seal.protocol === protocol && (seal.issuer === issuer || seal.issuer === '')
}

function splitEnvelope(text: string): Seal | undefined {
  const [, protocol, issuer, place, ...data] = text.split('~')
  const known = protocols.find((name) => name === protocol)
  if (!known || issuer === undefined || place === undefined || data.length === 0) return undefined
  const [id = '', covered] = place.split(':')
  const covers = /^(\d{1,9})\+(\d{1,9})$/.exec(covered ?? '')
  return {
    issuer: decode(issuer),
    protocol: known,
    ...(id === '' ? {} : { id: decode(id) }),
    data: data.join('~'),
    ...(covers ? { covers: { start: Number(covers[1]), length: Number(covers[2]) } } : {}),
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('~', '%7E')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A client damaged the envelope; the text as it stands matches no issuer, so the seal is dropped later.
    return text
  }
}
