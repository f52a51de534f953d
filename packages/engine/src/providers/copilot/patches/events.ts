import type { EventPatch } from '../../provider.ts'
import { chatChunks } from './chat-events.ts'
import { stableIds } from './responses-events.ts'
import { unaskedEditEvents } from './unasked-edits.ts'

const strayDone: EventPatch = {
  name: 'messages-stray-done',
  reason: 'Q35: a [DONE] line ends some streams; Messages has no such event',
  protocol: 'messages',
  start: () => ({
    wants: (raw) => raw.length < 64 && raw.includes('[DONE]'),
    mend: (event) => (event.data === '[DONE]' ? [] : [event]),
  }),
}

/** The mends of streams. */
export const eventPatches: readonly EventPatch[] = [chatChunks, stableIds, strayDone, unaskedEditEvents]
