import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import { isObject, parseObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Asked } from '../core/protocol.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { isSealFor, unwrapSeal } from '../core/seal.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from './index.ts'

const root = new URL('../../../../fixtures/', import.meta.url)
const folder = new URL('responses/messages/', root)
const replies = readdirSync(folder).map((name): [string, JsonObject] => [name, load(new URL(name, folder))])
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const isReply = ajv.compile(load(new URL('schemas/lenient/anthropic.beta.messages.response.json', root)))
const isRequest = ajv.compile(load(new URL('schemas/lenient/anthropic.beta.messages.request.json', root)))
const isError = ajv.compile(load(new URL('schemas/lenient/anthropic.error.json', root)))

function load(url: URL): JsonObject {
  const body = parseObject(readFileSync(url, 'utf8'))
  if (!body) throw new Error(`${url.pathname} is no JSON object`)
  return body
}

const asked: Asked = {
  prompt: messages.readRequest({ model: 'asked-model', messages: [] }),
  now: 0,
  newId: () => 'fresh',
}

function write(reply: Reply): { body: JsonObject; losses: Loss[] } {
  const losses: Loss[] = []
  return { body: messages.writeReply(reply, asked, (loss) => losses.push(loss)), losses }
}

/** Without members that are null, which the API leaves out or states as it likes, and with bare seals. */
function canonical(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((one: Json) => canonical(one))
  if (!isObject(value)) return value ?? null
  const made: MutableJson = {}
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined || member === null) continue
    const isOpaque = (key === 'signature' || key === 'data') && typeof member === 'string'
    made[key] = isOpaque ? unwrapSeal(member, 'messages').data : canonical(member)
  }
  return made
}

function withUnknown(value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => withUnknown(one))
  if (!isObject(value)) return value
  const made: MutableJson = { x_unknown: { deep: [1] } }
  for (const [key, member] of Object.entries(value)) if (member !== undefined) made[key] = withUnknown(member)
  return made
}

describe.each(replies)('recorded reply %s', (_name, body) => {
  it.each([
    ['as it came', body],
    ['with members that nobody knows', withUnknown(body)],
  ])('comes back %s, under the name that was asked for', (_how, given) => {
    if (!isObject(given)) throw new Error('unreachable')
    const { body: written, losses } = write(messages.readReply(given, 'us'))
    expect(canonical(written)).toEqual(canonical({ ...given, model: 'asked-model' }))
    expect(losses).toEqual([])
    if (!isReply(written)) throw new Error(ajv.errorsText(isReply.errors))
  })

  it('can be sent back in the next request, signatures and all', () => {
    const reply = messages.readReply(body, 'us')
    const { content } = write(reply).body
    const next = messages.readRequest({ model: 'm', messages: [{ role: 'assistant', content: content ?? [] }] })
    const back = messages.writeRequest(next, plainTraits, () => {})
    if (!isRequest(back)) throw new Error(ajv.errorsText(isRequest.errors))
    const [message] = Array.isArray(back['messages']) ? back['messages'] : []
    const spoken = (Array.isArray(body['content']) ? body['content'] : []).filter(
      (block: Json) => isObject(block) && !(block['type'] === 'text' && String(block['text']).trim() === ''),
    )
    const sent = isObject(message) ? message['content'] : undefined
    const list = typeof sent === 'string' ? [{ type: 'text', text: sent }] : (sent ?? [])
    expect(canonical(list)).toEqual(canonical(spoken))
  })

  it('is the fold of its own events', () => {
    const reply = messages.readReply(body, 'us')
    expect(foldEvents(unfoldReply(reply))).toEqual(reply)
  })
})

function reply(parts: readonly Part[], finish: Reply['finish'] = 'stop'): Reply {
  return { id: 'chatcmpl-1', model: 'gpt', parts, finish, usage: { input: 10, output: 5, cacheRead: 4, cacheWrite: 1 } }
}

