import type { JsonObject, Loss, ProtocolId } from '@crossfeed/protocols'
import { plainTraits } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import type { Target } from '../provider.ts'
import { toolSchemas, translatedToolSchemas } from './tool-schemas.ts'

const names = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
const ids = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] }

const cases: readonly [string, JsonObject, JsonObject, string?][] = [
  ['says nothing', {}, { type: 'object', properties: {} }],
  ['has no members', { type: 'object' }, { type: 'object', properties: {} }],
  ['has no type', { properties: { a: { type: 'string' } } }, { type: 'object', properties: { a: { type: 'string' } } }],
  ['may be null', { type: ['object', 'null'], properties: {} }, { type: 'object', properties: {} }],
  ['is a name for another', { $ref: '#/$defs/Find', $defs: { Find: names } }, { ...names, $defs: { Find: names } }],
  [
    'has alternatives',
    { anyOf: [names, ids] },
    { type: 'object', properties: { name: { type: 'string' }, id: { type: 'integer' } } },
    'anyOf',
  ],
  [
    'has alternatives by name',
    { oneOf: [{ $ref: '#/definitions/Find' }, ids], definitions: { Find: names } },
    { type: 'object', properties: { ...names.properties, ...ids.properties }, definitions: { Find: names } },
    'oneOf',
  ],
  [
    'has several parts',
    { allOf: [names, ids] },
    { type: 'object', properties: { ...names.properties, ...ids.properties }, required: ['name', 'id'] },
    'allOf',
  ],
  [
    'wants one of its members',
    { ...ids, required: [], anyOf: [{ required: ['id'] }, { required: ['name'] }] },
    { type: 'object', properties: ids.properties },
    'anyOf',
  ],
  [
    'differs by a word',
    { oneOf: ['a', 'b'].map((word) => ({ properties: { kind: { const: word } }, required: ['kind'] })) },
    { type: 'object', properties: { kind: { anyOf: [{ const: 'a' }, { const: 'b' }] } }, required: ['kind'] },
    'oneOf',
  ],
  [
    'has lists of anything',
    { type: 'object', properties: { type: { type: 'array' }, deep: { anyOf: [{ type: 'array' }] } } },
    {
      type: 'object',
      properties: { type: { type: 'array', items: {} }, deep: { anyOf: [{ type: 'array', items: {} }] } },
    },
  ],
]

describe('a schema that', () => {
  it.each(cases)('%s is one object', (_, given, taken, lost) => {
    for (const protocol of ['chat', 'responses'] as const) {
      const { schema, losses } = mended(protocol, given)
      expect(schema).toEqual(taken)
      expect(losses.map(({ path }) => path)).toEqual(lost ? [`tools[0].parameters.${lost}`] : [])
    }
  })

  it('has no type or has alternatives is one object for Anthropic, which takes all others', () => {
    expect(mended('messages', {}).schema).toEqual({ type: 'object' })
    expect(mended('messages', { anyOf: [names, ids] }).schema).toMatchObject({ type: 'object', properties: {} })
    const lax = { type: 'object', additionalProperties: false, properties: { a: { type: 'array' } } }
    expect(mended('messages', lax).schema).toBe(lax)
  })

  it('is plain stays the same object', () => {
    for (const protocol of ['chat', 'responses', 'messages'] as const) {
      const body = bodyOf(protocol, { ...names, $defs: { a: { enum: [{ type: 'array' }] } } })
      expect(applied(toolSchemas, body, protocol).body).toBe(body)
    }
  })

  it('leads round in a circle, or nowhere, ends', () => {
    expect(mended('chat', { $ref: '#/a', a: { $ref: '#/b' }, b: { $ref: '#/a' } }).schema['type']).toBe('object')
    expect(mended('chat', { $ref: '#/%zz/__proto__' }).schema['type']).toBe('object')
    const own = { $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, names] } }, anyOf: [{ $ref: '#/$defs/a' }] }
    expect(mended('chat', own).schema['properties']).toEqual(names.properties)
    expect(mended('chat', { anyOf: [{ $ref: '#' }] }).schema['type']).toBe('object')
  })

  it('is the choice of a relaying client stays at servers of other vendors, and is mended after a translation', () => {
    const body = bodyOf('chat', {})
    expect(applied(translatedToolSchemas, body, 'chat').body).toBe(body)
    expect(applied(translatedToolSchemas, body, 'chat', 'messages').body).not.toBe(body)
  })
})

it('a schema that branches into itself without end is given up', () => {
  const self = Array.from({ length: 20 }, () => ({ $ref: '#/$defs/a' }))
  const { schema } = mended('chat', { $defs: { a: { anyOf: self } }, anyOf: self })
  expect(schema).toMatchObject({ type: 'object', properties: {} })
})

it('tools in groups, and those that Codex carries in its input, are mended too; tools of the service are not', () => {
  const bare = { type: 'function', name: 'f', parameters: { type: 'object' }, strict: false }
  const group = { type: 'namespace', name: 'n', tools: [bare] }
  const body = { tools: [group, { type: 'web_search' }], input: [{ type: 'additional_tools', tools: [group] }] }
  const whole = { ...bare, parameters: { type: 'object', properties: {} } }
  expect(applied(toolSchemas, body, 'responses').body).toEqual({
    tools: [{ ...group, tools: [whole] }, { type: 'web_search' }],
    input: [{ type: 'additional_tools', tools: [{ ...group, tools: [whole] }] }],
  })
  const served = { tools: [{ type: 'bash_20250124', name: 'bash', input_schema: {} }] }
  expect(applied(toolSchemas, served, 'messages').body).toBe(served)
})

function bodyOf(protocol: ProtocolId, schema: JsonObject): JsonObject {
  if (protocol === 'messages') return { tools: [{ name: 'f', input_schema: schema }] }
  const called = { name: 'f', parameters: schema }
  return { tools: [protocol === 'chat' ? { type: 'function', function: called } : { type: 'function', ...called }] }
}

function mended(protocol: ProtocolId, given: JsonObject): { schema: JsonObject; losses: readonly Loss[] } {
  const { body, losses } = applied(toolSchemas, bodyOf(protocol, given), protocol)
  const tool = (body['tools'] as readonly JsonObject[])[0]!
  const called = (tool['function'] ?? tool) as JsonObject
  return { schema: (called['parameters'] ?? called['input_schema']) as JsonObject, losses }
}

function applied(
  patches: typeof toolSchemas,
  given: JsonObject,
  protocol: ProtocolId,
  from: ProtocolId = protocol,
): { body: JsonObject; losses: readonly Loss[] } {
  const losses: Loss[] = []
  const facts = { provider: 'p', account: 'p', name: 'm', model: 'm', issuer: 'p', limits: {} }
  const target: Target = { ...facts, protocol, traits: plainTraits }
  let body = given
  for (const patch of patches)
    if (patch.protocol === protocol)
      body = patch.apply(body, target, { from, headers: {}, note() {}, lose: (loss) => losses.push(loss) })
  return { body, losses }
}
