import { asObjects, type GatewayError, type JsonObject } from '@crossfeed/protocols'
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
  // Too long, or of other characters: xAI's name a region, Copilot's are encrypted.
  /Invalid 'input\[\d+\]\.id'/i,
  /without its required (?:following item|'reasoning' item)/i,
  /Expected .?thinking.? or .?redacted_thinking.?, but found/i,
  /thinking.{0,60}(?:cannot be modified|blocks? .*must)/i,
]

/**
 * Items that came with their ids, for a service to remember that did not make them, or keeps nothing: OpenAI says so with a 404,
 * Azure with a 400 (openai/codex#35739, openclaw/openclaw#21782).
 */
const notKept = /Item with id '([^']+)' not found/i

/**
 * Whether it is reasoning that is not kept, or an item that stands there whole and needs no id. Other servers have ids of their
 * own for reasoning (xAI's are UUIDs); those with the mark of another kind of item are none.
 */
function isUnkept({ status, message }: GatewayError, body: JsonObject): boolean {
  const id = status === 400 || status === 404 ? notKept.exec(message)?.[1] : undefined
  if (id === undefined) return false
  if (!/^(?:msg|fc|ctc|ws|fs|ci|ig|mcp|cmp)_/.test(id)) return true
  return asObjects(body['input']).some((item) => item['id'] === id && item['type'] !== 'item_reference')
}

/** Opaque reasoning that the upstream refuses: the history goes again without it. */
export const stripSeals: Recovery = {
  name: 'strip-seals',
  matches: (error, { body }) =>
    isUnkept(error, body) ||
    ((error.status === 400 || error.status === 401) &&
      words.some((word) => word.test(`${error.upstream?.code ?? ''} ${error.message}`))),
  repair(_error, failed) {
    failed.dropSeals()
    failed.note('reasoning-stripped')
    return 0
  },
}
