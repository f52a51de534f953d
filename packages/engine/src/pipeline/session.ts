import { asObject, asString, parseObject } from '@crossfeed/protocols'
import type { ClientCall } from './client.ts'

/** Headers by which clients name a conversation (clients.md), the surest first. */
const headerNames = [
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'x-session-id',
  'x-session-affinity',
] as const

/**
 * The conversation that a request belongs to, as its client names it: a header, Claude Code's `metadata.user_id` (a JSON
 * text with `session_id`, or the older `user_…_session_…`), or the cache key of OpenAI's protocols. At most 64 characters.
 */
export function sessionOf(call: Pick<ClientCall, 'body' | 'headers'>): string | undefined {
  for (const name of headerNames) {
    const value = asString(call.headers[name])
    if (value) return value.slice(0, 64)
  }
  const user = asString(asObject(call.body['metadata'])?.['user_id'])
  const named = user && (asString(parseObject(user)?.['session_id']) ?? /_session_([\w-]+)$/.exec(user)?.[1])
  return (named || asString(call.body['prompt_cache_key']))?.slice(0, 64)
}
