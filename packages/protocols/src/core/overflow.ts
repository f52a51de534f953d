/** Tokens that a prompt had and the most that were allowed; either may be unsaid. */
export interface Overflow {
  readonly used?: number
  readonly limit?: number
}

const codes: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'model_max_prompt_tokens_exceeded',
  'context_window_exceeded',
])

/** How upstreams word an over-long prompt; the first two groups are used and limit where the wording has both. */
const phrases: readonly RegExp[] = [
  /prompt is too long:?\s*([\d,]+) tokens? > ([\d,]+)/i,
  /prompt token count of ([\d,]+) exceeds the limit of ([\d,]+)/i,
  /input (?:length|tokens?) (?:of |\()?([\d,]+)\)? .*exceeds? .*?([\d,]+)/i,
]
const limitFirst: readonly RegExp[] = [
  /maximum context length is ([\d,]+) tokens\b[\s\S]*?(?:resulted in|requested|contains?)(?: about)? ([\d,]+) tokens/i,
]
const wordless: readonly RegExp[] = [
  /exceeds? the (?:model'?s? )?context window/i,
  /prompt is too long/i,
  /maximum context length/i,
  /input is too long/i,
  /context (?:length|window) (?:was |is )?exceeded/i,
  /exceeds the maximum number of (?:input )?tokens/i,
]

/** Characters of a message that are looked at: the phrases stand at its beginning, and their cost grows with its cube. */
const telling = 1000

/** What an error says about the context window, or undefined when it is about something else. */
export function readOverflow(said: string, code?: string): Overflow | undefined {
  const message = said.slice(0, telling)
  for (const phrase of phrases) {
    const found = phrase.exec(message)
    if (found) return { used: toCount(found[1]), limit: toCount(found[2]) }
  }
  for (const phrase of limitFirst) {
    const found = phrase.exec(message)
    if (found) return { used: toCount(found[2]), limit: toCount(found[1]) }
  }
  if (code !== undefined && codes.has(code)) return {}
  return wordless.some((phrase) => phrase.test(message)) ? {} : undefined
}

function toCount(text: string | undefined): number {
  return Number((text ?? '0').replaceAll(',', ''))
}
