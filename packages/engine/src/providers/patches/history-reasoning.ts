import { asObject } from '@crossfeed/protocols'
import { mapMember, without } from './copy-on-write.ts'
import type { RequestPatch } from '../provider.ts'

const members = ['reasoning_content', 'reasoning', 'reasoning_text', 'reasoning_details', 'reasoning_opaque'] as const

/** Readable reasoning of the history, which came from another supply, does not go to one that has no member for it. */
export const historyReasoning: RequestPatch = {
  name: 'history-reasoning',
  reason:
    "OpenAI refuses what it does not know in a message: Additional properties are not allowed ('reasoning_content' …)",
  protocol: 'chat',
  apply(body, target) {
    if (target.traits.reasoningField !== 'none') return body
    return mapMember(body, 'messages', (message) => {
      const turn = asObject(message)
      if (turn?.['role'] !== 'assistant') return message
      // Mistral says it as parts of the content.
      return mapMember(without(turn, ...members), 'content', (part) =>
        asObject(part)?.['type'] === 'thinking' ? undefined : part,
      )
    })
  },
}
