import { asString, rest, type JsonObject } from '../core/json.ts'
import type { Part, ReasoningPart } from '../core/part.ts'
import { redactedId, wrapSeal, type ReadSeal } from '../core/seal.ts'
import { asExtras, restore } from './extras.ts'
import type { WriteContext } from './write-context.ts'

const thinkingMembers: ReadonlySet<string> = new Set(['type', 'thinking', 'signature'])
const redactedMembers: ReadonlySet<string> = new Set(['type', 'data'])

/** A `thinking` block, in a request or a reply; undefined when it is not as documented. */
export function readThinking(block: JsonObject, seal: ReadSeal): Part | undefined {
  const text = asString(block['thinking'])
  if (text === undefined) return undefined
  const signature = asString(block['signature'])
  const sealed = signature === undefined || signature === '' ? {} : { seal: seal(signature) }
  return { kind: 'reasoning', text, form: 'full', ...sealed, ...asExtras(rest(block, thinkingMembers)) }
}

/** A `redacted_thinking` block, likewise. */
export function readRedacted(block: JsonObject, seal: ReadSeal): Part | undefined {
  const data = asString(block['data'])
  if (data === undefined) return undefined
  const extras = asExtras(rest(block, redactedMembers))
  return { kind: 'reasoning', text: '', form: 'redacted', seal: seal(data, redactedId), ...extras }
}

/**
 * Reasoning in the history of a request: a thinking block goes back only with the signature that this API made; anything else it
 * would refuse. The seal says which slot it came from: thinking without words, as newer models have it by default, is not
 * redacted thinking.
 */
export function writeReasoning(part: ReasoningPart, { lose }: WriteContext, path: string): JsonObject | undefined {
  const { seal } = part
  if (!seal || seal.protocol !== 'messages' || seal.data === '') {
    if (part.text !== '') lose({ path, why: 'Messages takes back only reasoning that it signed' })
    return undefined
  }
  const block =
    seal.id === redactedId
      ? { type: 'redacted_thinking', data: seal.data }
      : { type: 'thinking', thinking: part.text, signature: seal.data }
  return restore(block, part.extras)
}

/** Reasoning in a reply for a client: always signed, if only with an empty seal, so that it is known when it comes back. */
export function writeThinking(part: ReasoningPart): JsonObject | undefined {
  if (part.form === 'redacted') {
    return part.seal && restore({ type: 'redacted_thinking', data: wrapSeal(part.seal) }, part.extras)
  }
  if (part.text === '' && !part.seal) return undefined
  return restore({ type: 'thinking', thinking: part.text, signature: writeSignature(part) }, part.extras)
}

/** The signature that a client gets for reasoning. */
export function writeSignature(part: ReasoningPart): string {
  return wrapSeal(part.seal ?? { issuer: '', protocol: 'messages', data: '' })
}
