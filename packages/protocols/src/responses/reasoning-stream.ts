import type { JsonObject } from '../core/json.ts'
import type { ReasoningPart } from '../core/part.ts'
import type { StreamHost } from './stream-host.ts'
import { gap, isRawReasoning, outputReasoning, summariesOf, summaryText } from './reasoning.ts'

/** The reasoning items of a stream. */
export interface Reasonings {
  start(index: number, part: ReasoningPart): void
  /** `isNext` says that the text begins another summary, after a blank line. */
  delta(index: number, text: string, isNext?: boolean): void
  end(index: number, part: ReasoningPart): void
  /** The stream failed: what was said of items that are open is kept as incomplete. */
  abandon(): void
}

interface Slot {
  /** As it started. */
  readonly part: ReasoningPart
  readonly id: string
  readonly outputIndex: number
  readonly raw: boolean
  /** All that was streamed. */
  text: string
  /** The summaries that are over. */
  readonly summaries: string[]
  /** The summary, or the full text, that is being streamed. */
  said: string
  opened: boolean
}

/** The reasoning side of a stream writer: full text in one content part, summaries each in a part of its own. */
export function createReasonings(host: StreamHost): Reasonings {
  const slots = new Map<number, Slot>()

  return {
    start(index, part) {
      const id = `rs_${host.newId()}`
      const outputIndex = host.addItem({ type: 'reasoning', id, summary: [] })
      const raw = isRawReasoning(part)
      const slot: Slot = { part, id, outputIndex, raw, text: '', summaries: [], said: '', opened: false }
      slots.set(index, slot)
      if (part.text !== '') send(slot, part.text)
    },
    delta(index, text, isNext) {
      const slot = slots.get(index)
      if (!slot) return
      if (isNext && slot.opened && !slot.raw) {
        closeSummary(slot, slot.said)
        slot.text += gap
        send(slot, text.slice(gap.length))
      } else sendAll(slot, text, slot.part)
    },
    end(index, part) {
      const slot = slots.get(index)
      if (!slot) return
      slots.delete(index)
      // What was not streamed, unless what was is not its beginning.
      if (part.text.length > slot.text.length && part.text.startsWith(slot.text))
        sendAll(slot, part.text.slice(slot.text.length), part)
      const text = part.text === '' ? slot.text : part.text
      // Of several summaries the last is the one that is open.
      const last = slot.summaries.length === 0 ? text : slot.said
      if (slot.opened && slot.raw) {
        const place = placeOf(slot)
        host.emit('response.reasoning_text.done', { ...place, text })
        host.emit('response.content_part.done', { ...place, part: { type: 'reasoning_text', text } })
      } else if (slot.opened) closeSummary(slot, last)
      const item = outputReasoning({ ...part, text }, slot.id, slot.raw)
      const summary = slot.summaries.map(summaryText)
      host.doneItem(slot.outputIndex, summary.length === 0 ? item : { ...item, summary })
    },
    abandon() {
      for (const { id, outputIndex, raw, text, summaries, said } of slots.values()) {
        const content = raw && text !== '' ? { content: [{ type: 'reasoning_text', text }] } : {}
        const summary = raw || text === '' ? [] : [...summaries, said].map(summaryText)
        host.keepItem(outputIndex, { type: 'reasoning', id, summary, ...content, status: 'incomplete' })
      }
    },
  }

  /** A text that may be all of several summaries. */
  function sendAll(slot: Slot, text: string, part: ReasoningPart): void {
    const summaries = slot.text === '' && !slot.raw ? summariesOf(part, text) : undefined
    if (!summaries) return send(slot, text)
    for (const [at, summary] of summaries.entries()) {
      if (at > 0) {
        closeSummary(slot, slot.said)
        slot.text += gap
      }
      send(slot, summary)
    }
  }

  function send(slot: Slot, text: string): void {
    const place = placeOf(slot)
    if (!slot.opened) {
      slot.opened = true
      if (slot.raw) host.emit('response.content_part.added', { ...place, part: { type: 'reasoning_text', text: '' } })
      else host.emit('response.reasoning_summary_part.added', { ...place, part: summaryText('') })
    }
    slot.text += text
    slot.said += text
    host.emit(slot.raw ? 'response.reasoning_text.delta' : 'response.reasoning_summary_text.delta', {
      ...place,
      delta: text,
    })
  }

  function closeSummary(slot: Slot, text: string): void {
    const place = placeOf(slot)
    host.emit('response.reasoning_summary_text.done', { ...place, text })
    host.emit('response.reasoning_summary_part.done', { ...place, part: summaryText(text) })
    slot.summaries.push(text)
    slot.said = ''
    slot.opened = false
  }
}

function placeOf({ id, outputIndex, raw, summaries }: Slot): JsonObject {
  const place = raw ? { content_index: 0 } : { summary_index: summaries.length }
  return { item_id: id, output_index: outputIndex, ...place }
}
