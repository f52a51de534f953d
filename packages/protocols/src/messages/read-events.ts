import { cutOff, type GatewayError } from '../core/error.ts'
import type { Machine, ReplyEvent } from '../core/events.ts'
import {
  asNumber,
  asObject,
  asObjects,
  asString,
  isObject,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { RefusalPart } from '../core/part.ts'
import type { WireEvent } from '../core/protocol.ts'
import { readSealsOf } from '../core/seal.ts'
import { tellsFailure } from '../core/upstream-error.ts'
import { readStreamError } from './error.ts'
import { readEnding, readExplanation } from './finish.ts'
import { asExtras } from './extras.ts'
import { addKnownDelta, annotate, openBlock, stopEvents, type OpenBlock } from './read-block-events.ts'
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

/** Reads a stream of message events. `issuer` is whose signatures they carry. */
export function readEvents(issuer: string): Machine<WireEvent, ReplyEvent> {
  const seal = readSealsOf(issuer, 'messages')
  const open = new Map<number, OpenBlock>()
  const closed = new Set<number>()
  /** Where thoughts are open. */
  const thoughts = new Set<number>()
  /** Where the block stands that began last: what servers mean that number none. */
  let latest = -1
  let begun = false
  let done = false
  /** A start that has told of content, as long as no block has come since. */
  let told: JsonObject | undefined
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
    const extras = asExtras(rest(message, messageMembers))
    if (asObjects(message['content']).length > 0) told = message
    return [{ type: 'start', id: answerId, model, usage: readUsage(usage), ...extras }]
  }

  /** The answer of a start that tells it whole: a turn that code of a server tool goes on with asks for its calls so. */
  function addWhole(message: JsonObject): readonly ReplyEvent[] {
    stopReason ??= message['stop_reason']
    stopSequence ??= message['stop_sequence']
    return asObjects(message['content']).flatMap((content_block, index) => [
      ...startBlock({ index, content_block }),
      ...stopBlock(index),
    ])
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
    told = undefined
    // Servers that stop no block: thoughts come one after the other and before what they led to, so that what follows ends them.
    const events = [...begin({}), ...[...thoughts, wire].flatMap(stopBlock)]
    const start = withCallId(block, answerId, parts)
    const { opened, part } = openBlock(parts++, start, seal)
    latest = wire
    if (part.kind === 'tool-call') hasCalls = true
    if (part.kind === 'reasoning') thoughts.add(wire)
    open.set(wire, opened)
    events.push({ type: 'part-start', index: opened.index, part })
    return events
  }

  function addDelta(event: JsonObject): readonly ReplyEvent[] {
    const wire = asNumber(event['index']) ?? latest
    const block = open.get(wire)
    const delta = event['delta']
    if (!isObject(delta)) return none
    if (!block) return addUnbegun(event, delta)
    if (isOfOther(block, delta)) return addOther(wire, event, delta)
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

  /** Words of another kind than their block's end it, and begin one of their own. */
  function addOther(wire: number, event: JsonObject, delta: JsonObject): readonly ReplyEvent[] {
    const start = starts.get(delta['type'])
    if (!start || isWordless(delta)) return none
    return [...startBlock({ index: wire, content_block: start }), ...addDelta({ ...event, index: wire })]
  }

  function stopBlock(wire: number): readonly ReplyEvent[] {
    const block = open.get(wire)
    if (!block) return none
    open.delete(wire)
    thoughts.delete(wire)
    closed.add(wire)
    return stopEvents(block, seal)
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
    const events = [...begin({}), ...(told ? addWhole(told) : []), ...[...open.keys()].flatMap(stopBlock)]
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
      if (stopReason !== undefined || asString(told?.['stop_reason'])) return finish()
      return fail(cutOff('the stream ended without message_stop'))
    },
  }
}

/** Whether a delta holds thoughts in a text, or words for the reader in a thought (anthropics/claude-code#63487). */
function isOfOther({ kind }: OpenBlock, { type }: JsonObject): boolean {
  return (kind === 'text' && type === 'thinking_delta') || (kind === 'reasoning' && type === 'text_delta')
}

function isWordless(delta: JsonObject): boolean {
  return !asString(delta['text'] ?? delta['thinking'])
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
