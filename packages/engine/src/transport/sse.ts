import { GatewayError, isObject, parseJson, parseObject, tellsFailure, type WireEvent } from '@crossfeed/protocols'

/** The frame of one event, as bytes on the wire have it. */
export function writeFrame(event: WireEvent): string {
  const data = event.data === '[DONE]' ? event.data : JSON.stringify(event.data)
  return event.event === undefined ? `data: ${data}\n\n` : `event: ${event.event}\ndata: ${data}\n\n`
}

/** The frames of several events as one text. */
export function writeFrames(events: readonly WireEvent[]): string {
  let text = ''
  for (const event of events) text += writeFrame(event)
  return text
}

function readEvent(name: string | undefined, text: string): WireEvent | undefined {
  if (text === '[DONE]') return { data: '[DONE]' }
  const data = parseJson(text)
  if (isObject(data)) return name === undefined ? { data } : { event: name, data }
  const words = text.trim()
  if (words === '[DONE]') return { data: '[DONE]' }
  // Keep-alives of servers that know no comments (netease-lcap/wave-agent#1326), or put them into data (mnfst/llm-gateway#2053).
  if (words === '' || words === 'null' || words.startsWith(':')) return undefined
  if (name === 'error') return { event: name, data: { error: { message: words } } }
  throw new GatewayError('upstream', 502, 'The upstream sent a stream event that is not a JSON object.', {
    reason: 'stream-garbled',
  })
}

/** The event of one raw frame; undefined for comments and empty frames. Throws GatewayError with reason `stream-garbled`. */
export function parseFrame(raw: string): WireEvent | undefined {
  let name: string | undefined
  const data: string[] = []
  for (const line of raw.split(/\r\n|\r|\n/)) {
    if (line.startsWith('data:')) data.push(line.startsWith('data: ') ? line.slice(6) : line.slice(5))
    else if (line.startsWith('event:')) name = line.slice(6).trim()
  }
  return data.length === 0 ? readBareFailure(raw) : readEvent(name, data.join('\n'))
}

/**
 * A failure in a frame that has no data: llama.cpp had a field of its own for it (ggml-org/llama.cpp#16109), and servers before
 * others pass on an error's body as it is (lemonade-sdk/lemonade#2826).
 */
function readBareFailure(raw: string): WireEvent | undefined {
  const own = /^error:(.*)/m.exec(raw)?.[1]?.trim()
  if (own) return { data: { error: parseObject(own) ?? { message: own } } }
  const body = parseObject(raw)
  return body && tellsFailure(body) ? { data: body } : undefined
}

/** Whether a frame has data that say nothing: clients that take all data for JSON stumble over it. */
export function isVoidFrame(raw: string): boolean {
  return raw.length < 200 && /^data:\s*(?:null\s*$|:|$)/m.test(raw) && parseFrame(raw) === undefined
}

/** Whether a frame is nothing but comments and the like. */
export function isSilentFrame(raw: string): boolean {
  return !/^data:|^error:|^[ \t]*\{/m.test(raw) || isVoidFrame(raw)
}

/** Whether a frame's data are an object as they stand, so that clients read of it what we do. */
export function holdsObject(raw: string): boolean {
  return /^data:\s*\{/m.test(raw)
}

/** Holds back what is not a whole event yet, so that nothing else is ever forwarded. */
export interface Framer {
  /** The bytes of all events that are complete now; empty when there are none. */
  push(chunk: Buffer): Buffer
  /** The last event when only its blank line is missing; empty when it was cut. */
  end(): Buffer
}

const nothing = Buffer.alloc(0)
const newline = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from('\ufeff')
/**
 * The end of a line and an empty one after it. Lines end with LF, CRLF or CR (HTML, 9.2.5), and servers mix them. What may be
 * the first half of a CRLF is waited for, unless the line before it ended with CR, too.
 */
const blankLine = /\r?\n(?:\r?\n|\r(?!\n|$))|\r\r\n?/g
/** Bytes of one event, at most: pictures come in events of some megabytes. */
const mostHeld = 64 * 1024 * 1024
/** A blank line has four bytes at most, so that this many of what is held may be the beginning of one. */
const seam = 3

/**
 * Cuts a byte stream after its last blank line, and leaves out a byte order mark before it. Chunks that end with a blank line
 * pass without a copy. What is held stays in pieces until then: joining and searching it anew with each chunk takes the square
 * of an event's length. Throws GatewayError with reason `event-too-large`.
 */
export function createFramer(): Framer {
  let held: Buffer[] = []
  let size = 0
  let last: Buffer = nothing
  let isFirst = true

  const hold = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    held.push(bytes)
    size += bytes.length
    last = (bytes.length < seam ? Buffer.concat([last, bytes]) : bytes).subarray(-seam)
    if (size > mostHeld) throw tooLarge()
  }
  const release = (more: Buffer): Buffer => {
    const bytes = held.length === 0 ? more : Buffer.concat([...held, more])
    held = []
    size = 0
    last = nothing
    if (!isFirst || bytes.length === 0) return bytes
    isFirst = false
    const { length } = byteOrderMark
    return bytes.subarray(0, length).equals(byteOrderMark) ? bytes.subarray(length) : bytes
  }
  return {
    push(chunk) {
      const cut = lastEventEnd(size === 0 ? chunk : Buffer.concat([last, chunk])) - last.length
      if (cut <= 0) {
        hold(chunk)
        return nothing
      }
      const whole = release(cut === chunk.length ? chunk : chunk.subarray(0, cut))
      hold(chunk.subarray(cut))
      return whole
    },
    end() {
      const rest = release(nothing)
      return isWholeEvent(rest) ? Buffer.concat([rest, Buffer.from(rest.at(-1) === newline ? '\n' : '\n\n')]) : nothing
    },
  }
}

function tooLarge(): GatewayError {
  return new GatewayError('upstream', 502, `The upstream sent a stream event of more than ${mostHeld} bytes.`, {
    reason: 'event-too-large',
  })
}

/** The index after the last blank line; 0 when there is none. */
function lastEventEnd(bytes: Buffer): number {
  const length = bytes.length
  if (length >= 2 && bytes[length - 1] === newline && bytes[length - 2] === newline) return length
  if (!bytes.includes(carriageReturn)) {
    const plain = bytes.lastIndexOf('\n\n')
    return plain < 0 ? 0 : plain + 2
  }
  let end = 0
  blankLine.lastIndex = 0
  for (const found of bytes.toString('latin1').matchAll(blankLine)) end = found.index + found[0].length
  return end
}

function isWholeEvent(bytes: Buffer): boolean {
  if (bytes.length === 0) return false
  try {
    return parseFrame(bytes.toString()) !== undefined
  } catch {
    // Half an event: it must not be passed on.
    return false
  }
}

/**
 * Calls `take` with the place of each event in `text`, which a framer let through: from its first character to the one
 * after its blank line.
 */
export function eachFrame(text: string, take: (from: number, to: number) => void): void {
  const isPlain = !text.includes('\r')
  for (let from = 0; from < text.length;) {
    const to = isPlain ? plainEnd(text, from) : frameEnd(text, from)
    take(from, to)
    from = to
  }
}

function plainEnd(text: string, from: number): number {
  const end = text.indexOf('\n\n', from)
  return end < 0 ? text.length : end + 2
}

function frameEnd(text: string, from: number): number {
  blankLine.lastIndex = from
  const found = blankLine.exec(text)
  return found ? found.index + found[0].length : text.length
}
