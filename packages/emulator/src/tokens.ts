import { createHash } from 'node:crypto'

/** One piece of a prompt in the order the service caches it: tools, system, messages. */
export interface Segment {
  readonly text: string
  /** The client put a cache mark at the end of this piece. */
  readonly mark: boolean
}

/** Tokens by the emulator's rule: a quarter of the UTF-8 bytes, rounded up. */
export const countTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4)

/** Tokens of a whole prompt. */
export const countSegments = (segments: readonly Segment[]): number =>
  segments.reduce((sum, segment) => sum + countTokens(segment.text), 0)

/** What the cache knew of a prompt. */
interface CacheUse {
  readonly cached: number
  readonly written: number
}

/** The prompt cache: remembers prefixes of prompts per model, by hash. */
export interface PrefixCache {
  /** `explicit`: only prefixes that end at a mark are kept and found (Claude); else every piece, in steps of 128 tokens. */
  use(model: string, segments: readonly Segment[], explicit: boolean): CacheUse
  clear(): void
}

/** A cache for prefixes of at least `minimum` tokens (1024 at the real services). */
export function createPrefixCache(minimum: number): PrefixCache {
  const known = new Set<string>()
  return {
    clear: () => known.clear(),
    use: (model, segments, explicit) => {
      const hash = createHash('sha256').update(`${model}\0${explicit}`)
      let tokens = 0
      let cached = 0
      let marked = 0
      const fresh: string[] = []
      for (const segment of segments) {
        hash.update(segment.text).update('\0')
        tokens += countTokens(segment.text)
        if (tokens < minimum) continue
        const key = hash.copy().digest('base64')
        if (known.has(key)) cached = tokens
        if (!explicit || segment.mark) fresh.push(key)
        if (segment.mark) marked = tokens
      }
      for (const key of fresh) known.add(key)
      if (explicit) return { cached, written: Math.max(0, marked - cached) }
      return { cached: Math.floor(cached / 128) * 128, written: 0 }
    },
  }
}
