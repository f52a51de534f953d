import { asNumber, asObject, asString, type JsonObject, type MutableJson } from '@crossfeed/protocols'
import type { EventMender, EventPatch } from '../../provider.ts'
import { createItemIds, isRegular, withRegularIds, type ItemIds } from './item-ids.ts'

/** One id for each item and one for the answer, through all events of a stream. */
export const stableIds: EventPatch = {
  name: 'responses-stable-ids',
  reason: 'Q22, TR-40: every event of an item has another id; the stream helper of openai 7 throws on that',
  protocol: 'responses',
  start: createMender,
}

function createMender(): EventMender {
  let firstId: string | undefined
  let ids: ItemIds | undefined
  // Until the first item is seen: an answer whose ids are regular up to there is left alone.
  let isOpen = true

  const decide = (data: JsonObject): void => {
    firstId ??= asString(asObject(data['response'])?.['id'])
    const item = asObject(data['item'])
    const itemId = asString(item?.['id'])
    const isOdd = (id: string | undefined): boolean => id !== undefined && !isRegular(id)
    if (isOdd(firstId) || isOdd(itemId)) ids = createItemIds(firstId ?? itemId ?? '')
    if (ids || item) isOpen = false
  }
  return {
    wants: (raw) =>
      ids !== undefined ||
      (isOpen && (raw.includes('response.created') || raw.includes('response.output_item.added'))) ||
      raw.includes('"output_text":null'),
    mend(event) {
      const { data } = event
      if (data === '[DONE]') return [event]
      if (isOpen) decide(data)
      const mended = mendIds(data, ids)
      return mended === data ? [event] : [{ ...event, data: mended }]
    },
  }
}

function mendIds(data: JsonObject, ids: ItemIds | undefined): JsonObject {
  const response = asObject(data['response'])
  if (response) return { ...data, response: withRegularIds(response, ids) }
  const index = asNumber(data['output_index'])
  if (!ids || index === undefined) return data
  const copy: MutableJson = { ...data }
  const item = asObject(data['item'])
  if (item) copy['item'] = { ...item, id: ids.item(index, asString(item['type']) ?? '') }
  if (data['item_id'] !== undefined) copy['item_id'] = ids.item(index, typeOf(asString(data['type']) ?? ''))
  return copy
}

/** The kind of item that an event is about, for events of an item that was never announced. */
function typeOf(event: string): string {
  if (event.includes('function_call')) return 'function_call'
  if (event.includes('custom_tool_call')) return 'custom_tool_call'
  return event.includes('reasoning') ? 'reasoning' : 'message'
}
