import { loseAddressless } from '../core/lost-sources.ts'
import { cutOff, type GatewayError } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import { asString, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import { loseEnding } from '../core/lost-ending.ts'
import type { CompactionPart, NativePart, Part, ToolCallPart } from '../core/part.ts'
import type { Asked, ReplyWriter, WireEvent } from '../core/protocol.ts'
import { mergeExtras, type Finish } from '../core/reply.ts'
import type { Usage } from '../core/usage.ts'
import { writeResponseError } from './error.ts'
import { createMessages, type MessageHost, type Messages } from './message-stream.ts'
import { createReasonings, type Reasonings } from './reasoning-stream.ts'
import { createResponse } from './response.ts'
import { servedTier } from './service-tier.ts'
import { writeUsage } from './usage.ts'
import type { StreamEventType } from './wire.ts'
import { isCutCall, isSaidCut, outputCall, outputCompaction } from './write-output.ts'

interface CallSlot {
  readonly kind: 'call'
  readonly id: string
  readonly outputIndex: number
  readonly delta: StreamEventType
  readonly member: 'arguments' | 'input'
  text: string
}

interface NativeSlot {
  readonly kind: 'native'
  readonly outputIndex: number
  readonly id: string | undefined
}

type Slot = CallSlot | NativeSlot | { readonly kind: 'message' | 'reasoning' | 'dropped' }

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
  /** A call that has ended, but whose item is not yet closed. */
  let pending: { readonly slot: CallSlot; readonly part: ToolCallPart } | undefined

  const emit = (type: StreamEventType, members: JsonObject): void => {
    out.push({ event: type, data: { type, sequence_number: sequence++, ...members } })
  }
  const host: MessageHost = {
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
    if (pending && event.type !== 'end') closePending(false)
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
        return startCall(index, part)
      case 'compaction':
        return
      case 'native':
        return startNative(index, part)
      default:
        slots.set(index, { kind: 'dropped' })
        lose({ path: `output[${index}]`, why: `an answer cannot hold ${part.kind} here` })
    }
  }

  function startCall(index: number, part: ToolCallPart): void {
    messages.follow()
    const custom = part.form === 'text'
    const id = `${custom ? 'ctc' : 'fc'}_${newId()}`
    const outputIndex = addItem(outputCall({ ...part, input: '' }, id, 'in_progress'))
    const type = custom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta'
    const member = custom ? 'input' : 'arguments'
    const slot: Slot = { kind: 'call', id, outputIndex, delta: type, member, text: '' }
    slots.set(index, slot)
    if (part.input !== '') deltaOfCall(slot, part.input)
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
    else if (slot.kind === 'call') deltaOfCall(slot, event.text)
    else if (slot.kind === 'reasoning') reasonings.delta(event.index, event.text, event.isNext)
  }

  function deltaOfCall(slot: CallSlot, text: string): void {
    slot.text += text
    out.push({
      event: slot.delta,
      data: {
        type: slot.delta,
        sequence_number: sequence++,
        item_id: slot.id,
        output_index: slot.outputIndex,
        delta: text,
      },
    })
  }

  function endPart(index: number, part: Part): void {
    const slot = slots.get(index)
    if (part.kind === 'compaction') return compaction(part)
    if (part.kind === 'text') loseAddressless(part, `output[${index}]`, lose)
    if (slot?.kind === 'message' && (part.kind === 'text' || part.kind === 'refusal')) messages.end(index, part)
    else if (slot?.kind === 'reasoning' && part.kind === 'reasoning') reasonings.end(index, part)
    else if (slot?.kind === 'call' && part.kind === 'tool-call') endCall(slot, part)
    else if (slot?.kind === 'native' && part.kind === 'native')
      doneItem(slot.outputIndex, slot.id === undefined ? part.value : { ...part.value, id: slot.id })
    slots.delete(index)
  }

  function compaction(part: CompactionPart): void {
    messages.follow()
    const item = outputCompaction(part, `cmp_${newId()}`)
    doneItem(addItem(item), item)
  }

  function endCall(slot: CallSlot, part: ToolCallPart): void {
    const missed = remainder(slot.text, part.input)
    if (missed !== '') deltaOfCall(slot, missed)
    pending = { slot, part: part.input === '' ? { ...part, input: slot.text } : part }
  }

  function closePending(cut: boolean): void {
    if (!pending) return
    const { slot } = pending
    let { part } = pending
    pending = undefined
    if (part.form === 'json' && part.input === '' && !cut && !isSaidCut(part)) {
      // A call without arguments is a call with none: clients parse the text as JSON.
      deltaOfCall(slot, '{}')
      part = { ...part, input: '{}' }
    }
    const incomplete = cut || isCutCall(part)
    const place = { item_id: slot.id, output_index: slot.outputIndex }
    if (!incomplete && part.form === 'text')
      emit('response.custom_tool_call_input.done', { ...place, input: part.input })
    if (!incomplete && part.form === 'json')
      emit('response.function_call_arguments.done', { ...place, name: part.name, arguments: part.input })
    doneItem(slot.outputIndex, outputCall(part, slot.id, incomplete ? 'incomplete' : 'completed'))
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
    const lastIsCall = pending !== undefined && pending.slot.outputIndex === output.length - 1
    closePending(how === 'length' && lastIsCall)
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
    if (pending) output[pending.slot.outputIndex] = outputCall(pending.part, pending.slot.id, 'completed')
    reasonings.abandon()
    for (const slot of slots.values())
      if (slot.kind === 'call')
        output[slot.outputIndex] = { ...output[slot.outputIndex], [slot.member]: slot.text, status: 'incomplete' }
  }

  function last(type: StreamEventType, members: JsonObject): void {
    emit(type, { response: { ...base, ...members, output } })
  }
}

const nothing: readonly WireEvent[] = []

/** What of the whole text was not streamed; empty when the streamed text is not its beginning. */
function remainder(streamed: string, whole: string): string {
  return whole.length > streamed.length && whole.startsWith(streamed) ? whole.slice(streamed.length) : ''
}
