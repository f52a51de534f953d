import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isObject, type JsonObject } from '../core/json.ts'
import { readEmbeddingReply, writeEmbeddingReply } from './reply.ts'
import { readEmbeddingRequest, writeEmbeddingRequest } from './request.ts'
import { decodeVector, encodeVector } from './vector.ts'

const fixtures = new URL('../../../../fixtures/', import.meta.url)

function load(path: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'))
  if (!isObject(value)) throw new Error(`${path} holds no object`)
  return value
}

function list(folder: string): readonly string[] {
  return readdirSync(new URL(folder, fixtures)).filter((name) => name.endsWith('.json'))
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validate = ajv.compile(load('schemas/lenient/openai.embeddings.response.json'))

describe('embeddings requests', () => {
  it.each(list('recorded-requests/embeddings'))('survive reading and writing: %s', (name) => {
    const body = load(`recorded-requests/embeddings/${name}`)
    const input = typeof body['input'] === 'string' ? [body['input']] : body['input']
    expect(writeEmbeddingRequest(readEmbeddingRequest(body))).toEqual({ ...body, input })
  })

  it('pass tokens on and wrap a lone text', () => {
    const write = (input: JsonObject[string]): unknown =>
      writeEmbeddingRequest(readEmbeddingRequest({ model: 'm', input, x_unknown: 1 }))
    expect(write('a')).toEqual({ model: 'm', input: ['a'], x_unknown: 1 })
    expect(write([1, 2])).toEqual({ model: 'm', input: [1, 2], x_unknown: 1 })
    expect(write([[1], [2, 3]])).toEqual({ model: 'm', input: [[1], [2, 3]], x_unknown: 1 })
  })

  it.each([[undefined], [null], [[]], [7], [['a', 1]], [{}]])('name an input that cannot be read: %j', (input) => {
    expect(() => readEmbeddingRequest({ model: 'm', input })).toThrow(/'input'/)
  })
})

describe('embeddings answers', () => {
  it.each(list('responses/embeddings'))('survive reading and writing: %s', (name) => {
    const body = load(`responses/embeddings/${name}`)
    const written = writeEmbeddingReply(readEmbeddingReply(body), 'base64')
    expect(written).toMatchObject(body)
    const floats = writeEmbeddingReply(readEmbeddingReply(body), undefined)
    expect([validate(floats), validate.errors]).toEqual([true, null])
    expect(writeEmbeddingReply(readEmbeddingReply(floats), 'base64')).toEqual(written)
  })

  it('are encoded as the official client decodes them', () => {
    const vector = [0, 1, -0.5, 3.25]
    expect(encodeVector(vector)).toBe(Buffer.from(new Float32Array(vector).buffer).toString('base64'))
    const body = { object: 'list', model: 'm', data: [{ index: 0, embedding: vector }], usage: { prompt_tokens: 2 } }
    expect(writeEmbeddingReply(readEmbeddingReply(body), 'base64')).toMatchObject({
      data: [{ object: 'embedding', index: 0, embedding: encodeVector(vector) }],
      usage: { prompt_tokens: 2, total_tokens: 2 },
    })
  })

  it('keep every 32-bit float', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true })), (vector) => {
        expect(decodeVector(encodeVector(vector))).toEqual(vector)
        expect(encodeVector(vector)).toBe(Buffer.from(new Float32Array(vector).buffer).toString('base64'))
      }),
    )
  })
})

it('a megabyte of padding is no vector, and is read at once', () => {
  expect(decodeVector(`${'='.repeat(1_000_000)}x`)).toEqual([])
})
