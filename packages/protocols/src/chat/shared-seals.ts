import type { ReasoningPart } from '../core/part.ts'
import { unwrapSeal, wrapSeal, type Seal } from '../core/seal.ts'

/** What stands between two thoughts in the one text that Chat Completions has for all of them. */
export const thoughtGap = '\n\n'

/**
 * A seal for the one slot that the protocol has for all of them. Messages takes back only what it said, block by block, so it
 * names the stretch of the whole text that it seals, in characters; words that begin the text need not.
 */
export function writeSeal(seal: Seal, start: number, length: number): string {
  return wrapSeal(start === 0 && length > 0 ? seal : { ...seal, covers: { start, length } })
}

/** The thoughts that one text and the seals in one slot amount to. What does not fit together stays one thought. */
export function readThoughts(text: string, form: ReasoningPart['form'], opaque: string): readonly ReasoningPart[] {
  // Some clients set the pieces of a stream apart once more.
  const lines = opaque.split('\n').filter((line) => line !== '')
  const seals = lines.map((line) => unwrapSeal(line, 'chat'))
  return splitThoughts(text, form, seals) ?? asOneThought(text, form, seals)
}

function asOneThought(text: string, form: ReasoningPart['form'], seals: readonly Seal[]): readonly ReasoningPart[] {
  return seals.map((seal, index) =>
    index === 0
      ? { kind: 'reasoning', text, form, seal: bare(seal) }
      : { kind: 'reasoning', text: '', form: 'redacted', seal: bare(seal) },
  )
}

/** The thoughts in order, each with the words that its seal covers; undefined where the text is not that of the seals. */
function splitThoughts(text: string, form: ReasoningPart['form'], seals: readonly Seal[]): ReasoningPart[] | undefined {
  if (!seals.some(({ covers }) => covers)) return undefined
  const thoughts: ReasoningPart[] = []
  let at = 0
  for (const [index, seal] of seals.entries()) {
    // One that does not say begins the text, and goes on up to the next thought.
    if (!seal.covers && at > 0) return undefined
    const next = seals.slice(index + 1).find(({ covers }) => covers && covers.length > 0)?.covers
    const rest = next ? next.start - thoughtGap.length : text.length
    const { start, length } = seal.covers ?? { start: 0, length: rest }
    if (start < at || length < 0 || start + length > text.length) return undefined
    const unsealed = withoutGaps(text.slice(at, start))
    if (unsealed !== '') thoughts.push({ kind: 'reasoning', text: unsealed, form })
    const words = text.slice(start, start + length)
    thoughts.push({ kind: 'reasoning', text: words, form: words === '' ? 'redacted' : form, seal: bare(seal) })
    at = start + length
  }
  const unsealed = withoutGaps(text.slice(at))
  return unsealed === '' ? thoughts : [...thoughts, { kind: 'reasoning', text: unsealed, form }]
}

function withoutGaps(text: string): string {
  const begun = text.startsWith(thoughtGap) ? text.slice(thoughtGap.length) : text
  return begun.endsWith(thoughtGap) ? begun.slice(0, -thoughtGap.length) : begun
}

function bare({ covers: _covers, ...seal }: Seal): Seal {
  return seal
}
