import { asNumber, asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { EventPatch } from '../provider.ts'

/** The items of a stream in the response at its end. */
export const wholeOutput: EventPatch = {
  name: 'responses-whole-output',
  reason:
    'response.completed may come with an empty output, which helpers of SDKs take for the whole answer (NousResearch/hermes-agent#5689, mcowger/plexus#644)',
  protocol: 'responses',
  start() {
    const items: Json[] = []
    return {
      wants: (raw) =>
        raw.includes('response.output_item.done') ||
        raw.includes('response.completed') ||
        raw.includes('response.incomplete'),
      mend(event) {
        if (event.data === '[DONE]') return [event]
        const type = asString(event.data['type'])
        if (type === 'response.output_item.done') collect(items, event.data)
        const response = asObject(event.data['response'])
        if (!response || (type !== 'response.completed' && type !== 'response.incomplete')) return [event]
        const { output } = response
        if ((Array.isArray(output) && output.length > 0) || items.length === 0) return [event]
        return [{ ...event, data: { ...event.data, response: { ...response, output: items } } }]
      },
    }
  },
}

function collect(items: Json[], data: JsonObject): void {
  const { item } = data
  const index = asNumber(data['output_index']) ?? -1
  // Places are counted from 0 without gaps: any other number is none.
  const isPlace = Number.isInteger(index) && index >= 0 && index < items.length
  if (item !== undefined) items[isPlace ? index : items.length] = item
}
