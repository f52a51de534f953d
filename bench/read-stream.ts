import { stamp } from './answers.ts'

/** Follows one streamed answer as its bytes arrive. */
export interface StreamReader {
  /** Takes bytes; true when the answer has ended. `onStamp` is called with each stamp found, in microseconds. */
  push(bytes: Buffer, onStamp: (sentAt: number) => void): boolean
  /** Of the answer; undefined before the first byte. */
  readonly status: number | undefined
}

const ending = Buffer.from('0\r\n\r\n')
const mark = Buffer.from(stamp.start)
const markLength = mark.length + stamp.digits

/**
 * Reads no HTTP and no events, only what is measured: a parser would cost the driver more than the gateway. The last
 * chunk is known by its bytes, which no event of the fake upstream ends with; stamps survive translation.
 */
export function createStreamReader(): StreamReader {
  let status: number | undefined
  // A stamp or the ending may be cut by a packet: what may be the start of one is kept for the next.
  let kept: Buffer = Buffer.alloc(0)
  return {
    get status() {
      return status
    },
    push(bytes, onStamp) {
      status ??= Number(bytes.toString('latin1', 9, 12))
      const all = kept.length > 0 ? Buffer.concat([kept, bytes]) : bytes
      let from = 0
      for (let at = all.indexOf(mark); at >= 0 && at + markLength <= all.length; at = all.indexOf(mark, from)) {
        from = at + markLength
        onStamp(Number(all.toString('latin1', at + mark.length, from)))
      }
      kept = all.subarray(Math.max(from, all.length - markLength))
      return all.subarray(-ending.length).equals(ending)
    },
  }
}
