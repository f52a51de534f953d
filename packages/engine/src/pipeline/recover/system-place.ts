import type { GatewayError } from '@crossfeed/protocols'
import type { SystemPlace } from '../fold-system.ts'
import type { Recovery } from './recovery.ts'

/**
 * How chat templates refuse a conversation, whatever the status (llama.cpp says 500): those of Qwen 3.5 and later, of Mistral
 * and Gemma. Claude Code and Codex put words of the system behind the user's (clients.md).
 */
const refusals: readonly (readonly [RegExp, SystemPlace])[] = [
  [/system role (?:is )?not supported/i, 'never'],
  [/system message must be (?:at the beginning|the first)/i, 'first'],
  [/initial optional system message/i, 'first'],
  [/unexpected role 'system' after role/i, 'first'],
  [/conversation roles must alternate/i, 'first'],
]

/** Words of the system where the model's chat template has no room for them: they go again as words of the user. */
export const systemPlace: Recovery = {
  name: 'system-place',
  thing: (error) => placeIn(error) ?? '',
  matches: (error, { target, learned }) => {
    const place = placeIn(error)
    return target.protocol === 'chat' && place !== undefined && learned.of(target)?.systemPlace !== place
  },
  repair(error, { target, learned, note }) {
    const place = placeIn(error)
    if (place === undefined) return undefined
    learned.add(target).systemPlace = place
    note(`system-folded:${place}`)
    return 0
  },
}

function placeIn(error: GatewayError): SystemPlace | undefined {
  return refusals.find(([words]) => words.test(error.message))?.[1]
}
