import type { Prompt } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { shortHash } from './short-hash.ts'

/** The most characters of a user's id. */
const longest: Readonly<Record<ProtocolId, number>> = { chat: 64, responses: 64, messages: 256 }

/**
 * The prompt with a user id that the target accepts. A longer one (Claude Code sends a JSON text with device and session) becomes
 * a hash, the same for the same user.
 */
export function shortenUser(prompt: Prompt, target: ProtocolId): Prompt {
  const { user } = prompt
  if (user === undefined || user.length <= longest[target]) return prompt
  return { ...prompt, user: ['a', 'b', 'c', 'd'].map((salt) => shortHash(`${salt}${user}`)).join('') }
}
