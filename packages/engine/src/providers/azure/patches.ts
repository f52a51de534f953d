import { asString, type Json, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import { asList } from '../copy-on-write.ts'
import type { EventMender, EventPatch } from '../provider.ts'

const member = 'prompt_filter_results'

/** The report on the prompt moves from a chunk of its own, which has no choices and no id, to the first that has. */
const promptReport: EventPatch = {
  name: 'azure-prompt-report',
  reason:
    'copilot-protocol 11: the first chunk is empty but for prompt_filter_results; clients ask for its first choice',
  protocol: 'chat',
  start(): EventMender {
    let held: Json | undefined
    return {
      wants: (raw) => held !== undefined || raw.includes(`"${member}"`),
      mend(event) {
        const { data } = event
        if (data === '[DONE]') return [event]
        if (isBare(data)) {
          held = data[member]
          return []
        }
        return [held === undefined ? event : release(event, data)]
      },
    }
    function release(event: WireEvent, chunk: JsonObject): WireEvent {
      const report = held ?? null
      held = undefined
      return { ...event, data: { ...chunk, [member]: report } }
    }
  },
}

function isBare(chunk: JsonObject): boolean {
  return chunk[member] !== undefined && !asString(chunk['id']) && (asList(chunk['choices'])?.length ?? 0) === 0
}

/** The mends of streams. */
export const eventPatches: readonly EventPatch[] = [promptReport]
