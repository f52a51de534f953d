import { isObject, type Json, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import { createPlainDeltas } from './plain-delta.ts'
import { createFramer, eachFrame, parseFrame } from './sse.ts'

/** An event as the pattern for others that differ only in one text. */
export interface Template {
  /** The text of this one. */
  readonly sample: string
  /** The event with another text. */
  readonly fill: (text: string) => WireEvent
}

/** Who takes what a stream brings. */
export interface FrameTaker {
  /** `template` is there when the event is one that is likely to come again with other texts. */
  event(event: WireEvent, template: Template | undefined): void
  /** The last event came again with another text. False when it is wanted as an event. */
  repeat?(text: string): boolean
}

/** Bytes in, whole events out. Any chunking of the bytes gives the same events. */
export interface FrameReader {
  push(chunk: Buffer): void
  /** Gives what an unterminated last event still holds, when it is whole. */
  end(): void
}

/**
 * Reads an event stream whose data are JSON objects or `[DONE]`. Throws GatewayError for data that is neither. A text delta
 * that repeats the one before but for its text need not be parsed: the taker may be content with the text.
 */
export function createFrameReader(taker: FrameTaker): FrameReader {
  const framer = createFramer()
  const plain = createPlainDeltas()
  let template: Template | undefined

  const read = (bytes: Buffer): void => {
    if (bytes.length === 0) return
    const raw = bytes.toString('latin1')
    eachFrame(raw, (from, to) => {
      const repeated = template ? plain.textOf(bytes, raw, from, to) : undefined
      if (repeated !== undefined && taker.repeat?.(repeated) === true) return
      const event = parseFrame(bytes.toString('utf8', from, to))
      if (!event) return
      if (taker.repeat) template = repeated === undefined ? learn(raw.slice(from, to), event) : again(repeated)
      taker.event(event, template)
    })
  }
  const learn = (frame: string, event: WireEvent): Template | undefined => {
    const sample = plain.learn(frame)
    return sample === undefined ? undefined : createTemplate(event, sample)
  }
  const again = (sample: string): Template | undefined => template && { sample, fill: template.fill }
  return {
    push: (chunk) => read(framer.push(chunk)),
    end: () => read(framer.end()),
  }
}

/** Makes copies of `event` with another text where `sample` stands; undefined unless it stands there exactly once. */
function createTemplate(event: WireEvent, sample: string): Template | undefined {
  if (event.data === '[DONE]') return undefined
  const path = findOnly(event.data, sample)
  if (!path) return undefined
  const { data, event: name } = event
  const fill = (text: string): WireEvent => {
    // `path` leads through objects and lists from an object, so the copy is one.
    const copy = replaceAt(data, path, 0, text) as JsonObject
    return name === undefined ? { data: copy } : { event: name, data: copy }
  }
  return { sample, fill }
}

type Path = readonly (string | number)[]

function findOnly(value: Json | undefined, sample: string): Path | undefined {
  const found: Path[] = []
  const walk = (at: Json | undefined, path: Path): void => {
    if (at === sample) found.push(path)
    else if (Array.isArray(at)) at.forEach((item: Json, index) => walk(item, [...path, index]))
    else if (isObject(at)) for (const key in at) walk(at[key], [...path, key])
  }
  walk(value, [])
  return found.length === 1 ? found[0] : undefined
}

function replaceAt(value: Json | undefined, path: Path, depth: number, text: string): Json {
  const step = path[depth]
  if (step === undefined) return text
  if (Array.isArray(value)) {
    const copy = [...value]
    copy[Number(step)] = replaceAt(value[Number(step)], path, depth + 1, text)
    return copy
  }
  return isObject(value) ? { ...value, [step]: replaceAt(value[step], path, depth + 1, text) } : (value ?? null)
}
