import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { asObjects, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { readRequest } from './read-request.ts'
import { writeRequest } from './write-request.ts'

const home = new URL('../../../../fixtures/', import.meta.url)
/** Its only message is empty, and empty messages are not sent on. */
const empty = 'envoy-chat-bad-request.json'
const folder = new URL('recorded-requests/chat/', home)
const recorded = readdirSync(folder).map((name): [string, JsonObject] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
])
const full: [string, JsonObject][] = recorded.filter(([name]) => name !== empty)
const schema = JSON.parse(readFileSync(new URL('schemas/lenient/openai.chat.request.json', home), 'utf8'))
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)

/** Documents as seen after the differences that the protocol itself does not care about are gone. */
function canonical(body: JsonObject): Json {
  const { stream_options: _options, ...rest } = body
  const copy: MutableJson = JSON.parse(JSON.stringify(rest))
  if (typeof copy['stop'] === 'string') copy['stop'] = [copy['stop']]
  copy['messages'] = asObjects(copy['messages']).map((one) => {
    const message: MutableJson = { ...one }
    const { content } = message
    if (Array.isArray(content)) {
      const [only] = asObjects(content)
      if (content.length === 1 && only && Object.keys(only).sort().join() === 'text,type')
        message['content'] = only['text']
    }
    for (const member of ['content', 'refusal', 'tool_calls'])
      if (message[member] === null || message[member]?.toString() === '') delete message[member]
    return message
  })
  if (copy['tools']) copy['tools'] = asObjects(copy['tools']).map((tool) => ({ type: 'function', ...tool }))
  return copy
}

function traitsFor(body: JsonObject): Traits {
  const text = JSON.stringify(body)
  const reasoningField = text.includes('"reasoning_text"') ? 'reasoning_text' : 'reasoning_content'
  return { ...plainTraits, reasoningField }
}

function trip(body: JsonObject): { written: JsonObject; losses: Loss[] } {
  const losses: Loss[] = []
  return { written: writeRequest(readRequest(body), traitsFor(body), (loss) => losses.push(loss)), losses }
}

describe('recorded requests', () => {
  it.each(full)('%s comes back as it was', (_name, body) => {
    const { written, losses } = trip(body)
    expect(canonical(written)).toEqual(canonical(body))
    expect(losses).toEqual([])
  })

  it.each(full)('%s keeps an unknown member of every object', (_name, body) => {
    for (const [path, marked] of markEachObject(body)) {
      const { written } = trip(marked)
      expect(JSON.stringify(written), path).toContain('"x_unknown":"kept"')
      expect(canonical(written), path).toEqual(canonical(marked))
    }
  })

  it.each(full.filter(([, body]) => validate(body)))('%s is valid when written', (_name, body) => {
    validate(trip(body).written)
    expect(validate.errors).toBeNull()
  })
})

/** The document once for each of its objects, with an unknown member in that object. */
function* markEachObject(body: JsonObject): Generator<[string, JsonObject]> {
  for (const path of objectPaths(body, [])) {
    const copy: MutableJson = JSON.parse(JSON.stringify(body))
    let place: MutableJson = copy
    // The path leads through objects and lists alone.
    for (const step of path) place = place[step] as MutableJson
    place['x_unknown'] = 'kept'
    yield [path.join('.'), copy]
  }
}

function* objectPaths(value: Json | undefined, path: readonly string[]): Generator<readonly string[]> {
  if (Array.isArray(value))
    for (const [index, one] of value.entries()) yield* objectPaths(one, [...path, String(index)])
  if (!isObject(value)) return
  // What the reader takes whole needs no look inside; the options of a stream are the gateway's.
  yield path
  for (const [key, one] of Object.entries(value))
    if (key !== 'parameters' && key !== 'schema' && key !== 'stream_options') yield* objectPaths(one, [...path, key])
}
