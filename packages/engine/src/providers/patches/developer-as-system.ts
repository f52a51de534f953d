import { asObject } from '@crossfeed/protocols'
import type { RequestPatch, Target } from '../provider.ts'
import { mapMember } from './copy-on-write.ts'

/** `developer` messages as `system`, for targets that do not know the newer role. */
export function developerAsSystem(isNeeded: (target: Target) => boolean): RequestPatch {
  return {
    name: 'developer-as-system',
    reason: 'the role came with the o series; servers that are older or of another vendor refuse it',
    protocol: 'chat',
    apply(body, target) {
      if (!isNeeded(target)) return body
      return mapMember(body, 'messages', (message) => {
        const turn = asObject(message)
        return turn?.['role'] === 'developer' ? { ...turn, role: 'system' } : message
      })
    },
  }
}
