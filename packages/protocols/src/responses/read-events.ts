import { cutOff, GatewayError } from '../core/error.ts'
import type { Machine, ReplyEvent } from '../core/events.ts'
import { withoutNull } from '../core/exact-json.ts'
import { asNumber, asObject, asObjects, asString, type Json, type JsonObject } from '../core/json.ts'
import type { Part, TokenLogprob } from '../core/part.ts'
import type { WireEvent } from '../core/protocol.ts'
import { openingOf, streamedText } from '../core/reply.ts'
import { tellsFailure } from '../core/upstream-error.ts'
import { readCitation } from './citations.ts'
import { readErrorEvent } from './error.ts'
import { readLogprobs } from './logprobs.ts'
import {
  kindOfItem,
  openMessagePart,
  readMessagePart,
  readOutputItem,
  withCallId,
  type ItemKind,
} from './output-item.ts'
import { readTerminal } from './finish.ts'
import { placeIn, StreamItems, type OpenItem, type OpenPart } from './stream-items.ts'
import { gap } from './reasoning.ts'

/** A Responses stream, read tolerantly: every event but the terminal one may be missing. */
export function readEvents(issuer: string): Machine<WireEvent, ReplyEvent> {
  const items = new StreamItems()
  let out: ReplyEvent[] = []
  let nextIndex = 0
  let started = false
  let finished = false
  let called = false
  let answerId = ''

  return {
    push(event) {
      if (finished || event.data === '[DONE]') return nothing
      out = []
      read(event.data)
      return out
    },
    end() {
      if (finished) return nothing
      finished = true
      return [{ type: 'error', error: cutOff() }]
    },
  }

  function read(data: JsonObject): void {
    switch (data['type']) {
      case 'response.output_text.delta':
        return deltaOfContent(data, 'text')
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return deltaOfCall(data)
      case 'response.reasoning_summary_text.delta':
        return deltaOfReasoning(data, data['summary_index'], 'summary')
      case 'response.reasoning_text.delta':
      // Open Responses calls it so (openresponses.org, ResponseReasoningDeltaStreamingEvent).
      case 'response.reasoning.delta':
        return deltaOfReasoning(data, data['content_index'], 'full')
      case 'response.refusal.delta':
        return deltaOfContent(data, 'refusal')
      case 'response.created':
      case 'response.in_progress':
      case 'response.queued':
        return start(asObject(data['response']))
      case 'response.output_item.added':
        return added(data)
      case 'response.output_item.done':
        return doneItem(data)
      case 'response.output_text.annotation.added':
        return annotation(data)
      case 'response.content_part.done':
        return doneContent(data)
      case 'response.reasoning_summary_text.done':
        return missedSegment(data, data['summary_index'], 'summary')
      case 'response.reasoning_text.done':
      case 'response.reasoning.done':
        return missedSegment(data, data['content_index'], 'full')
      case 'response.function_call_arguments.done':
        return missedCall(data, data['arguments'])
      case 'response.custom_tool_call_input.done':
        return missedCall(data, data['input'])
      case 'response.content_part.added':
      case 'response.output_text.done':
      case 'response.refusal.done':
      case 'response.reasoning_summary_part.added':
      case 'response.reasoning_summary_part.done':
        return
      case 'response.completed':
      case 'response.done':
        return terminal(asObject(data['response']) ?? {}, false)
      case 'response.incomplete':
        return terminal(asObject(data['response']) ?? {}, true)
      case 'response.failed':
      case 'error':
        return fail(readErrorEvent(data))
      case 'response.cancelled':
        return fail(
          new GatewayError('upstream', 502, 'The upstream cancelled the answer.', { reason: 'upstream-cancelled' }),
        )
      default:
        // Some servers name the failure in the line above only, or nowhere.
        if (tellsFailure(data)) return fail(readErrorEvent(data))
        out.push({ type: 'native', protocol: 'responses', value: data })
    }
  }

  function fail(error: GatewayError): void {
    finished = true
    out.push({ type: 'error', error })
  }

  function start(response: JsonObject | undefined): void {
    if (started) return
    started = true
    answerId = asString(response?.['id']) ?? ''
    out.push({ type: 'start', id: answerId, model: asString(response?.['model']) ?? '' })
  }

  function itemOf(data: JsonObject, kind: ItemKind): OpenItem {
    start(undefined)
    return items.of(data, kind)
  }

  function startPart(open: OpenItem, at: number, part: Part): OpenPart {
    const opened: OpenPart = { index: nextIndex++, part, text: '', citations: 0, ended: false }
    open.parts[at] = opened
    if (part.kind === 'tool-call') called = true
    out.push({ type: 'part-start', index: opened.index, part })
    return opened
  }

  function added(data: JsonObject): void {
    const said = asObject(data['item'])
    if (!said) return
    start(undefined)
    const kind = kindOfItem(said)
    const open = items.announced(data, said)
    const item = withCallId(said, answerId, open.place)
    open.item = item
    open.kind = kind
    if (open.parts.length > 0 || open.done) return
    // Messages, reasoning and compactions start when they have something to show.
    if (kind === 'native') startPart(open, 0, { kind: 'native', protocol: 'responses', value: item })
    if (kind !== 'call') return
    const [part] = readOutputItem(item, issuer)
    if (part?.kind === 'tool-call') startPart(open, 0, { ...part, input: '' })
  }

  function append(part: OpenPart, text: string, logprobs?: readonly TokenLogprob[]): void {
    if (text === '' || part.ended) return
    part.text += text
    out.push(
      logprobs
        ? { type: 'part-delta', index: part.index, text, logprobs }
        : { type: 'part-delta', index: part.index, text },
    )
  }

  function deltaOfContent(data: JsonObject, kind: 'text' | 'refusal'): void {
    const part = contentAt(data, kind)
    const delta = data['delta']
    if (typeof delta !== 'string') return
    const logprobs = data['logprobs']
    if (Array.isArray(logprobs) && logprobs.length > 0) append(part, delta, readLogprobs(asObjects(logprobs)))
    else append(part, delta)
  }

  function contentAt(data: JsonObject, kind: 'text' | 'refusal'): OpenPart {
    const open = itemOf(data, 'message')
    const at = placeIn(data, 'content_index') ?? 0
    const found = open.parts[at]
    if (found) return found
    const before = open.parts[at - 1]
    if (before?.whole) endPart(before, readMessagePart(before.whole, open.item))
    return startPart(open, at, openMessagePart(kind, open.item))
  }

  function doneContent(data: JsonObject): void {
    const part = items.find(data, 'message')?.parts[placeIn(data, 'content_index') ?? 0]
    const whole = asObject(data['part'])
    if (part && whole && whole['type'] !== 'reasoning_text') part.whole = whole
  }

  function annotation(data: JsonObject): void {
    const wire = asObject(data['annotation'])
    const citation = wire ? readCitation(wire) : undefined
    if (!citation) return
    const part = contentAt(data, 'text')
    if (part.ended) return
    part.citations += 1
    out.push({ type: 'part-citation', index: part.index, citation })
  }

  function deltaOfCall(data: JsonObject): void {
    const part = itemOf(data, 'call').parts[0]
    // Without its opening event a call has no name yet; its item's end brings all.
    if (part && typeof data['delta'] === 'string') appendInput(part, data['delta'])
  }

  /** Some servers send no deltas of a call's input (LM Studio, BerriAI/litellm#25321). */
  function missedCall(data: JsonObject, input: Json | undefined): void {
    const part = items.find(data, 'call')?.parts[0]
    if (part?.text === '' && typeof input === 'string') appendInput(part, input)
  }

  function appendInput(opened: OpenPart, text: string): void {
    const isJson = opened.part.kind === 'tool-call' && opened.part.form === 'json'
    append(opened, isJson ? withoutNull(text, opened.text) : text)
  }

  function deltaOfReasoning(data: JsonObject, segment: Json | undefined, form: 'full' | 'summary'): void {
    const delta = data['delta']
    if (typeof delta === 'string') appendSegment(data, segment, form, delta)
  }

  function missedSegment(data: JsonObject, segment: Json | undefined, form: 'full' | 'summary'): void {
    const open = itemOf(data, 'reasoning')
    if ((asNumber(segment) ?? 0) > open.segment) appendSegment(data, segment, form, asString(data['text']) ?? '')
  }

  function appendSegment(data: JsonObject, segment: Json | undefined, form: 'full' | 'summary', text: string): void {
    const open = itemOf(data, 'reasoning')
    // Content marks the full text as this protocol's own form of reasoning.
    const extras = form === 'full' ? { extras: { responses: { content: [] } } } : {}
    const part = open.parts[0] ?? startPart(open, 0, { kind: 'reasoning', text: '', form, ...extras })
    if (part.part.kind !== 'reasoning' || part.part.form !== form) return
    const at = asNumber(segment) ?? 0
    const isNext = open.segment >= 0 && at !== open.segment && part.text !== ''
    if (!isNext) append(part, text)
    else if (text !== '' && !part.ended) {
      part.text += gap + text
      out.push({ type: 'part-delta', index: part.index, text: gap + text, isNext })
    }
    // An empty one begins nothing yet.
    if (text !== '' || !isNext) open.segment = at
  }

  function doneItem(data: JsonObject): void {
    const said = asObject(data['item'])
    if (!said) return
    start(undefined)
    endItem(items.ended(data, said), said)
  }

  function endItem(open: OpenItem, said: JsonObject): void {
    if (open.done) return
    const item = withCallId(said, answerId, open.place)
    open.kind = kindOfItem(item)
    open.item = item
    open.done = true
    for (const [at, part] of readOutputItem(item, issuer).entries()) {
      const opened = open.parts[at] ?? startPart(open, at, openingOf(part))
      if (!opened.ended) endPart(opened, part)
    }
    closeParts(open)
  }

  /** Emits what was not streamed, then the end. */
  function endPart(opened: OpenPart, said: Part): void {
    const part = withStreamed(said, opened)
    const whole = streamedText(part)
    if (whole.length > opened.text.length && whole.startsWith(opened.text))
      append(opened, whole.slice(opened.text.length))
    const { index } = opened
    if (part.kind === 'text')
      for (const citation of part.citations?.slice(opened.citations) ?? [])
        out.push({ type: 'part-citation', index, citation })
    if ((part.kind === 'reasoning' || part.kind === 'compaction') && part.seal)
      out.push({ type: 'part-seal', index, seal: part.seal })
    opened.ended = true
    out.push({ type: 'part-end', index, part })
  }

  /** Ends the parts of an item that was never finished by what was streamed of them. */
  function closeParts(open: OpenItem): void {
    for (const opened of open.parts) {
      if (!opened || opened.ended) continue
      endPart(opened, opened.whole ? readMessagePart(opened.whole, open.item) : unfinished(opened))
    }
  }

  function terminal(response: JsonObject, incomplete: boolean): void {
    if (response['status'] === 'failed') return fail(readErrorEvent({ response }))
    start(response)
    const { output } = response
    for (const [open, item] of items.entries(Array.isArray(output) ? output : [])) {
      if (open.done) lateSummary(open, item)
      else endItem(open, item)
    }
    for (const open of items.all) closeParts(open)
    finished = true
    out.push(readTerminal(response, incomplete, called))
  }

  /** A summary that only the terminal event knows: the item is closed, so the words follow as a part of their own. */
  function lateSummary(open: OpenItem, item: JsonObject): void {
    if (open.kind !== 'reasoning' || open.parts[0]?.text !== '') return
    const [part] = readOutputItem(item, issuer)
    if (part?.kind !== 'reasoning' || part.text === '') return
    const late: Part = { kind: 'reasoning', text: part.text, form: part.form }
    endPart(startPart(open, 1, openingOf(late)), late)
  }
}

const nothing: readonly ReplyEvent[] = []

/** A part with the text that was streamed of it, where its end has none: what clients of streams have heard counts. */
function withStreamed(said: Part, { part, text }: OpenPart): Part {
  if (text === '' || streamedText(said) !== '' || said.kind !== part.kind) return said
  switch (said.kind) {
    case 'text':
    case 'refusal':
      return { ...said, text }
    case 'reasoning':
      return { ...said, text, form: part.kind === 'reasoning' ? part.form : said.form }
    case 'tool-call':
      return { ...said, input: text }
    default:
      return said
  }
}

function unfinished(opened: OpenPart): Part {
  const { part, text } = opened
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return { ...part, text }
    case 'tool-call':
      return { ...part, input: text, extras: { responses: { ...part.extras?.responses, status: 'incomplete' } } }
    default:
      return part
  }
}
