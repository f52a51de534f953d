import type { Prompt } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { shortHash } from './short-hash.ts'

const longest = 64

/**
 * The prompt with a user id that OpenAI's protocols accept: at most 64 characters. A longer one (Claude Code sends a JSON
 * text with device and session) becomes a hash, the same for the same user.
 */
export function shortenUser(prompt: Prompt, target: ProtocolId): Prompt {
  const { user } = prompt
  if (target === 'messages' || user === undefined || user.length <= longest) return prompt
  return { ...prompt, user: ['a', 'b', 'c', 'd'].map((salt) => shortHash(`${salt}${user}`)).join('') }
}
