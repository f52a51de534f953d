import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { asObject, type JsonObject } from '../core/json.ts'
import type { Asked } from '../core/protocol.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { readEvents } from './read-events.ts'
import { readRequest } from './read-request.ts'
import { readReply, writeReply } from './reply.ts'
import { writeEvents } from './write-events.ts'

const home = new URL('../../../../fixtures/', import.meta.url)
const folder = new URL('responses/chat/', home)
const recorded = readdirSync(folder).map((name): [string, JsonObject] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
])
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validate = ajv.compile(
  JSON.parse(readFileSync(new URL('schemas/lenient/openai.chat.response.json', home), 'utf8')),
)

const asked: Asked = {
  prompt: readRequest({ model: 'asked', messages: [], stream: true, stream_options: { include_usage: true } }),
  now: 1_700_000_000,
  newId: () => 'new',
}

function lossless(): void {
  throw new Error('nothing may be lost')
}

describe('recorded answers', () => {
  it.each(recorded)('%s is written as a valid completion with the same words', (_name, body) => {
    const reply = readReply(body, 'origin')
    const written = writeReply(reply, asked, lossless)
    // Annotations of other kinds than OpenAI's are the server's own.
    if (!JSON.stringify(body).includes('"type":"file"')) {
      validate(written)
      expect(validate.errors).toBeNull()
    }
    const before = messageOf(body)
    const after = messageOf(written)
    if (typeof before['content'] === 'string') expect(after['content'] ?? '').toBe(before['content'])
    expect(namesOf(after)).toEqual(namesOf(before))
    expect(asObject(written['usage'])?.['prompt_tokens']).toBe(asObject(body['usage'])?.['prompt_tokens'])
    expect(written['model']).toBe('asked')
  })

  it.each(recorded)('%s reads the same after a trip through a stream', (_name, body) => {
    const reply = readReply(body, 'origin')
    const writer = writeEvents(asked, lossless)
    const reader = readEvents('origin')
    const events = unfoldReply(reply).flatMap((event) => writer.push(event).flatMap((wire) => reader.push(wire)))
    const back = foldEvents([...events, ...reader.end()])
    expect(plain(back)).toEqual(plain(readReply(writeReply(reply, asked, lossless), 'origin')))
  })
})

/** A reply without what each writing makes anew; the usage object of the wire always has both details. */
function plain(reply: Reply): unknown {
  const { raw: _raw, ...usage } = reply.usage
  const parts = reply.parts.map((part) => (part.kind === 'native' ? part : { ...part, extras: undefined }))
  return { parts, finish: reply.finish, usage }
}

function messageOf(body: JsonObject): JsonObject {
  const choices = body['choices']
  return asObject(asObject(Array.isArray(choices) ? choices[0] : undefined)?.['message']) ?? {}
}

function namesOf(message: JsonObject): unknown[] {
  const calls = message['tool_calls']
  if (!Array.isArray(calls)) return []
  return calls.map((call: JsonObject) => [
    call['id'],
    asObject(call['function'])?.['name'],
    asObject(call['function'])?.['arguments'] || '{}',
  ])
}

describe('Copilot', () => {
  it('makes one answer of text and calls in separate choices without index', () => {
    const call = { id: 'toolu_1', type: 'function', function: { name: 'read', arguments: '{"a":1}' } }
    const reply = readReply(
      {
        id: 'msg_vrtx_01',
        choices: [
          { finish_reason: 'stop', message: { role: 'assistant', content: 'I will look.' } },
          { finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: [call] } },
        ],
        model: 'claude-sonnet-4.5',
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      },
      'copilot',
    )
    expect(reply.finish).toBe('tool-calls')
    expect(reply.parts).toEqual([
      { kind: 'text', text: 'I will look.' },
      { kind: 'tool-call', id: 'toolu_1', name: 'read', input: '{"a":1}', form: 'json' },
    ])
  })

  it('seals reasoning and gives it back in its own slot', () => {
    const message = { role: 'assistant', reasoning_text: 'Hm.', reasoning_opaque: 'secret', content: 'Yes.' }
    const reply = readReply({ id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] }, 'copilot/me')
    const seal = { issuer: 'copilot/me', protocol: 'chat', data: 'secret' }
    expect(reply.parts[0]).toEqual({ kind: 'reasoning', text: 'Hm.', form: 'full', seal })
    const written = messageOf(writeReply(reply, asked, lossless))
    const history = readRequest({ model: 'm', messages: [{ ...written }] })
    expect(history.turns[0]?.parts[0]).toEqual({ kind: 'reasoning', text: 'Hm.', form: 'full', seal })
  })

  it('counts stop after calls as calls, and gives calls without id the same ids each time', () => {
    const calls = [{ function: { name: 'a', arguments: '{}' } }, { function: { name: 'b', arguments: '{}' } }]
    const reply = readReply({ choices: [{ message: { tool_calls: calls }, finish_reason: 'stop' }] }, 'x')
    expect(reply.finish).toBe('tool-calls')
    expect(reply.parts.map((part) => (part.kind === 'tool-call' ? part.id : part))).toEqual(['call_0', 'call_1'])
  })
})

describe('usage', () => {
  it.each([
    [
      { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 4 },
      { input: 9, output: 1, cacheRead: 4 },
    ],
    [
      {
        prompt_tokens: 240_403,
        completion_tokens: 3,
        prompt_tokens_details: { cached_tokens: 229_504, cache_creation_input_tokens: 7 },
      },
      { input: 240_403, output: 3, cacheRead: 229_504, cacheWrite: 7 },
    ],
    [
      { prompt_tokens: 1, completion_tokens: 2, total_tokens: 13, completion_tokens_details: { reasoning_tokens: 10 } },
      { input: 1, output: 12, reasoning: 10 },
    ],
  ])('%o', (usage, expected) => {
    const { raw, ...read } = readReply({ choices: [], usage }, 'x').usage
    expect(read).toEqual(expected)
    expect(raw?.value).toBe(usage)
  })
})

it('refuses an answer that is none', () => {
  expect(() => readReply({ hello: 'world' }, 'x')).toThrow('no chat completion')
  expect(() => readReply({ error: { message: 'Too many', code: 'rate_limited' } }, 'x')).toThrow('Too many')
})
