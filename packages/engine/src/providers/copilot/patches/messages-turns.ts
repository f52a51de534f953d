import { asObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { asList, mapMember, without } from '../../patches/copy-on-write.ts'

/** Members of single messages that belong to betas which are not forwarded, such as a turn's own `output_config`. */
export const messageMembers: RequestPatch = {
  name: 'messages-turn-members',
  reason:
    'clients.md: Claude Code sets output_config on single turns (beta per-turn-control): an extra input elsewhere',
  protocol: 'messages',
  apply: (body) =>
    mapMember(body, 'messages', (message) => {
      const turn = asObject(message)
      return turn ? without(turn, 'output_config', 'cache_control', 'id', 'tools') : message
    }),
}

/** A conversation that ends with the assistant gets a word from the user. */
export const lastSpeaker: RequestPatch = {
  name: 'messages-ends-with-user',
  reason: 'Q32, TR-29: the last message must be the user’s',
  protocol: 'messages',
  apply(body, target, context) {
    const messages = asList(body['messages'])
    const last = asObject(messages?.at(-1))
    if (target.traits.prefill || !messages || last?.['role'] !== 'assistant') return body
    if (asList(last['content'])?.some((block) => asObject(block)?.['type'] === 'tool_use')) return body
    context.note('added:please-continue')
    return { ...body, messages: [...messages, { role: 'user', content: 'Please continue.' }] }
  },
}
