import { asObject, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import { asList, without } from './copy-on-write.ts'
import type { EventPatch } from '../provider.ts'

/** Keeps the usage that the gateway asked for (TR-23) from clients that did not ask for it. */
export const unaskedUsage: EventPatch = {
  name: 'unasked-usage',
  reason: 'TR-23: a chunk without choices is not expected by clients that did not ask for usage',
  protocol: 'chat',
  start(_target, request) {
    if (asObject(request['stream_options'])?.['include_usage'] === true) return undefined
    return {
      wants: (raw) => raw.includes('"usage"'),
      mend: (event) => (event.data === '[DONE]' ? [event] : withoutUsage(event, event.data)),
    }
  },
}

function withoutUsage(event: WireEvent, chunk: JsonObject): readonly WireEvent[] {
  if (asObject(chunk['usage']) === undefined) return [event]
  return asList(chunk['choices'])?.length ? [{ ...event, data: without(chunk, 'usage') }] : []
}
