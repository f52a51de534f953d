import { StringDecoder } from 'node:string_decoder'
import { GatewayError, isObject, parseJson, type WireEvent } from '@crossfeed/protocols'
import { createParser } from 'eventsource-parser'

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

/** Bytes in, whole events out. Any chunking of the bytes gives the same events. */
export interface FrameReader {
  push(chunk: Buffer): readonly WireEvent[]
  /** What an unterminated last event still holds, when it is whole. */
  end(): readonly WireEvent[]
}

/** Reads an event stream whose data are JSON objects or `[DONE]`. Throws GatewayError for data that is neither. */
export function createFrameReader(): FrameReader {
  const decoder = new StringDecoder('utf8')
  let events: WireEvent[] = []
  const parser = createParser({
    onEvent(message) {
      const event = readEvent(message.event, message.data)
      if (event) events.push(event)
    },
  })
  const take = (): readonly WireEvent[] => {
    if (events.length === 0) return events
    const taken = events
    events = []
    return taken
  }
  return {
    push(chunk) {
      parser.feed(decoder.write(chunk))
      return take()
    },
    end() {
      parser.feed(`${decoder.end()}\n\n`)
      return take()
    },
  }
}

function readEvent(name: string | undefined, text: string): WireEvent | undefined {
  if (text === '[DONE]') return { data: '[DONE]' }
  const data = parseJson(text)
  if (isObject(data)) return name === undefined ? { data } : { event: name, data }
  if (text.trim() === '') return undefined
  throw new GatewayError('upstream', 502, 'The upstream sent a stream event that is not a JSON object.', {
    reason: 'stream-garbled',
  })
}

/** The event of one raw frame; undefined for comments and empty frames. */
export function parseFrame(raw: string): WireEvent | undefined {
  let name: string | undefined
  const data: string[] = []
  for (const line of raw.split(/\r\n|\r|\n/)) {
    if (line.startsWith('data:')) data.push(line.startsWith('data: ') ? line.slice(6) : line.slice(5))
    else if (line.startsWith('event:')) name = line.slice(6).trim()
  }
  return data.length === 0 ? undefined : readEvent(name, data.join('\n'))
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

/** Cuts a byte stream after its last blank line. Chunks that end with one pass without a copy. */
export function createFramer(): Framer {
  let held: Buffer = nothing
  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const cut = lastEventEnd(bytes)
      held = cut === bytes.length ? nothing : bytes.subarray(cut)
      return cut === bytes.length ? bytes : bytes.subarray(0, cut)
    },
    end() {
      const rest = held
      held = nothing
      return isWholeEvent(rest) ? Buffer.concat([rest, Buffer.from(rest.at(-1) === newline ? '\n' : '\n\n')]) : nothing
    },
  }
}

/** The index after the last blank line; 0 when there is none. */
function lastEventEnd(bytes: Buffer): number {
  const length = bytes.length
  if (length >= 2 && bytes[length - 1] === newline && bytes[length - 2] === newline) return length
  const plain = bytes.lastIndexOf('\n\n')
  const windows = bytes.lastIndexOf('\r\n\r\n')
  return Math.max(plain < 0 ? 0 : plain + 2, windows < 0 ? 0 : windows + 4)
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

/** The texts of the single events in bytes that a framer let through. */
export function splitFrames(bytes: Buffer): readonly string[] {
  return bytes
    .toString()
    .split(/(?<=\n\n|\r\n\r\n)/)
    .filter((frame) => frame !== '')
}
