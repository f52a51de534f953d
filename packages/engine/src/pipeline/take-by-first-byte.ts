import type { AnswerTaker } from './answer.ts'

/** The two ways to take an answer. */
interface Ways {
  /** Whether its headers call it an event stream. */
  readonly isStream: boolean
  stream(): AnswerTaker
  whole(): AnswerTaker
}

/**
 * Takes an answer for what it is: an event stream or one document. Some servers label streams as text or JSON, which
 * clients that asked for a stream do not mind, and others put the JSON of an error under the label of a stream.
 */
export function takeByFirstByte(ways: Ways): AnswerTaker {
  let taker: AnswerTaker | undefined
  const labelled = (): AnswerTaker => (ways.isStream ? ways.stream() : ways.whole())
  const choose = (chunk: Buffer): AnswerTaker => {
    const first = /\S/.exec(chunk.toString('latin1', 0, 64))?.[0]
    if (first === '{' || first === '[' || first === '<') return ways.whole()
    // The fields of an event stream, and its comments (HTML, 9.2.6).
    return first !== undefined && 'deir:'.includes(first) ? ways.stream() : labelled()
  }
  return {
    data(chunk) {
      taker ??= choose(chunk)
      taker.data(chunk)
    },
    end() {
      taker ??= labelled()
      taker.end()
    },
    fail(error) {
      taker ??= labelled()
      taker.fail(error)
    },
  }
}
