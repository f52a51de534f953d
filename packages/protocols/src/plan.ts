import type { ProtocolId } from './core/protocol.ts'

/** How a request travels: its own bytes to an upstream of the same protocol, or through the core to another. */
export type Plan = { readonly mode: 'relay' | 'translate'; readonly from: ProtocolId; readonly to: ProtocolId }

/** For each client protocol, which upstream protocol loses least, best first. */
const nearest: { readonly [P in ProtocolId]: readonly ProtocolId[] } = {
  messages: ['messages', 'responses', 'chat'],
  responses: ['responses', 'messages', 'chat'],
  chat: ['chat', 'responses', 'messages'],
}

/** The plan for a client that speaks `from` and a model that is served in `speaks`; undefined when it is served in none. */
export function choosePlan(from: ProtocolId, speaks: readonly ProtocolId[]): Plan | undefined {
  const to = nearest[from].find((protocol) => speaks.includes(protocol))
  if (!to) return undefined
  return { mode: to === from ? 'relay' : 'translate', from, to }
}
