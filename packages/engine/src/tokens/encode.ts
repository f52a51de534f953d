/** The encodings that we have tables for. */
export type Encoding = 'o200k_base' | 'cl100k_base'

/** Counts the tokens of one text. */
export type CountText = (text: string) => number

/** Longest run without a break that is handed to the tokenizer whole: its time grows with the square of a run. */
const longestRun = 256

/**
 * A counter for `encoding`, which loads its table (about 100 ms, 20 MB): for a worker thread.
 * Text that looks like a special token counts as the plain text that it is in a prompt.
 */
export async function loadEncoding(encoding: Encoding): Promise<CountText> {
  const { countTokens } =
    encoding === 'cl100k_base'
      ? await import('gpt-tokenizer/encoding/cl100k_base')
      : await import('gpt-tokenizer/encoding/o200k_base')
  const options = { disallowedSpecial: new Set<string>() }
  return (text) => {
    let total = 0
    for (const piece of cutLongRuns(text)) total += countTokens(piece, options)
    return total
  }
}

/**
 * `text` in pieces in which no run of letters, marks or spaces is longer than the tokenizer can take in
 * reasonable time. A cut adds a token at most, so a count never falls by it.
 */
export function* cutLongRuns(text: string): Generator<string> {
  const runs = /[^\s]{257,}|\s{257,}/gu
  let from = 0
  for (const run of text.matchAll(runs)) {
    if (run.index > from) yield text.slice(from, run.index)
    from = run.index + run[0].length
    yield* slices(run[0])
  }
  if (from < text.length) yield from === 0 ? text : text.slice(from)
}

function* slices(run: string): Generator<string> {
  let start = 0
  while (start < run.length) {
    let end = start + longestRun
    // A character outside the basic plane is two code units; it stays whole.
    if (end < run.length && isLowSurrogate(run.charCodeAt(end))) end++
    yield run.slice(start, end)
    start = end
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
