import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { asObjects, parseObject, type JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits } from '../core/traits.ts'
import { fitSchema } from './strict-schema.ts'
import { writeRequest } from './write-request.ts'

const closed = { additionalProperties: false }

describe('a schema that outputs are held to', () => {
  it('closes every object and says bounds in words', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        age: { type: 'integer', description: 'In years.', minimum: 0, maximum: 150 },
        tags: {
          type: 'array',
          items: { type: 'object', properties: { name: { type: 'string', maxLength: 9 } } },
          minItems: 2,
        },
        at: { type: 'string', format: 'date-time' },
        how: { oneOf: [{ type: 'string', format: 'regex' }, { type: 'null' }] },
      },
      required: ['age'],
    }
    const fitted = fitSchema(schema)
    expect(fitted?.schema).toEqual({
      type: 'object',
      properties: {
        age: { type: 'integer', description: 'In years.\n\n{minimum: 0, maximum: 150}' },
        tags: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string', description: '{maxLength: 9}' } },
            ...closed,
          },
          description: '{minItems: 2}',
        },
        at: { type: 'string', format: 'date-time' },
        how: { anyOf: [{ type: 'string', description: '{format: "regex"}' }, { type: 'null' }] },
      },
      required: ['age'],
      ...closed,
    })
    expect(fitted).toMatchObject({
      told: ['minimum', 'maximum', 'maxLength', 'minItems', 'format'],
      optional: 4,
      unions: 1,
    })
  })

  it('is the same where it is fit already', () => {
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/A' }, b: { enum: ['x', null] } },
      required: ['a', 'b'],
      $defs: { A: { type: 'object', properties: {}, ...closed } },
      ...closed,
    }
    expect(fitSchema(schema)).toEqual({ schema, told: [], closes: false, optional: 0, unions: 0 })
  })

  it('knows no names but those of its properties', () => {
    const text = '{"type": "object", "properties": {"__proto__": {"type": "string"}}, "required": ["__proto__"]}'
    const schema = parseObject(text) ?? {}
    expect(JSON.stringify(fitSchema(schema)?.schema['properties'])).toBe('{"__proto__":{"type":"string"}}')
  })

  it.each([
    ['free names', { type: 'object', additionalProperties: { type: 'number' } }],
    ['anything', { type: 'object' }],
    ['patterns', { type: 'object', properties: { a: { type: 'object', patternProperties: { '^x': {} } } } }],
    ['itself', { type: 'object', properties: { next: { $ref: '#' } } }],
    [
      'itself by a name',
      { $ref: '#/$defs/N', $defs: { N: { type: 'object', properties: { next: { anyOf: [{ $ref: '#/$defs/N' }] } } } } },
    ],
  ])('cannot hold %s', (_what, schema) => {
    expect(fitSchema(schema)).toBeUndefined()
  })
})

describe('a request from elsewhere', () => {
  function write(more: JsonObject): [JsonObject, readonly Loss[]] {
    const losses: Loss[] = []
    const prompt = chat.readRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...more })
    return [writeRequest(prompt, plainTraits, (loss) => losses.push(loss)), losses]
  }

  const format = (schema: JsonObject): JsonObject => ({
    response_format: { type: 'json_schema', json_schema: { name: 'person', schema } },
  })

  it('has its format fitted, and what became words reported', () => {
    const age = { type: 'integer', minimum: 0 }
    const [body, losses] = write(format({ type: 'object', properties: { age }, required: ['age'] }))
    const schema = {
      type: 'object',
      properties: { age: { type: 'integer', description: '{minimum: 0}' } },
      required: ['age'],
      ...closed,
    }
    expect(body['output_config']).toEqual({ format: { type: 'json_schema', schema } })
    expect(losses).toEqual([
      { path: 'format', why: 'Messages cannot hold an output to minimum; the description says it' },
    ])
  })

  it('asks in words for a format that cannot be enforced', () => {
    const [body, losses] = write(format({ type: 'object', additionalProperties: { type: 'number' } }))
    expect(body['output_config']).toBeUndefined()
    expect(body['system']).toContain('It must follow this JSON Schema "person"')
    expect(losses).toHaveLength(1)
  })

  const tool = (name: string, properties: JsonObject): JsonObject => ({
    type: 'function',
    function: {
      name,
      strict: true,
      parameters: { type: 'object', properties, required: Object.keys(properties), ...closed },
    },
  })

  it('has as many strict tools as the API compiles, and says which are not', () => {
    const tools = Array.from({ length: 22 }, (_, index) => tool(`t${index}`, { a: { type: 'string' } }))
    const [body, losses] = write({ tools })
    const strict = asObjects(body['tools']).map((one) => one['strict'] === true)
    expect(strict.filter(Boolean)).toHaveLength(20)
    expect(losses.map((loss) => loss.path)).toEqual(['tools[20].strict', 'tools[21].strict'])
  })

  it('counts properties of several types, which is how clients of OpenAI make them optional', () => {
    const nullable = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`p${at}`, { type: ['string', 'null'] }]))
    const [body] = write({ tools: [tool('a', nullable), tool('b', nullable), tool('c', { x: { type: 'string' } })] })
    expect(asObjects(body['tools']).map((one) => one['strict'])).toEqual([true, undefined, true])
  })

  it('keeps the schema of a tool that cannot be strict as it came', () => {
    const map = { type: 'object', additionalProperties: { type: 'string' } }
    const age = { type: 'integer', minimum: 0 }
    const [body, losses] = write({ tools: [tool('a', { map }), tool('b', { age })] })
    expect(body['tools']).toMatchObject([
      { input_schema: { properties: { map } } },
      { input_schema: { properties: { age } } },
    ])
    expect(JSON.stringify(body)).not.toContain('"strict"')
    expect(losses.map((loss) => loss.path)).toEqual(['tools[0].strict', 'tools[1].strict'])
  })
})
