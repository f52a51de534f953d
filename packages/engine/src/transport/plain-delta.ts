import { parseJson } from '@crossfeed/protocols'

/**
 * Recognises the events that make up most of a stream: text deltas that differ from an earlier one only in their text. What
 * was found of the one (its shape, nothing to mend, nothing to note) holds for all of them.
 */
export interface PlainDeltas {
  /** Whether the event at `from` to `to` of `bytes` is such a repetition; `raw` is the bytes as latin1. */
  isRepeat(bytes: Buffer, raw: string, from: number, to: number): boolean
  /** The text of a repetition, decoded; undefined for any other event. */
  textOf(bytes: Buffer, raw: string, from: number, to: number): string | undefined
  /** Takes an event (latin1) as the pattern for the following. Gives its text when it is a delta that can be a pattern. */
  learn(event: string): string | undefined
  /** What came before is no measure for what comes now. */
  forget(): void
}

const slot = /"(?:content|text|delta|thinking|partial_json|arguments)":"/
const nothing = Buffer.alloc(0)

/** A recogniser for one stream; knows nothing yet. */
export function createPlainDeltas(): PlainDeltas {
  let head = nothing
  let tail = nothing

  const isRepeat: PlainDeltas['isRepeat'] = (bytes, raw, from, to) => {
    if (head === nothing || to - from < head.length + tail.length) return false
    const start = from + head.length
    const end = to - tail.length
    // The text in between may hold no quote of its own, escaped or not: then it is all one string.
    if (raw.indexOf('"', start) !== end) return false
    return bytes.compare(tail, 0, tail.length, end, to) === 0 && bytes.compare(head, 0, head.length, from, start) === 0
  }
  return {
    isRepeat,
    textOf(bytes, raw, from, to) {
      if (!isRepeat(bytes, raw, from, to)) return undefined
      return decode(bytes.toString('utf8', from + head.length, to - tail.length))
    },
    learn(event) {
      head = nothing
      const found = slot.exec(event)
      if (!found) return undefined
      const start = found.index + found[0].length
      const end = event.indexOf('"', start)
      const text = event.slice(start, end)
      if (end <= start || text.includes('\\')) return undefined
      head = Buffer.from(event.slice(0, start), 'latin1')
      tail = Buffer.from(event.slice(end), 'latin1')
      return text
    },
    forget() {
      head = nothing
    },
  }
}

/** The text that a JSON string without quotes stands for. */
function decode(written: string): string | undefined {
  if (!written.includes('\\')) return written
  const text = parseJson(`"${written}"`)
  return typeof text === 'string' ? text : undefined
}
