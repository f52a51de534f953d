import { asObject, type JsonObject } from '@crossfeed/protocols'
import { without, withMember } from '../../patches/copy-on-write.ts'
import type { EventPatch, ReplyPatch } from '../../provider.ts'

const reason =
  'Q35: context_management comes unasked; it is of the beta API only, and langchain-anthropic fails on it where the SDK has no type for it'

const isAsked = (request: JsonObject): boolean => asObject(request['context_management']) !== undefined

/** Keeps what Copilot says of context edits from clients that asked for none. */
export const unaskedEdits: ReplyPatch = {
  name: 'messages-unasked-edits',
  reason,
  protocol: 'messages',
  apply: (reply, _target, request) => (isAsked(request) ? reply : without(reply, 'context_management')),
}

/** The same for streams, where it stands beside a delta or in the message that begins. */
export const unaskedEditEvents: EventPatch = {
  name: 'messages-unasked-edits',
  reason,
  protocol: 'messages',
  start(_target, request) {
    if (isAsked(request)) return undefined
    return {
      wants: (raw) => raw.includes('"context_management":'),
      mend(event) {
        if (event.data === '[DONE]') return [event]
        const message = asObject(event.data['message'])
        const bare = message
          ? withMember(event.data, 'message', without(message, 'context_management'))
          : without(event.data, 'context_management')
        return [bare === event.data ? event : { ...event, data: bare }]
      },
    }
  },
}
