import { asObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import type { Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmulator, startSupplies, type TestSupply } from './supply.ts'

let emulator: Emulator
let supply: TestSupply
beforeAll(async () => {
  emulator = await startEmulator({ quirks: { 'anthropic-grammar-limited': true } })
  const baseUrl = `${emulator.urls.anthropic}/v1`
  supply = startSupplies([{ name: 'claude', type: 'anthropic', baseUrl, apiKey: 'sk-ant-api03-x' }])
})
afterAll(async () => {
  await supply.close()
  await emulator.stop()
})

const model = 'claude/claude-sonnet-4-5'
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }
const turns = [{ role: 'user', content: 'hi' }]
const held: Readonly<Record<ProtocolId, JsonObject>> = {
  chat: {
    messages: turns,
    tools: [{ type: 'function', function: { name: 'f', parameters: schema, strict: true } }],
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
  },
  responses: {
    input: turns,
    tools: [{ type: 'function', name: 'f', parameters: schema, strict: true }],
    text: { format: { type: 'json_schema', name: 'x', schema, strict: true } },
  },
  messages: {
    max_tokens: 1000,
    messages: turns,
    tools: [{ name: 'f', input_schema: schema, strict: true }],
    output_config: { format: { type: 'json_schema', schema } },
  },
}

describe('schemas of which Anthropic makes too large a grammar', () => {
  it.each(['chat', 'responses', 'messages'] as const)('are asked for in words, for a client of %s', async (client) => {
    for (const stream of [false, true]) {
      const got = await supply.ask(client, { model, stream, ...held[client] })
      expect(got.status, JSON.stringify(got.answer)).toBe(200)
      expect(got.headers['x-crossfeed-changes']).toContain('schemas-freed:tools')
      expect(got.headers['x-crossfeed-losses']).toContain('format: ')
      const body = emulator.requests().at(-1)?.body
      expect(JSON.stringify(asObject(body)?.['system'])).toContain('It must follow this JSON Schema')
    }
  })
})

it('a thread that Anthropic cannot keep is refused in the words after which clients send all', async () => {
  const body = { model, max_tokens: 1000, messages: turns, thread: { type: 'create' } }
  const got = await supply.ask('messages', body, { 'anthropic-beta': 'message-threads-2026-08-12' })
  expect([got.status, got.answer]).toMatchObject([
    400,
    { error: { details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] } } },
  ])
})
