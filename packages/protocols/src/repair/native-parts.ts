import type { ReplyEvent } from '../core/events.ts'
import type { JsonObject } from '../core/json.ts'
import type { NativePart, Part } from '../core/part.ts'
import type { ProtocolId } from '../core/protocol.ts'

/** An item of one protocol as a part. */
export function native(protocol: ProtocolId, value: JsonObject): NativePart {
  return { kind: 'native', protocol, value }
}

/** The item of this protocol that a part is; undefined for any other part. */
export function itemOf(part: Part, protocol: ProtocolId): JsonObject | undefined {
  return part.kind === 'native' && part.protocol === protocol ? part.value : undefined
}

/** A part that comes whole, as the events of its place. */
export function wholePart(index: number, part: Part): readonly ReplyEvent[] {
  return [
    { type: 'part-start', index, part },
    { type: 'part-end', index, part },
  ]
}

/** An event of Responses about one of its items; the writer gives it the place and the number that it has in the stream. */
export function aboutItem(type: string, itemId: string, members?: JsonObject): ReplyEvent {
  const value = { type: `response.${type}`, item_id: itemId, output_index: 0, sequence_number: 0, ...members }
  return { type: 'native', protocol: 'responses', value }
}
