import type { Machine, ReplyEvent } from '../core/events.ts'
import { dataUrlHead } from '../core/data-url.ts'
import { asString } from '../core/json.ts'
import { madeUpId } from '../core/made-up-id.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { aboutItem, itemOf, native, wholePart } from './native-parts.ts'
import { dataOf, madeType } from './pictures.ts'

/**
 * Pictures that the model made in an answer between Chat Completions and Responses, in the words of `to`, the client's: items
 * (`image_generation_call`) in Responses, `images` of the message in Chat Completions, as OpenRouter has it. One of which only
 * the address is known stays as it is.
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
      const image = itemOf(event.part, 'chat')
      const data = image?.['type'] === 'image_url' ? dataOf(image) : undefined
      if (!data) return [event]
      const head = { id: madeUpId('ig', answer, event.index), type: 'image_generation_call' }
      const begun = native('responses', { ...head, status: 'in_progress', result: null })
      const made = { ...head, status: 'completed', result: data.base64, output_format: data.format }
      if (event.type === 'part-start')
        return [{ ...event, part: begun }, aboutItem('image_generation_call.in_progress', head.id)]
      return [aboutItem('image_generation_call.completed', head.id), { ...event, part: native('responses', made) }]
    },
    end: () => nothing,
  }
}

function asImages(): Machine<ReplyEvent, ReplyEvent> {
  return {
    push(event) {
      if (event.type !== 'part-start' && event.type !== 'part-end') return [event]
      const item = itemOf(event.part, 'responses')
      if (item?.['type'] !== 'image_generation_call') return [event]
      // What was made is known at the end only.
      if (event.type === 'part-start') return nothing
      const result = asString(item['result'])
      const url = dataUrlHead(madeType(item)) + (result ?? '')
      const part = result ? native('chat', { type: 'image_url', image_url: { url } }) : event.part
      return wholePart(event.index, part)
    },
    end: () => nothing,
  }
}

const nothing: readonly ReplyEvent[] = []
