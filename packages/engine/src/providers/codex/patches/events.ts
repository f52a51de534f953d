import { asString } from '@crossfeed/protocols'
import { wholeOutput } from '../../patches/responses-whole-output.ts'
import type { EventPatch } from '../../provider.ts'
import { isCodexClient } from '../headers.ts'

const foreignEvents: EventPatch = {
  name: 'codex-own-events',
  reason: 'copilot-protocol 10.2: codex.rate_limits is no event of the Responses API; only Codex itself knows it',
  protocol: 'responses',
  start(_target, _request, client) {
    if (isCodexClient(client)) return undefined
    return {
      wants: (raw) => raw.includes('codex.'),
      mend(event) {
        const type = event.data === '[DONE]' ? undefined : asString(event.data['type'])
        return type?.startsWith('codex.') ? [] : [event]
      },
    }
  },
}

const codexWholeOutput: EventPatch = {
  ...wholeOutput,
  name: 'codex-whole-output',
  start: (target, request, client) => (isCodexClient(client) ? undefined : wholeOutput.start(target, request, client)),
}

/** The mends of streams. */
export const eventPatches: readonly EventPatch[] = [foreignEvents, codexWholeOutput]
