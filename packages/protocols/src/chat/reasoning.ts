import { asObjects, asString, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReasoningPart } from '../core/part.ts'
import { redactedId, unwrapSeal } from '../core/seal.ts'
import { isSealed, joinEntries, wordsIn } from './reasoning-lists.ts'
import { readThoughts } from './shared-seals.ts'

/** Reasoning as a message, a delta or a history entry holds it. */
interface FoundReasoning {
  readonly text: string
  readonly form: 'full' | 'summary'
  /** The member that held the text. */
  readonly member: string
}

const textMembers = ['reasoning_content', 'reasoning_text', 'reasoning', 'thinking', 'cot_summary'] as const

/** The readable reasoning of a message or delta, whatever the server calls it; undefined when it has none. */
export function findReasoning(holder: JsonObject): FoundReasoning | undefined {
  for (const member of textMembers) {
    const text = holder[member]
    if (typeof text === 'string' && text !== '')
      return { text, form: member === 'cot_summary' ? 'summary' : 'full', member }
  }
  return undefined
}

/** The reasoning of a message in the history. */
interface HistoryReasoning {
  readonly parts: readonly ReasoningPart[]
  /** Members that the parts carry. */
  readonly members: readonly string[]
  /** The member, kept in the extras, that the parts were read from. */
  readonly within?: string
}

/** The reasoning of an assistant message of a request, thought by thought where its seals say how the text is cut. */
export function readReasoning(message: JsonObject): HistoryReasoning {
  const found = findReasoning(message)
  const opaque = asString(message['reasoning_opaque'])
  const blocks = opaque ? [] : readBlocks(asObjects(message['thinking_blocks']))
  if (blocks.length > 0) return listed('thinking_blocks', blocks, found)
  const details = asObjects(message['reasoning_details'])
  const signed = opaque ? [] : readBlocks(details.flatMap(asBlock))
  if (signed.some((part) => part.seal)) return listed('reasoning_details', signed, found)
  if (!found && !opaque) {
    const text = wordsIn(details)
    if (text !== '')
      return { parts: [{ kind: 'reasoning', text, form: 'full' }], members: [], within: 'reasoning_details' }
    if (!isSealed(details)) return { parts: [], members: [] }
    return { parts: [{ kind: 'reasoning', text: '', form: 'redacted' }], members: [], within: 'reasoning_details' }
  }
  const members = found ? [found.member] : []
  const { text, form } = found ?? { text: '', form: 'redacted' as const }
  return { parts: opaque ? readThoughts(text, form, opaque) : [{ kind: 'reasoning', text, form }], members }
}

/** What a list of the message tells, which may stand beside the words of all of it in one text. */
function listed(within: string, parts: readonly ReasoningPart[], found: FoundReasoning | undefined): HistoryReasoning {
  const hasWords = parts.some(({ text }) => text !== '')
  return found && hasWords ? { parts, members: [found.member] } : { parts, members: [], within }
}

/**
 * The block of Messages that OpenRouter's detail stands for; none for those of other services, which only they can read
 * (openrouter.ai/docs, "Reasoning tokens": `format` is `anthropic-claude-v1`).
 */
function asBlock(detail: JsonObject): readonly JsonObject[] {
  const { type, index, text, signature, data, format } = detail
  if (!asString(format)?.startsWith('anthropic-')) return []
  if (type === 'reasoning.encrypted') return [{ type: 'redacted_thinking', index, data }]
  return type === 'reasoning.text' ? [{ type: 'thinking', index, thinking: text ?? '', signature }] : []
}

/** The blocks of Messages that LiteLLM lists beside an answer (docs.litellm.ai, "Reasoning content"): Messages takes them back. */
function readBlocks(list: readonly JsonObject[]): readonly ReasoningPart[] {
  const blocks: MutableJson[] = []
  // Clients that put a stream's lists behind each other give back the pieces.
  joinEntries(blocks, list)
  return blocks.flatMap((block): readonly ReasoningPart[] => {
    const [text, signature, data] = [asString(block['thinking']), asString(block['signature']), asString(block['data'])]
    if (block['type'] === 'redacted_thinking' && data)
      return [{ kind: 'reasoning', text: '', form: 'redacted', seal: unwrapSeal(data, 'messages', redactedId) }]
    if (block['type'] !== 'thinking' || text === undefined) return []
    return [
      { kind: 'reasoning', text, form: 'full', ...(signature ? { seal: unwrapSeal(signature, 'messages') } : {}) },
    ]
  })
}
