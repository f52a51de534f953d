import type { ToolCallPart } from '../core/part.ts'
import type { StreamHost } from './stream-host.ts'
import type { StreamEventType } from './wire.ts'
import { isCutCall, isSaidCut, outputCall } from './write-output.ts'

/** The calls of a stream. One that has ended stays open until it is known what follows: only the finish says whether it was cut. */
export interface Calls {
  start(index: number, part: ToolCallPart): void
  delta(index: number, text: string): void
  end(index: number, part: ToolCallPart): void
  /** Something follows: a call that has ended is whole. */
  follow(): void
  /** No more is coming. `cutAt` is the place of the item within which the answer was cut. */
  close(cutAt: number | undefined): void
  /** The stream failed: what was said of calls that are open is kept as incomplete. */
  abandon(): void
}

interface Slot {
  /** As it started. */
  readonly part: ToolCallPart
  readonly id: string
  readonly outputIndex: number
  readonly deltaType: StreamEventType
  text: string
}

/** The call side of a stream writer. */
export function createCalls(host: StreamHost): Calls {
  const slots = new Map<number, Slot>()
  /** A call that has ended, but whose item is not yet closed. */
  let pending: { readonly slot: Slot; readonly part: ToolCallPart } | undefined

  return {
    start(index, part) {
      const custom = part.form === 'text'
      const id = `${custom ? 'ctc' : 'fc'}_${host.newId()}`
      const outputIndex = host.addItem(outputCall({ ...part, input: '' }, id, 'in_progress'))
      const deltaType = custom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta'
      const slot: Slot = { part, id, outputIndex, deltaType, text: '' }
      slots.set(index, slot)
      if (part.input !== '') send(slot, part.input)
    },
    delta(index, text) {
      const slot = slots.get(index)
      if (slot) send(slot, text)
    },
    end(index, part) {
      const slot = slots.get(index)
      if (!slot) return
      slots.delete(index)
      // What was not streamed, unless what was is not its beginning.
      if (part.input.length > slot.text.length && part.input.startsWith(slot.text))
        send(slot, part.input.slice(slot.text.length))
      pending = { slot, part: part.input === '' ? { ...part, input: slot.text } : part }
    },
    follow() {
      if (pending) settle(pending.slot, pending.part, false)
    },
    close(cutAt) {
      if (pending) settle(pending.slot, pending.part, pending.slot.outputIndex === cutAt)
    },
    abandon() {
      if (pending) keep(pending.slot, pending.part, 'completed')
      for (const slot of slots.values()) keep(slot, { ...slot.part, input: slot.text }, 'incomplete')
    },
  }

  function send(slot: Slot, text: string): void {
    slot.text += text
    host.frame(slot.deltaType, {
      type: slot.deltaType,
      sequence_number: host.next(),
      item_id: slot.id,
      output_index: slot.outputIndex,
      delta: text,
    })
  }

  function settle(slot: Slot, ended: ToolCallPart, cut: boolean): void {
    pending = undefined
    let part = ended
    if (part.form === 'json' && part.input === '' && !cut && !isSaidCut(part)) {
      // A call without arguments is a call with none: clients parse the text as JSON.
      send(slot, '{}')
      part = { ...part, input: '{}' }
    }
    const incomplete = cut || isCutCall(part)
    const place = { item_id: slot.id, output_index: slot.outputIndex }
    if (!incomplete && part.form === 'text')
      host.emit('response.custom_tool_call_input.done', { ...place, input: part.input })
    if (!incomplete && part.form === 'json')
      host.emit('response.function_call_arguments.done', { ...place, name: part.name, arguments: part.input })
    host.doneItem(slot.outputIndex, outputCall(part, slot.id, incomplete ? 'incomplete' : 'completed'))
  }

  function keep(slot: Slot, part: ToolCallPart, status: string): void {
    host.keepItem(slot.outputIndex, outputCall(part, slot.id, status))
  }
}
