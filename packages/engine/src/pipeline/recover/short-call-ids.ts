import type { GatewayError } from '@crossfeed/protocols'
import type { Recovery } from './recovery.ts'

/**
 * Ids of calls that a server refuses, whatever the status: those with Mistral's rule for them, and OpenAI's and Azure's, which
 * take no long ones (vercel/ai#8132, Portkey-AI/gateway#1062). They go again in a form that all take.
 */
export const shortCallIds: Recovery = {
  name: 'short-call-ids',
  matches: (error, { target }) => target.protocol === 'chat' && isAboutIds(error),
  repair(_error, { teach }) {
    teach((known) => void (known.shortCallIds = true))
    return 0
  },
}

function isAboutIds({ message }: GatewayError): boolean {
  return /tool.?call ids? .{0,80}length (?:of )?9|tool_call(?:s\[\d+\]\.|_)id'?: string too long/is.test(message)
}
