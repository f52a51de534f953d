import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startStage, type Stage } from '../gateway.ts'
import { post, protocols } from './conversation.ts'
import type { Name } from './said.ts'

// Tools of MCP servers have schemas that Claude's clients take and the services refuse, each of them all requests of a session.

let gateway: Stage
beforeAll(async () => {
  gateway = await startStage()
})
afterAll(() => gateway.close())

const find = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
const schemas = {
  'no schema to speak of': {},
  'no members': { type: 'object' },
  'no members and no others': { type: 'object', additionalProperties: false },
  'no type': { properties: { name: { type: 'string' } } },
  'lists of anything': { type: 'object', properties: { names: { type: 'array' } } },
  alternatives: { type: 'object', anyOf: [find, { properties: { id: { type: 'integer' } } }] },
  'a name for its schema': { $ref: '#/definitions/Find', definitions: { Find: find } },
  'members of which one is wanted': { ...find, required: [], oneOf: [{ required: ['name'] }] },
}
const models = { chat: 'gpt-4.1', responses: 'gpt-5.4', messages: 'claude-sonnet-4.6' }
const words = 'call tool look with {"name": "a"}'

const bodies: Record<Name, (schema: object) => object> = {
  chat: (parameters) => ({
    messages: [{ role: 'user', content: words }],
    tools: [{ type: 'function', function: { name: 'look', parameters } }],
  }),
  responses: (parameters) => ({ input: words, tools: [{ type: 'function', name: 'look', parameters, strict: false }] }),
  messages: (input_schema) => ({
    max_tokens: 2000,
    messages: [{ role: 'user', content: words }],
    tools: [{ name: 'look', input_schema }],
  }),
}

describe.each(protocols)('a %s client', (client) => {
  describe.each(protocols)('with a model that speaks %s', (server) => {
    test.each(Object.entries(schemas))('may have a tool with %s', async (_, schema) => {
      for (const stream of [false, true]) {
        const body = { model: models[server], stream, ...bodies[client](schema) }
        const answer = await post(gateway.url, client, body)
        const text = await answer.text()
        expect(answer.status, text).toBe(200)
        expect(text).toContain('"look"')
        const isJoined = 'anyOf' in schema || 'oneOf' in schema
        expect(answer.headers.get('x-crossfeed-losses')?.includes('was joined') ?? false).toBe(isJoined)
      }
    })
  })
})
