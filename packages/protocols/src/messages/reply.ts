import { GatewayError } from '../core/error.ts'
import { loseFileCitations } from '../core/lost-sources.ts'
import { asObjects, asString, isObject, parseObject, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import { madeUpCallId } from '../core/made-up-id.ts'
import type { CompactionPart, Part, TextPart, ToolCallPart } from '../core/part.ts'
import type { Asked } from '../core/protocol.ts'
import type { Reply } from '../core/reply.ts'
import { readSealsOf, wrapSeal } from '../core/seal.ts'
import { writeCitation } from './citations.ts'
import { readBlock } from './content.ts'
import { isExplanation, readEnding, readExplanation, writeStopReason } from './finish.ts'
import { asExtras, restore } from './extras.ts'
import { writeThinking } from './reasoning.ts'
import { readUsage, writeUsage } from './usage.ts'
import { isBlank, readInput } from './write-content.ts'

/** Members of a message that are read into words. */
export const messageMembers: ReadonlySet<string> = new Set([
  'id',
  'type',
  'role',
  'content',
  'model',
  'stop_reason',
  'stop_sequence',
  'usage',
])

/** A message that is whole. Throws what is none. */
export function readReply(body: JsonObject, issuer: string): Reply {
  const { content } = body
  if (content === undefined && !isObject(body['error']))
    throw new GatewayError('upstream', 502, 'The upstream answered with something that is no message.', {
      reason: 'not-an-answer',
      upstream: { body },
    })
  const seal = readSealsOf(issuer, 'messages')
  // Some servers give a lone text as the string that requests may have.
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : asObjects(content)
  const id = asString(body['id']) ?? ''
  const parts = blocks.map((block, index) => readBlock(withCallId(block, id, index), seal))
  const hasCalls = parts.some((part) => part.kind === 'tool-call')
  const { finish, stopSequence, kept } = readEnding(body['stop_reason'], body['stop_sequence'], hasCalls)
  const unread = rest(body, messageMembers)
  const explanation = finish === 'refusal' ? readExplanation(body['stop_details']) : undefined
  return {
    id,
    model: asString(body['model']) ?? '',
    parts: explanation ? [...parts, explanation] : parts,
    finish,
    usage: readUsage(body['usage']),
    ...(stopSequence === undefined ? {} : { stopSequence }),
    ...asExtras(kept === undefined ? unread : { ...unread, stop_reason: kept }),
  }
}

/** A block of an answer, with an id for a call that came without one: no result could be told of it. */
export function withCallId(block: JsonObject, answer: string, index: number): JsonObject {
  return block['type'] === 'tool_use' && !asString(block['id']) ? { ...block, id: madeUpCallId(answer, index) } : block
}

/** The reply as a message for the client, under the model name that it asked for. */
export function writeReply(reply: Reply, asked: Asked, lose: ReportLoss): JsonObject {
  const content: JsonObject[] = []
  let hasSpoken = false
  reply.parts.forEach((part, index) => {
    if (isExplanation(part) || isSilent(part, hasSpoken)) return
    if (part.kind === 'text' || part.kind === 'refusal') hasSpoken = true
    const block = writeReplyBlock(part, reply, lose, `parts[${index}]`)
    if (block) content.push(block)
  })
  const { stop_reason: kept, ...extras } = reply.extras?.messages ?? {}
  const ending = { ...reply, ...(typeof kept === 'string' ? { kept } : {}) }
  const hasCalls = content.some((block) => block['type'] === 'tool_use')
  const refused = reply.parts.some((part) => part.kind === 'refusal')
  const message = restore(
    {
      id: messageId(reply.id, asked),
      type: 'message',
      role: 'assistant',
      model: asked.prompt.model,
      content,
      stop_reason: writeStopReason(ending, { hasCalls, refused }),
      stop_sequence: reply.stopSequence ?? null,
      usage: writeUsage(reply.usage),
    },
    { messages: extras },
  )
  return { container: null, diagnostics: null, stop_details: null, ...message }
}

/** The upstream's id when it is one of this API, else a fresh one. */
export function messageId(id: string, asked: Pick<Asked, 'newId'>): string {
  return id.startsWith('msg_') ? id : `msg_${asked.newId()}`
}

/** White space separates words that were said from words to come; before the first word it is nothing, like no text. */
function isSilent(part: Part, hasSpoken: boolean): boolean {
  if (part.kind !== 'text' && part.kind !== 'refusal') return false
  return hasSpoken ? part.text === '' : isBlank(part.text)
}

function writeReplyBlock(part: Part, reply: Reply, lose: ReportLoss, path: string): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
      loseFileCitations(part, path, 'Messages', lose)
      return writeText(part)
    case 'refusal':
      return { type: 'text', text: part.text }
    case 'reasoning':
      return writeThinking(part)
    case 'tool-call':
      return writeToolUse(part, reply, lose, path)
    case 'compaction':
      return writeCompactionBlock(part)
    case 'native':
      if (part.protocol === 'messages') return part.value
      lose({ path, why: `Messages has nothing like ${asString(part.value['type']) ?? 'this'} of ${part.protocol}` })
      return undefined
    case 'media':
    case 'tool-result':
      lose({ path, why: `an answer in Messages holds nothing of kind ${part.kind}` })
      return undefined
  }
}

function writeText(part: TextPart): JsonObject {
  const block: MutableJson = { type: 'text', text: part.text }
  if (part.citations) block['citations'] = part.citations.map(writeCitation)
  return restore(block, part.extras)
}

/** A compacted history for a client. */
export function writeCompactionBlock(part: CompactionPart): JsonObject {
  const block: MutableJson = { type: 'compaction', content: part.text ?? null }
  if (part.seal) block['encrypted_content'] = wrapSeal(part.seal)
  return restore(block, part.extras)
}

function writeToolUse(part: ToolCallPart, reply: Reply, lose: ReportLoss, path: string): JsonObject | undefined {
  const isCut = reply.finish === 'length' && part.form === 'json' && !isBlank(part.input) && !parseObject(part.input)
  if (isCut) {
    lose({ path, why: 'the answer ended inside the arguments of this call' })
    return undefined
  }
  const written = { type: 'tool_use', id: part.id, name: part.name, input: readInput(part, lose, path) }
  return restore(written, isObject(part.extras?.messages) ? part.extras : undefined)
}
