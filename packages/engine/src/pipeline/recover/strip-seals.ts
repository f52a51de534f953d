import type { Recovery } from './recovery.ts'

/**
 * How upstreams refuse reasoning that they did not issue, or that does not fit where it stands (§6.2, user-pain 4.2, 4.3),
 * and ids of items that another server made.
 */
const words = [
  /invalid.{0,20}signature/i,
  // anthropics/claude-code#56708
  /invalid.{0,20}data.{0,20}redacted_thinking/i,
  /signature.{0,40}(?:invalid|required|mismatch)/i,
  /encrypted content.{0,40}(?:could not be|not be) verified/i,
  /item_id did not match/i,
  /does not belong to this connection/i,
  /invalid_encrypted_content/i,
  /Expected an ID that begins with/i,
  /without its required (?:following item|'reasoning' item)/i,
  /Expected .?thinking.? or .?redacted_thinking.?, but found/i,
  /thinking.{0,60}(?:cannot be modified|blocks? .*must)/i,
]

/**
 * Reasoning that came without its content, for a service to remember that did not make it, or keeps nothing. Other servers have
 * ids of their own for it (xAI's are UUIDs); those with the mark of another kind of item are none.
 */
const notKept = /Item with id '(?!(?:msg|fc|ctc|ws|fs|ci|ig|mcp|cmp)_)[^']+' not found/i

/** Opaque reasoning that the upstream refuses: the history goes again without it. */
export const stripSeals: Recovery = {
  name: 'strip-seals',
  matches: (error) =>
    (error.status === 404 && notKept.test(error.message)) ||
    ((error.status === 400 || error.status === 401) &&
      words.some((word) => word.test(`${error.upstream?.code ?? ''} ${error.message}`))),
  repair(_error, failed) {
    failed.dropSeals()
    failed.note('reasoning-stripped')
    return 0
  },
}
