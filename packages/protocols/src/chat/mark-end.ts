import type { CacheMark, Part } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'

/**
 * The conversation with a breakpoint at its end: what a mark of a whole request comes to, which is that of its last block that
 * can be cached ("Automatic caching" in Anthropic's documents), where marks stand on parts or messages only.
 */
export function markEnd(turns: readonly Turn[], cache: CacheMark): readonly Turn[] {
  for (let at = turns.length - 1; at >= 0; at--) {
    const turn = turns[at]
    const place = turn?.parts.findLastIndex(isCacheable) ?? -1
    const part = turn?.parts[place]
    if (!turn || !part || !isCacheable(part)) continue
    if (part.cache) return turns
    return turns.with(at, { ...turn, parts: turn.parts.with(place, { ...part, cache }) })
  }
  return turns
}

/** Calls and thoughts take no mark in every dialect. */
function isCacheable(part: Part): part is Extract<Part, { readonly kind: 'text' | 'media' | 'tool-result' }> {
  return part.kind === 'text' ? part.text !== '' : part.kind === 'media' || part.kind === 'tool-result'
}
