import { loseAddressless } from '../core/lost-sources.ts'
import { cutOff, type GatewayError } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import { asString, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import { loseEnding } from '../core/lost-ending.ts'
import type { CompactionPart, NativePart, Part } from '../core/part.ts'
import type { Asked, ReplyWriter, WireEvent } from '../core/protocol.ts'
import { mergeExtras, type Finish } from '../core/reply.ts'
import type { Usage } from '../core/usage.ts'
import { createCalls, type Calls } from './call-stream.ts'
import { writeResponseError } from './error.ts'
import { createMessages, type Messages } from './message-stream.ts'
import { createReasonings, type Reasonings } from './reasoning-stream.ts'
import { createResponse } from './response.ts'
import { servedTier } from './service-tier.ts'
import type { StreamHost } from './stream-host.ts'
import { writeUsage } from './usage.ts'
import type { StreamEventType } from './wire.ts'
import { outputCompaction } from './write-output.ts'

/** What is known of a part besides what its writer knows: items without a word are written here. */
interface NativeSlot {
  readonly kind: 'native'
  readonly outputIndex: number
  readonly id: string | undefined
}

type Slot = NativeSlot | { readonly kind: 'message' | 'reasoning' | 'call' | 'dropped' }

/**
 * The events of a Responses stream. Items may be open side by side; the texts of one message follow one another. The
 * last item is closed when it is known what follows, because only the finish says whether it was cut.
 */
export function writeEvents(asked: Asked, lose: ReportLoss): ReplyWriter {
  // Not the request itself, which need not be held until the end.
  const { now, newId } = asked
  let base = createResponse(asked)
  const slots = new Map<number, Slot>()
  const output: JsonObject[] = []
  let out: WireEvent[] = []
  let sequence = 0
  let created = false
  let finished = false
  let extras: JsonObject | undefined
  /** The tokens that were known at the start. */
  let counted: Usage | undefined

  const emit = (type: StreamEventType, members: JsonObject): void => {
    out.push({ event: type, data: { type, sequence_number: sequence++, ...members } })
  }
  const host: StreamHost = {
    emit,
    frame: (type, data) => out.push({ event: type, data }),
    next: () => sequence++,
    addItem,
    doneItem,
    keepItem: (outputIndex, item) => (output[outputIndex] = item),
    newId,
  }
  const messages: Messages = createMessages(host)
  const reasonings: Reasonings = createReasonings(host)
  const calls: Calls = createCalls(host)

  return {
    push(event) {
      if (finished) return nothing
      out = []
      write(event)
      return out
    },
    end() {
      if (finished) return nothing
      out = []
      fail(cutOff())
      return out
    },
    goesOn: (index) => slots.has(index),
    skip(events) {
      sequence += events
    },
  }

  function write(event: ReplyEvent): void {
    if (event.type === 'error') return fail(event.error)
    if (!created) create(event)
    if (event.type !== 'end') calls.follow()
    switch (event.type) {
      case 'start':
        return
      case 'part-start':
        return startPart(event.index, event.part)
      case 'part-delta':
        return delta(event)
      case 'part-citation':
        return messages.cite(event.index, event.citation)
      case 'part-seal':
        return
      case 'part-end':
        return endPart(event.index, event.part)
      case 'native':
        return native(event.protocol === 'responses' ? event.value : undefined)
      case 'end': {
        loseEnding(event.finish, event.extras, lose)
        const merged = mergeExtras(extras ? { responses: extras } : undefined, event.extras)?.responses
        return finish(event.finish, event.usage, { ...merged, ...servedTier(event.tier) })
      }
    }
  }

  function create(event: ReplyEvent): void {
    created = true
    if (event.type === 'start') {
      extras = event.extras?.responses
      loseEnding(undefined, event.extras, lose)
      counted = event.usage
      // By the id of its own an upstream finds the answer again.
      if (event.id.startsWith('resp_')) base = { ...base, id: event.id }
    }
    const response = { ...base, ...extras }
    emit('response.created', { response })
    emit('response.in_progress', { response })
  }

  function addItem(item: JsonObject): number {
    const outputIndex = output.push(item) - 1
    emit('response.output_item.added', { output_index: outputIndex, item })
    return outputIndex
  }

  function doneItem(outputIndex: number, item: JsonObject): void {
    output[outputIndex] = item
    emit('response.output_item.done', { output_index: outputIndex, item })
  }

  function startPart(index: number, part: Part): void {
    switch (part.kind) {
      case 'text':
      case 'refusal':
        slots.set(index, { kind: 'message' })
        messages.start(index, part)
        return
      case 'reasoning':
        slots.set(index, { kind: 'reasoning' })
        messages.follow()
        reasonings.start(index, part)
        return
      case 'tool-call':
        slots.set(index, { kind: 'call' })
        messages.follow()
        calls.start(index, part)
        return
      case 'compaction':
        return
      case 'native':
        return startNative(index, part)
      default:
        slots.set(index, { kind: 'dropped' })
        lose({ path: `output[${index}]`, why: `an answer cannot hold ${part.kind} here` })
    }
  }

  function startNative(index: number, part: NativePart): void {
    if (part.protocol !== 'responses') {
      slots.set(index, { kind: 'dropped' })
      lose({
        path: `output[${index}]`,
        why: `Responses has no item for ${asString(part.value['type']) ?? 'this'} of ${part.protocol}`,
      })
      return
    }
    messages.follow()
    slots.set(index, { kind: 'native', outputIndex: addItem(part.value), id: asString(part.value['id']) })
  }

  function delta(event: Extract<ReplyEvent, { readonly type: 'part-delta' }>): void {
    const slot = slots.get(event.index)
    if (!slot || event.text === '') return
    if (slot.kind === 'message') messages.delta(event.index, event.text, event.logprobs)
    else if (slot.kind === 'call') calls.delta(event.index, event.text)
    else if (slot.kind === 'reasoning') reasonings.delta(event.index, event.text, event.isNext)
  }

  function endPart(index: number, part: Part): void {
    const slot = slots.get(index)
    if (part.kind === 'compaction') return compaction(part)
    if (part.kind === 'text') loseAddressless(part, `output[${index}]`, lose)
    if (slot?.kind === 'message' && (part.kind === 'text' || part.kind === 'refusal')) messages.end(index, part)
    else if (slot?.kind === 'reasoning' && part.kind === 'reasoning') reasonings.end(index, part)
    else if (slot?.kind === 'call' && part.kind === 'tool-call') calls.end(index, part)
    else if (slot?.kind === 'native' && part.kind === 'native')
      doneItem(slot.outputIndex, slot.id === undefined ? part.value : { ...part.value, id: slot.id })
    slots.delete(index)
  }

  function compaction(part: CompactionPart): void {
    messages.follow()
    const item = outputCompaction(part, `cmp_${newId()}`)
    doneItem(addItem(item), item)
  }

  /** An event about a native item, renumbered; one that names an item which this stream does not have is left out. */
  function native(value: JsonObject | undefined): void {
    if (!value) return
    const type = asString(value['type'])
    const { sequence_number: numbered, ...members } = value
    if (type === undefined) return
    if (value['output_index'] === undefined) {
      const number = numbered === undefined ? {} : { sequence_number: sequence++ }
      out.push({ event: type, data: { ...members, ...number } })
      return
    }
    const id = asString(value['item_id'])
    const open = [...slots.values()].filter((slot) => slot.kind === 'native')
    // Where ids change from event to event, the one that is open is meant.
    const slot = open.find((one) => one.id !== undefined && one.id === id) ?? (open.length === 1 ? open[0] : undefined)
    if (!slot || id === undefined) return
    const place = { item_id: slot.id ?? id, output_index: slot.outputIndex }
    out.push({ event: type, data: { ...members, type, sequence_number: sequence++, ...place } })
  }

  function finish(how: Finish, usage: Usage, own: JsonObject): void {
    const cut = how === 'length' || how === 'refusal'
    calls.close(how === 'length' ? output.length - 1 : undefined)
    messages.close(cut)
    finished = true
    if (how === 'error') {
      const error = { code: 'server_error', message: 'The upstream could not finish the answer.' }
      return last('response.failed', { ...own, status: 'failed', error, usage: writeUsage(usage) })
    }
    const reason = how === 'length' ? 'max_output_tokens' : 'content_filter'
    const details = own['incomplete_details'] ?? (cut ? { reason } : undefined)
    if (details !== undefined && details !== null) {
      const members = { ...own, status: 'incomplete', incomplete_details: details, usage: writeUsage(usage) }
      return last('response.incomplete', members)
    }
    const members: MutableJson = { completed_at: now, status: 'completed', ...own, usage: writeUsage(usage) }
    if (members['completed_at'] === null) members['completed_at'] = now
    last('response.completed', members)
  }

  function fail(error: GatewayError): void {
    finished = true
    keepUnfinished()
    last('response.failed', {
      ...extras,
      status: 'failed',
      error: writeResponseError(error),
      usage: counted ? writeUsage(counted) : null,
    })
  }

  /** What was said of items that stay open: the failed response holds it, but no event calls it done. */
  function keepUnfinished(): void {
    messages.abandon()
    reasonings.abandon()
    calls.abandon()
  }

  function last(type: StreamEventType, members: JsonObject): void {
    emit(type, { response: { ...base, ...members, output } })
  }
}

const nothing: readonly WireEvent[] = []
