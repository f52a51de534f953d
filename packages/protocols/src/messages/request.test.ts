import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { isObject, parseObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import { GatewayError } from '../core/error.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { readRequest } from './read-request.ts'
import { writeRequest } from './write-request.ts'

const root = new URL('../../../../fixtures/', import.meta.url)
const folder = new URL('recorded-requests/messages/', root)
const requests = readdirSync(folder).map((name): [string, JsonObject] => [name, load(new URL(name, folder))])
const own: Traits = { ...plainTraits, systemTurns: true }
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const isRequest = ajv.compile(load(new URL('schemas/lenient/anthropic.beta.messages.request.json', root)))

function load(url: URL): JsonObject {
  const body = parseObject(readFileSync(url, 'utf8'))
  if (!body) throw new Error(`${url.pathname} is no JSON object`)
  return body
}

/** The forms that mean the same brought to one: a lone plain text as a string, nothing empty where nothing is allowed. */
function canonical(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((one: Json) => canonical(one) ?? null)
  if (!isObject(value)) return value
  const made: MutableJson = {}
  for (const [key, member] of Object.entries(value)) {
    const known = canonical(member)
    const [only] = Array.isArray(known) ? known : []
    const isLone = (key === 'content' || key === 'system') && Array.isArray(known) && known.length === 1
    if (isLone && isObject(only) && Object.keys(only).sort().join() === 'text,type') made[key] = only['text']
    else made[key] = known
  }
  return made
}

/** Every object of a document, with a member added that nobody knows. */
function withUnknown(value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => withUnknown(one))
  if (!isObject(value)) return value
  const made: MutableJson = { x_unknown: { deep: [1] } }
  for (const [key, member] of Object.entries(value)) if (member !== undefined) made[key] = withUnknown(member)
  return made
}

function sameProtocol(body: JsonObject): { body: JsonObject; losses: Loss[] } {
  const losses: Loss[] = []
  return { body: writeRequest(readRequest(body), own, (loss) => losses.push(loss)), losses }
}

describe.each(requests)('recorded request %s', (_name, body) => {
  it('comes back as it was, without a loss', () => {
    const { body: written, losses } = sameProtocol(body)
    expect(canonical(written)).toEqual(canonical(body))
    expect(losses).toEqual([])
  })

  it('keeps members that nobody knows, wherever they stand', () => {
    const strange = withUnknown(body)
    if (!isObject(strange)) throw new Error('unreachable')
    expect(canonical(sameProtocol(strange).body)).toEqual(canonical(strange))
  })

  it('is legal for a target that knows nothing beyond the plain grammar', () => {
    const plain: Traits = {
      ...plainTraits,
      cacheMarks: 'none',
      hostedTools: false,
      documents: false,
      jsonSchema: false,
    }
    const written = writeRequest(readRequest(body), plain, () => {})
    if (!isRequest(written)) throw new Error(ajv.errorsText(isRequest.errors))
    expect(JSON.stringify(written)).not.toContain('"cache_control":{')
  })
})

describe('a body that is no request', () => {
  it.each([
    [{}, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: {} }, 'messages'],
    [{ model: 'm', messages: ['hi'] }, 'messages.0'],
    [{ model: 'm', messages: [{ role: 'robot', content: '' }] }, 'messages.0.role'],
    [{ model: 'm', messages: [{ role: 'user', content: 3 }] }, 'messages.0.content'],
    [{ model: 'm', messages: [], system: 3 }, 'system'],
    [{ model: 'm', messages: [], tools: {} }, 'tools'],
  ])('%j is refused, naming %s', (body, member) => {
    expect(() => readRequest(body)).toThrow(GatewayError)
    expect(() => readRequest(body)).toThrow(`${member}: `)
  })
})
