import { asNumber, asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { EventPatch } from '../provider.ts'

/** An item that is done, and where it stands among the others. */
interface Done {
  readonly item: Json
  readonly place: number
}

/** The items of a stream in the response at its end. */
export const wholeOutput: EventPatch = {
  name: 'responses-whole-output',
  reason:
    'response.completed may come with an empty output, which helpers of SDKs take for the whole answer (NousResearch/hermes-agent#5689, mcowger/plexus#644)',
  protocol: 'responses',
  start() {
    const done: Done[] = []
    return {
      wants: (raw) =>
        raw.includes('response.output_item.done') ||
        raw.includes('response.completed') ||
        raw.includes('response.incomplete'),
      mend(event) {
        if (event.data === '[DONE]') return [event]
        const type = asString(event.data['type'])
        if (type === 'response.output_item.done') collect(done, event.data)
        const response = asObject(event.data['response'])
        if (!response || (type !== 'response.completed' && type !== 'response.incomplete')) return [event]
        const { output } = response
        if ((Array.isArray(output) && output.length > 0) || done.length === 0) return [event]
        const items = done.toSorted((one, other) => one.place - other.place).map(({ item }) => item)
        return [{ ...event, data: { ...event.data, response: { ...response, output: items } } }]
      },
    }
  },
}

/** Calls that run side by side are done in any order, and some servers give all items the same place. */
function collect(done: Done[], { item, output_index: index }: JsonObject): void {
  if (item === undefined) return
  const place = asNumber(index) ?? done.length
  const id = asObject(item)?.['id']
  const again = done.findIndex((one) => id !== undefined && asObject(one.item)?.['id'] === id)
  done[again < 0 ? done.length : again] = { item, place }
}
