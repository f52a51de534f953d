import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { asObject, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits } from '../core/traits.ts'
import { readRequest } from './read-request.ts'
import { writeRequest } from './write-request.ts'

const fixtures = new URL('../../../../fixtures/', import.meta.url)
const recorded = new URL('recorded-requests/responses/', fixtures)
const names = readdirSync(recorded).filter((name) => name.endsWith('.json'))

function load(url: URL): JsonObject {
  const value: unknown = JSON.parse(readFileSync(url, 'utf8'))
  if (!isObject(value)) throw new Error(`${url.href} holds no object`)
  return value
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validate = ajv.compile(load(new URL('schemas/lenient/openai.responses.request.json', fixtures)))

function rewrite(body: JsonObject): { readonly written: JsonObject; readonly losses: readonly Loss[] } {
  const losses: Loss[] = []
  const written = writeRequest(readRequest(body), plainTraits, (loss) => losses.push(loss))
  return { written: JSON.parse(JSON.stringify(written)), losses }
}

/** A request with what may be said in two ways said in one. */
function canonical(body: JsonObject): JsonObject {
  const { input, stream, ...others } = body
  const said = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  const items: readonly Json[] = Array.isArray(said) ? said : []
  return { ...others, ...(stream === true ? { stream } : {}), input: items.map(canonicalItem) }
}

function canonicalItem(item: Json): Json {
  if (!isObject(item)) return item
  const type = item['type'] ?? 'message'
  if (type === 'reasoning' && !('summary' in item)) return { ...item, summary: [] }
  if (type !== 'message') return item
  const content = item['content']
  const parts = Array.isArray(content) ? content.map(canonicalPart) : content
  return { ...item, type, content: parts ?? null }
}

function canonicalPart(part: Json): Json {
  if (!isObject(part)) return part
  const { logprobs, ...others } = part
  const kept = Array.isArray(logprobs) && logprobs.length === 0 ? others : part
  return part['type'] === 'output_text' ? { annotations: [], ...kept } : kept
}

/** The same document with one more member in every object. */
function mark(value: Json | undefined, inside = ''): Json | undefined {
  if (Array.isArray(value)) return value.map((one: Json) => mark(one, inside) ?? null)
  if (!isObject(value)) return value
  const marked: MutableJson = {}
  for (const [key, one] of Object.entries(value)) marked[key] = opaque.has(key) ? one : mark(one, key)
  marked['x_unknown'] = { of: inside }
  return marked
}

/** Documents of the client's own, which are carried whole. */
const opaque: ReadonlySet<string> = new Set(['metadata'])

describe('Responses requests', () => {
  it.each(names)('survive reading and writing: %s', (name) => {
    const body = load(new URL(name, recorded))
    const { written, losses } = rewrite(body)
    expect(canonical(written)).toEqual(canonical(body))
    expect(losses).toEqual([])
  })

  it.each(names)('keep unknown members at every level: %s', (name) => {
    const body = asObject(mark(load(new URL(name, recorded)))) ?? {}
    const { written } = rewrite(body)
    expect(canonical(written)).toEqual(canonical(body))
  })

  // One recording asks for a temperature of -1, to be refused.
  it.each(names.filter((name) => !name.includes('http-error')))('stay within the schema: %s', (name) => {
    const { written } = rewrite(load(new URL(name, recorded)))
    validate(written)
    expect(validate.errors ?? []).toEqual([])
  })
})
