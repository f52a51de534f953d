import { isObject, type Json, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import { createPlainDeltas } from './plain-delta.ts'
import { createFramer, eachFrame, parseFrame } from './sse.ts'

/** Bytes in, whole events out. Any chunking of the bytes gives the same events. */
export interface FrameReader {
  push(chunk: Buffer): readonly WireEvent[]
  /** What an unterminated last event still holds, when it is whole. */
  end(): readonly WireEvent[]
}

/**
 * Reads an event stream whose data are JSON objects or `[DONE]`. Throws GatewayError for data that is neither. A text delta
 * that repeats the one before but for its text is not parsed again: its object is the earlier one with the new text.
 */
export function createFrameReader(): FrameReader {
  const framer = createFramer()
  const plain = createPlainDeltas()
  let withText: ((text: string) => WireEvent) | undefined

  const read = (bytes: Buffer): readonly WireEvent[] => {
    if (bytes.length === 0) return []
    const raw = bytes.toString('latin1')
    const events: WireEvent[] = []
    eachFrame(raw, (from, to) => {
      const text = withText ? plain.textOf(bytes, raw, from, to) : undefined
      if (withText && text !== undefined) return void events.push(withText(text))
      const event = parseFrame(bytes.toString('utf8', from, to))
      if (!event) return
      events.push(event)
      const sample = plain.learn(raw.slice(from, to))
      withText = sample === undefined ? undefined : createTemplate(event, sample)
    })
    return events
  }
  return {
    push: (chunk) => read(framer.push(chunk)),
    end: () => read(framer.end()),
  }
}

/** Makes copies of `event` with another text where `sample` stands; undefined unless it stands there exactly once. */
function createTemplate(event: WireEvent, sample: string): ((text: string) => WireEvent) | undefined {
  if (event.data === '[DONE]') return undefined
  const path = findOnly(event.data, sample)
  if (!path) return undefined
  const { data, event: name } = event
  return (text) => {
    // `path` leads through objects and lists from an object, so the copy is one.
    const copy = replaceAt(data, path, 0, text) as JsonObject
    return name === undefined ? { data: copy } : { event: name, data: copy }
  }
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