describe('a reply from another protocol', () => {
  it('has every member that a strict client expects', () => {
    const { body } = write(reply([{ kind: 'text', text: 'hi' }]))
    expect(body).toEqual({
      id: 'msg_fresh',
      type: 'message',
      role: 'assistant',
      model: 'asked-model',
      content: [{ type: 'text', text: 'hi' }],
      container: null,
      diagnostics: null,
      stop_details: null,
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: {
        input_tokens: 5,
        cache_read_input_tokens: 4,
        cache_creation_input_tokens: 1,
        output_tokens: 5,
        cache_creation: null,
        inference_geo: null,
        output_tokens_details: null,
        server_tool_use: null,
        service_tier: null,
        speed: null,
      },
    })
  })

  it.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['tool-calls', 'tool_use'],
    ['refusal', 'refusal'],
    ['pause', 'pause_turn'],
    ['error', 'end_turn'],
  ] as const)('that ended with %s says %s', (finish, word) => {
    expect(write(reply([], finish)).body['stop_reason']).toBe(word)
  })

  it.each([
    ['stop_sequence', 'END', 'stop', 'stop_sequence'],
    ['model_context_window_exceeded', null, 'length', 'model_context_window_exceeded'],
    ['compaction', null, 'pause', 'compaction'],
    ['invented_tomorrow', null, 'stop', 'invented_tomorrow'],
    [null, null, 'stop', 'end_turn'],
  ])('reads %s (%s) as %s and writes %s', (stop_reason, stop_sequence, finish, word) => {
    const read = messages.readReply({ id: 'msg_1', content: [], stop_reason, stop_sequence }, 'us')
    expect(read.finish).toBe(finish)
    expect(write(read).body).toMatchObject({ stop_reason: word, stop_sequence })
  })

  it('that just stopped with calls waits for their results', () => {
    const call = { kind: 'tool-call', id: 't', name: 'f', input: '', form: 'json' } as const
    expect(write(reply([call])).body).toMatchObject({
      content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }],
      stop_reason: 'tool_use',
    })
  })

  it('never shows cut arguments as whole, and wraps what is no object', () => {
    const call = { kind: 'tool-call', id: 't', name: 'f', input: '{"a":', form: 'json' } as const
    expect(write(reply([call], 'length'))).toMatchObject({ body: { content: [] }, losses: [{ path: 'parts[0]' }] })
    expect(write(reply([call]))).toMatchObject({
      body: { content: [{ input: { input: '{"a":' } }] },
      losses: [{ path: 'parts[0].input' }],
    })
  })

  it('opens no block for white space before the first word', () => {
    const texts = ['', '\n\n', 'one', ' ', 'two', ''].map((text): Part => ({ kind: 'text', text }))
    expect(write(reply(texts)).body['content']).toEqual(['one', ' ', 'two'].map((text) => ({ type: 'text', text })))
  })

  it('gives reasoning a signature that is known when it comes back, and that is nobody’s to send', () => {
    const sealed = { issuer: 'codex', protocol: 'responses', id: 'rs_1', data: 'opaque' } as const
    const { body } = write(
      reply([
        { kind: 'reasoning', text: 'hm', form: 'summary' },
        { kind: 'reasoning', text: '', form: 'summary', seal: sealed },
        { kind: 'reasoning', text: '', form: 'redacted', seal: sealed },
        { kind: 'reasoning', text: '', form: 'full' },
        { kind: 'refusal', text: 'no' },
        { kind: 'text', text: 'see', citations: [{ url: 'https://a.example/', title: 'A', start: 0, end: 3 }] },
      ]),
    )
    if (!isReply(body)) throw new Error(ajv.errorsText(isReply.errors))
    expect(body['stop_reason']).toBe('refusal')
    const turns = messages.readRequest({
      model: 'm',
      messages: [{ role: 'assistant', content: body['content'] ?? [] }],
    }).turns
    expect(turns[0]?.parts).toMatchObject([
      { kind: 'reasoning', text: 'hm', seal: { issuer: '', data: '' } },
      { kind: 'reasoning', text: '', seal: sealed },
      { kind: 'reasoning', form: 'redacted', seal: sealed },
      { kind: 'text', text: 'no' },
      { kind: 'text', text: 'see', citations: [{ url: 'https://a.example/', title: 'A' }] },
    ])
    expect(isSealFor(sealed, 'anthropic', 'messages')).toBe(false)
    const back = messages.writeRequest({ ...asked.prompt, turns }, plainTraits, () => {})
    expect(JSON.stringify(back)).not.toMatch(/thinking|xfs1/)
  })
})

describe('errors', () => {
  const files = readdirSync(new URL('errors/messages/', root))

  it.each(files)('%s keeps its class, message and status', (name) => {
    const body = load(new URL(`errors/messages/${name}`, root))
    const status = Number(/-(4\d\d)/.exec(name)?.[1] ?? 400)
    const given = isObject(body['error']) ? body['error'] : {}
    const error = messages.readError(status, body)
    const written = messages.writeError(error)
    expect(written.status).toBe(status)
    const { retry_after, ...said } = given
    const type = said['type'] === 'payload_too_large' ? 'invalid_request_error' : said['type']
    expect(written.body['error']).toEqual({ ...said, type })
    expect(error.retryAfter).toBe(retry_after)
    if (!isError(written.body)) throw new Error(ajv.errorsText(isError.errors))
  })

  it.each([
    ['prompt token count of 391491 exceeds the limit of 128000', 'prompt is too long: 391491 tokens > 128000 maximum'],
    [
      'Your input exceeds the context window of this model',
      'prompt is too long: Your input exceeds the context window of this model',
    ],
  ])('an overflow that says "%s" is told in the API’s words', (message, told) => {
    const error = messages.readError(413, { error: { message, type: 'server_error' } })
    expect(messages.writeError(error)).toMatchObject({
      status: 400,
      body: { type: 'error', error: { type: 'invalid_request_error', message: told } },
    })
  })

  it('a class of another vendor becomes the API’s own, its code and member stay', () => {
    const error = messages.readError(500, { error: { message: 'x', type: 'server_error', code: 'c', param: 'p' } })
    expect(messages.writeError(error)).toEqual({
      status: 500,
      body: { type: 'error', error: { type: 'api_error', message: 'x', code: 'c', param: 'p' }, request_id: null },
    })
    expect(messages.writeStreamError(new GatewayError('timeout', 504, 'late'))).toEqual([
      { event: 'error', data: { type: 'error', error: { type: 'timeout_error', message: 'late' }, request_id: null } },
    ])
  })
})
