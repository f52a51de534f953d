import { GatewayError } from '../core/error.ts'
import type { Machine, ReplyEvent } from '../core/events.ts'
import { parseArguments } from '../core/exact-json.ts'
import {
  asNumber,
  asObject,
  asString,
  isObject,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { Part, RefusalPart } from '../core/part.ts'
import type { WireEvent } from '../core/protocol.ts'
import { readSealsOf, type ReadSeal } from '../core/seal.ts'
import { tellsFailure } from '../core/upstream-error.ts'
import { readCitation } from './citations.ts'
import { readBlock } from './content.ts'
import { readStreamError } from './error.ts'
import { readEnding, readExplanation } from './finish.ts'
import { asExtras } from './extras.ts'
import { messageMembers, withCallId } from './reply.ts'
import { readUsage } from './usage.ts'

const none: readonly ReplyEvent[] = []
const deltaMembers: ReadonlySet<string> = new Set(['stop_reason', 'stop_sequence'])
const inputCounts: ReadonlySet<string> = new Set([
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
])
const messageDeltaMembers: ReadonlySet<string> = new Set(['type', 'delta', 'usage'])

/** How the block of a delta begins that has words of its own. */
const starts: ReadonlyMap<unknown, JsonObject> = new Map([
  ['text_delta', { type: 'text', text: '' }],
  ['thinking_delta', { type: 'thinking', thinking: '', signature: '' }],
])

/** A block under way: its start, and what its deltas have added. */
interface OpenBlock {
  /** Place among the parts of the reply. */
  readonly index: number
  readonly start: JsonObject
  readonly kind: Part['kind']
  /** Text, thinking or JSON so far. */
  text: string
  signature: string
  citations: Json[] | undefined
  /** Members that come whole in a delta: a compaction's content, notes beside the delta. */
  added: MutableJson | undefined
}

/** Reads a stream of message events. `issuer` is whose signatures they carry. */
export function readEvents(issuer: string): Machine<WireEvent, ReplyEvent> {
  const seal = readSealsOf(issuer, 'messages')
  const open = new Map<number, OpenBlock>()
  const closed = new Set<number>()
  /** Where the block stands that began last: what servers mean that number none. */
  let latest = -1
  let begun = false
  let done = false
  let answerId = ''
  let parts = 0
  let hasCalls = false
  let usage: MutableJson = {}
  let stopReason: Json | undefined
  let stopSequence: Json | undefined
  let kept: JsonObject | undefined

  function begin(message: JsonObject): readonly ReplyEvent[] {
    if (begun) return none
    begun = true
    addUsage(message['usage'])
    answerId = asString(message['id']) ?? ''
    const model = asString(message['model']) ?? ''
    return [{ type: 'start', id: answerId, model, usage: readUsage(usage), ...asExtras(rest(message, messageMembers)) }]
  }

  /** Later numbers are totals and win; null means unsaid, and so does an input of nothing after one that was counted. */
  function addUsage(value: Json | undefined): void {
    if (!isObject(value)) return
    const total = { ...usage }
    const isUncounted = readUsage(value).input === 0 && readUsage(usage).input > 0
    for (const [name, amount] of Object.entries(value)) {
      if (isUncounted && amount === 0 && inputCounts.has(name)) continue
      if ((amount !== null && amount !== undefined) || total[name] === undefined) total[name] = amount
    }
    usage = total
  }

  function startBlock(event: JsonObject): readonly ReplyEvent[] {
    const wire = asNumber(event['index']) ?? parts
    const block = asObject(event['content_block'])
    if (!block) return none
    // Servers that stop no block: thoughts come one after the other and before what they led to, so that what follows ends them.
    const thoughts = [...open].flatMap(([at, { kind }]) => (kind === 'reasoning' || at === wire ? stopBlock(at) : none))
    const events = [...begin({}), ...thoughts]
    const start = withCallId(block, answerId, parts)
    const part = openingPart(start, seal)
    const text = part.kind === 'text' || part.kind === 'reasoning' ? part.text : ''
    const signature = asString(start['signature']) ?? ''
    const index = parts++
    latest = wire
    if (part.kind === 'tool-call') hasCalls = true
    open.set(wire, { index, start, kind: part.kind, text, signature, citations: undefined, added: undefined })
    events.push({ type: 'part-start', index, part })
    return events
  }

  function addDelta(event: JsonObject): readonly ReplyEvent[] {
    const block = open.get(asNumber(event['index']) ?? latest)
    const delta = event['delta']
    if (!isObject(delta)) return none
    if (!block) return addUnbegun(event, delta)
    const known = addKnownDelta(block, delta)
    annotate(block, event)
    return known ?? [{ type: 'native', protocol: 'messages', value: { ...event, index: block.index } }]
  }

  /** Words of a block whose start the server left out. */
  function addUnbegun(event: JsonObject, delta: JsonObject): readonly ReplyEvent[] {
    const start = starts.get(delta['type'])
    const wire = asNumber(event['index']) ?? parts
    if (!start || done || closed.has(wire)) return none
    return [...startBlock({ index: wire, content_block: start }), ...addDelta({ ...event, index: wire })]
  }

  function stopBlock(wire: number): readonly ReplyEvent[] {
    const block = open.get(wire)
    if (!block) return none
    open.delete(wire)
    closed.add(wire)
    const { index } = block
    const part = finishedPart(block, seal)
    const events: ReplyEvent[] = []
    // Arguments that stood in the start of the block, or none at all, are still what a call's deltas amount to.
    if (part.kind === 'tool-call' && block.text === '') events.push({ type: 'part-delta', index, text: part.input })
    const sealed = part.kind === 'reasoning' || part.kind === 'compaction' ? part.seal : undefined
    if (sealed && block.start['type'] !== 'redacted_thinking') events.push({ type: 'part-seal', index, seal: sealed })
    events.push({ type: 'part-end', index, part })
    return events
  }

  function addMessageDelta(event: JsonObject): readonly ReplyEvent[] {
    const delta = asObject(event['delta'])
    if (delta?.['stop_reason'] !== undefined && delta['stop_reason'] !== null) stopReason = delta['stop_reason']
    if (delta?.['stop_sequence'] !== undefined) stopSequence = delta['stop_sequence']
    addUsage(event['usage'])
    const unread = { ...kept, ...(delta && rest(delta, deltaMembers)), ...rest(event, messageDeltaMembers) }
    if (Object.keys(unread).length > 0) kept = unread
    return none
  }

  function finish(): readonly ReplyEvent[] {
    done = true
    const events = [...begin({}), ...[...open.keys()].flatMap(stopBlock)]
    const ending = readEnding(stopReason, stopSequence, hasCalls)
    const extras = ending.kept === undefined ? kept : { ...kept, stop_reason: ending.kept }
    if (ending.finish === 'refusal') events.push(...explain(readExplanation(kept?.['stop_details']), parts))
    events.push({
      type: 'end',
      finish: ending.finish,
      usage: readUsage(usage),
      ...(ending.stopSequence === undefined ? {} : { stopSequence: ending.stopSequence }),
      ...asExtras(extras),
    })
    return events
  }

  function fail(error: GatewayError): readonly ReplyEvent[] {
    done = true
    return [{ type: 'error', error }]
  }

  return {
    push({ event: name, data }) {
      // Copilot ends its stream with the mark of another protocol.
      if (done || data === '[DONE]') return none
      switch (data['type'] ?? name) {
        case 'content_block_delta':
          return addDelta(data)
        case 'content_block_start':
          return startBlock(data)
        case 'content_block_stop':
          return stopBlock(asNumber(data['index']) ?? latest)
        case 'message_start':
          return begin(asObject(data['message']) ?? {})
        case 'message_delta':
          return addMessageDelta(data)
        case 'message_stop':
          return finish()
        case 'error':
          return fail(readStreamError(data))
        default:
          if (tellsFailure(data)) return fail(readStreamError(data))
          return [{ type: 'native', protocol: 'messages', value: data }]
      }
    },
    end() {
      if (done) return none
      // It has said why it ended: only the mark of the end is missing, which some servers do not send.
      if (stopReason !== undefined) return finish()
      const message = 'The answer was cut off: the stream ended without message_stop.'
      return fail(new GatewayError('upstream', 502, message, { reason: 'stream-cut' }))
    },
  }
}

/** A part that comes whole, as events. */
function explain(part: RefusalPart | undefined, index: number): readonly ReplyEvent[] {
  if (!part) return none
  return [
    { type: 'part-start', index, part: { ...part, text: '' } },
    { type: 'part-delta', index, text: part.text },
    { type: 'part-end', index, part },
  ]
}

/** The part as far as the start of its block tells: what deltas will bring is empty. */
function openingPart(start: JsonObject, seal: ReadSeal): Part {
  // Its content comes whole, in one delta.
  if (start['type'] === 'compaction') return { kind: 'compaction' }
  const part = readBlock(start, seal)
  if (part.kind === 'tool-call') return { ...part, input: '' }
  if (part.kind !== 'reasoning' || part.form === 'redacted') return part
  const { seal: _seal, ...open } = part
  return open
}

/** The events of a delta, or undefined when it is of no kind that its block is known to have. */
function addKnownDelta(block: OpenBlock, delta: JsonObject): readonly ReplyEvent[] | undefined {
  switch (delta['type']) {
    case 'text_delta':
      return block.kind === 'text' ? addText(block, delta['text']) : undefined
    case 'thinking_delta':
      return block.kind === 'reasoning' ? addText(block, delta['thinking']) : undefined
    case 'input_json_delta': {
      if (block.kind === 'tool-call') return addText(block, delta['partial_json'])
      if (block.kind !== 'native') return undefined
      block.text += asString(delta['partial_json']) ?? ''
      return none
    }
    case 'signature_delta':
      if (block.kind !== 'reasoning') return undefined
      block.signature += asString(delta['signature']) ?? ''
      return none
    case 'citations_delta': {
      const citation = delta['citation']
      if (block.kind !== 'text' || !isObject(citation)) return undefined
      block.citations ??= []
      block.citations.push(citation)
      return [{ type: 'part-citation', index: block.index, citation: readCitation(citation) }]
    }
    case 'compaction_delta': {
      const { type: _type, ...added } = delta
      block.added = { ...block.added, ...added }
      return none
    }
    default:
      return undefined
  }
}

function addText(block: OpenBlock, text: Json | undefined): readonly ReplyEvent[] {
  if (typeof text !== 'string' || text === '') return none
  block.text += text
  return [{ type: 'part-delta', index: block.index, text }]
}

/** Objects that stand beside a delta are notes on its block (Copilot says there which public code the text resembles). */
function annotate(block: OpenBlock, event: JsonObject): void {
  for (const name in event) {
    const notes = event[name]
    if (name === 'type' || name === 'index' || name === 'delta' || name === '__proto__' || !isObject(notes)) continue
    const earlier = block.added && Object.hasOwn(block.added, name) ? asObject(block.added[name]) : undefined
    block.added = { ...block.added, [name]: joinNotes(earlier, notes) }
  }
}

/** Lists of the same name follow each other; of other members the last counts. */
function joinNotes(earlier: JsonObject | undefined, notes: JsonObject): JsonObject {
  const joined: MutableJson = { ...earlier, ...notes }
  for (const name in earlier) {
    const before = earlier[name]
    const found = Object.hasOwn(notes, name) ? notes[name] : undefined
    if (Array.isArray(before) && Array.isArray(found)) joined[name] = [...before, ...found]
  }
  return joined
}

/** The whole part, read from the block that the deltas make, so that a stream and a whole message are read alike. */
function finishedPart(block: OpenBlock, seal: ReadSeal): Part {
  const whole: MutableJson = { ...block.start, ...block.added }
  switch (block.kind) {
    case 'text':
      whole['text'] = block.text
      if (block.citations) {
        const first = block.start['citations']
        whole['citations'] = Array.isArray(first) ? [...first, ...block.citations] : block.citations
      }
      break
    case 'reasoning':
      if (block.start['type'] === 'redacted_thinking') break
      whole['thinking'] = block.text
      whole['signature'] = block.signature
      break
    case 'native': {
      const input = block.text === '' ? undefined : parseArguments(block.text)
      if (isObject(input)) whole['input'] = input
      break
    }
    default:
      break
  }
  const part = readBlock(whole, seal)
  return part.kind === 'tool-call' && block.text !== '' ? { ...part, input: block.text } : part
}
