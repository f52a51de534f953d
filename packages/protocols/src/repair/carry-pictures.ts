import type { Machine, ReplyEvent } from '../core/events.ts'
import { dataUrlHead } from '../core/data-url.ts'
import { asString, type JsonObject } from '../core/json.ts'
import { madeUpId } from '../core/made-up-id.ts'
import type { NativePart, Part } from '../core/part.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { dataOf, madeType } from './pictures.ts'

/**
 * Pictures that the model made in an answer between Chat Completions and Responses, in the words of `to`, the client's: items (`image_generation_call`) in Responses,
 * `images` of the message in Chat Completions, as OpenRouter has it. One of which only the address is known stays as it is.
 */
export function carryPictures(to: ProtocolId): Machine<ReplyEvent, ReplyEvent> {
  return to === 'responses' ? asItems() : asImages()
}

function asItems(): Machine<ReplyEvent, ReplyEvent> {
  let answer = ''
  return {
    push(event) {
      if (event.type === 'start') answer = event.id
      if (event.type !== 'part-start' && event.type !== 'part-end') return [event]
      const image = valueOf(event.part, 'chat', 'image_url')
      const data = image && dataOf(image)
      if (!data) return [event]
      const head = { id: madeUpId('ig', answer, event.index), type: 'image_generation_call' }
      const begun = native('responses', { ...head, status: 'in_progress', result: null })
      const made = { ...head, status: 'completed', result: data.base64, output_format: data.format }
      if (event.type === 'part-start') return [{ ...event, part: begun }, progress(head.id, 'in_progress')]
      return [progress(head.id, 'completed'), { ...event, part: native('responses', made) }]
    },
    end: () => nothing,
  }
}

function progress(id: string, stage: string): ReplyEvent {
  const value = { type: `response.image_generation_call.${stage}`, item_id: id, output_index: 0, sequence_number: 0 }
  return { type: 'native', protocol: 'responses', value }
}

function asImages(): Machine<ReplyEvent, ReplyEvent> {
  return {
    push(event) {
      if (event.type !== 'part-start' && event.type !== 'part-end') return [event]
      const item = valueOf(event.part, 'responses', 'image_generation_call')
      if (!item) return [event]
      // What was made is known at the end only.
      if (event.type === 'part-start') return nothing
      const result = asString(item['result'])
      const url = dataUrlHead(madeType(item)) + (result ?? '')
      const part = result ? native('chat', { type: 'image_url', image_url: { url } }) : event.part
      return [
        { type: 'part-start', index: event.index, part },
        { type: 'part-end', index: event.index, part },
      ]
    },
    end: () => nothing,
  }
}

function native(protocol: ProtocolId, value: JsonObject): NativePart {
  return { kind: 'native', protocol, value }
}

function valueOf(part: Part, protocol: ProtocolId, type: string): JsonObject | undefined {
  return part.kind === 'native' && part.protocol === protocol && part.value['type'] === type ? part.value : undefined
}

const nothing: readonly ReplyEvent[] = []
