import type { JsonObject } from '../core/json.ts'
import type { StreamEventType } from './wire.ts'

/** What the writers of messages, reasoning and calls need of the stream that these are part of. */
export interface StreamHost {
  emit(type: StreamEventType, members: JsonObject): void
  /** The same with the event's object already made: what deltas use, because there are many. */
  frame(type: StreamEventType, data: JsonObject): void
  /** The next sequence number. */
  next(): number
  /** Announces an item; gives its `output_index`. */
  addItem(item: JsonObject): number
  doneItem(outputIndex: number, item: JsonObject): void
  /** Puts an item into the response without an event. */
  keepItem(outputIndex: number, item: JsonObject): void
  newId(): string
}
