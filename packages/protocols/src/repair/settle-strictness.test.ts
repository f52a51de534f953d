import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

function send(to: 'chat' | 'responses', more: JsonObject) {
  const losses: string[] = []
  const { body } = translate({
    from: messages,
    to: to === 'chat' ? chat : responses,
    body: { model: 'm', max_tokens: 99, messages: [{ role: 'user', content: 'Hi' }], ...more },
    model: 'm',
    issuer: 'i',
    traits: plainTraits,
    lose: ({ path }) => losses.push(path),
  })
  return { body, losses }
}

function formatOf(to: 'chat' | 'responses', schema: JsonObject): JsonObject | undefined {
  const { body, losses } = send(to, { output_config: { format: { type: 'json_schema', schema } } })
  expect(losses).toEqual([])
  return to === 'chat'
    ? asObject(asObject(body['response_format'])?.['json_schema'])
    : asObject(asObject(body['text'])?.['format'])
}

function toolOf(to: 'chat' | 'responses', input_schema: JsonObject) {
  const { body, losses } = send(to, { tools: [{ name: 'f', strict: true, input_schema }] })
  const [tool] = asObjects(body['tools'])
  return { strict: (to === 'chat' ? asObject(tool?.['function']) : tool)?.['strict'], losses }
}

const closed = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
})
const text = { type: 'string' }
const nested = (levels: number): JsonObject => (levels === 0 ? text : closed({ a: nested(levels - 1) }))

const strict: readonly (readonly [what: string, schema: JsonObject])[] = [
  ['closed objects with all required', closed({ a: text, b: { type: 'array', items: closed({ c: text }) } })],
  [
    'several types and values',
    closed({ a: { type: ['string', 'null'] }, b: { type: 'string', enum: ['x'], title: 'B' } }),
  ],
  ['bounds that are known', closed({ a: { type: 'integer', minimum: 1 }, b: { type: 'string', format: 'date' } })],
  [
    'definitions, of itself too',
    closed(
      { a: { $ref: '#/$defs/n' } },
      { $defs: { n: closed({ next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } }) } },
    ),
  ],
  ['ten levels', nested(10)],
]
const loose: readonly (readonly [what: string, schema: JsonObject])[] = [
  ['an optional property', { ...closed({ a: text, b: text }), required: ['a'] }],
  ['an optional property below', closed({ a: { ...closed({ b: text }), required: [] } })],
  ['an open object', { type: 'object', properties: { a: text }, required: ['a'] }],
  ['an open definition', closed({ a: { $ref: '#/$defs/n' } }, { $defs: { n: { type: 'object' } } })],
  ['a keyword that is not supported', closed({ a: { type: 'string', minLength: 1 } })],
  ['a default', closed({ a: { type: 'string', default: 'x' } })],
  ['oneOf', closed({ a: { oneOf: [text, { type: 'null' }] } })],
  ['a format that is not supported', closed({ a: { type: 'string', format: 'uri' } })],
  ['words beside a reference', closed({ a: { $ref: '#', description: 'x' } })],
  ['a reference to nothing', closed({ a: { $ref: '#/$defs/none' } })],
  ['no type', closed({ a: {} })],
  ['an array of anything', closed({ a: { type: 'array' } })],
  ['another root than an object', { type: 'array', items: text }],
  ['eleven levels', nested(11)],
  [
    'a thousand and one values',
    closed({ a: { type: 'string', enum: Array.from({ length: 1001 }, (_, at) => `v${at}`) } }),
  ],
]

describe.each(['chat', 'responses'] as const)('the schemas of a Messages client for %s', (to) => {
  it.each(strict)('are strict where strict mode takes them: %s', (_what, schema) => {
    expect(formatOf(to, schema)).toMatchObject({ schema, strict: true })
    expect(toolOf(to, schema)).toEqual({ strict: true, losses: [] })
  })

  it.each(loose)('are not where it does not: %s', (_what, schema) => {
    expect(formatOf(to, schema)).toMatchObject({ schema })
    expect(formatOf(to, schema)?.['strict']).toBeUndefined()
    expect(toolOf(to, schema)).toEqual({ strict: false, losses: ['tools[0].strict'] })
  })
})

it('a client of OpenAI’s says itself how strict its schemas are', () => {
  const schema = closed({ a: text })
  const { body } = translate({
    from: chat,
    to: responses,
    body: {
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
    },
    model: 'm',
    issuer: 'i',
    traits: plainTraits,
    lose: () => {},
  })
  expect(body['text']).toEqual({ format: { type: 'json_schema', name: 'n', schema } })
})
