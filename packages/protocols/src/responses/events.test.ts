import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import { isObject, parseObject, type JsonObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Asked, WireEvent } from '../core/protocol.ts'
import { foldEvents, openingOf, streamedText, type Reply } from '../core/reply.ts'
import { responses } from './index.ts'

const fixtures = new URL('../../../../fixtures/', import.meta.url)
const recorded = new URL('streams/responses/', fixtures)
const names = readdirSync(recorded).filter((name) => name.endsWith('.sse'))

function loadStream(name: string): readonly JsonObject[] {
  return readFileSync(new URL(name, recorded), 'utf8')
    .split(/\r?\n\r?\n/)
    .flatMap((frame) => {
      const lines = frame.split(/\r?\n/).filter((line) => line.startsWith('data:'))
      const data = parseObject(lines.map((line) => line.slice('data:'.length).trim()).join('\n'))
      return data ? [data] : []
    })
}

function loadSchema(name: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(new URL(`schemas/lenient/${name}.json`, fixtures), 'utf8'))
  if (!isObject(value)) throw new Error(`${name} holds no object`)
  return value
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validate = ajv.compile(loadSchema('openai.responses.stream-event'))

function read(events: readonly JsonObject[]): readonly ReplyEvent[] {
  const machine = responses.readEvents('upstream')
  return [...events.flatMap((data) => machine.push({ data })), ...machine.end()]
}

const silent = (): void => {}

function asking(): Asked {
  let count = 0
  const prompt = responses.readRequest({ model: 'asked-model', input: 'Hi' })
  return { prompt, now: 1_800_000_000, newId: () => `id${count++}` }
}

function write(events: readonly ReplyEvent[]): readonly JsonObject[] {
  const machine = responses.writeEvents(asking(), silent)
  const frames: readonly WireEvent[] = [...events.flatMap((event) => machine.push(event)), ...machine.end()]
  return frames.flatMap(({ event, data }) => {
    if (data === '[DONE]') return []
    expect(event).toBe(data['type'])
    return [data]
  })
}

/** Ids, sequence numbers and the order of events, as the official API keeps them. */
function expectGrammar(frames: readonly JsonObject[]): void {
  const ids = new Map<unknown, unknown>()
  const done = new Set<unknown>()
  for (const [index, frame] of frames.entries()) {
    expect(frame['sequence_number']).toBe(index)
    const at = frame['output_index']
    if (at === undefined) continue
    const item = frame['item']
    const id = isObject(item) ? item['id'] : frame['item_id']
    if (frame['type'] === 'response.output_item.added') {
      expect(at).toBe(ids.size)
      ids.set(at, id)
    }
    expect(id).toBe(ids.get(at))
    expect(done.has(at)).toBe(false)
    if (frame['type'] === 'response.output_item.done') done.add(at)
  }
  expect(done.size).toBe(ids.size)
}

const failing = (name: string): boolean => name.includes('openai-error')

/** Recordings that end before their terminal event. */
const ends = (frames: readonly JsonObject[]): boolean =>
  frames.some((frame) => /^response\.(?:completed|incomplete)$/.test(String(frame['type'])))

function textOf(one: Reply): readonly unknown[] {
  return one.parts.map((part) => {
    if (part.kind === 'tool-call') return [part.name, part.id, part.input, part.form]
    return 'text' in part ? [part.kind, part.text] : part.kind
  })
}

/** A text without a character is never opened. */
function isEmptyText(said: unknown): boolean {
  return Array.isArray(said) && said[0] === 'text' && said[1] === ''
}

/** The official API encrypts anew for its last event. */
function unsealed(parts: readonly Part[]): readonly Part[] {
  return parts.map((part) =>
    (part.kind === 'reasoning' || part.kind === 'compaction') && part.seal
      ? { ...part, seal: { ...part.seal, data: '' } }
      : part,
  )
}

describe('recorded streams', () => {
  it('hold whole answers and one failure', () => {
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !ends(loadStream(name)))).toEqual(names.filter(failing))
  })

  it.each(names.filter((name) => !failing(name)))('agree with their last event: %s', (name) => {
    const frames = loadStream(name)
    const folded = foldEvents(read(frames))
    const last = frames.findLast((frame) => isObject(frame['response']))?.['response']
    if (!isObject(last)) throw new Error('no response')
    const whole = responses.readReply(last, 'upstream')
    const output = last['output']
    if (Array.isArray(output) && output.length > 0) expect(unsealed(folded.parts)).toEqual(unsealed(whole.parts))
    expect({ ...folded, parts: [] }).toEqual({
      ...whole,
      id: folded.id,
      model: folded.model,
      parts: [],
      finish: folded.finish,
    })
  })

  it.each(names.filter((name) => !failing(name)))('are written as the official API would: %s', (name) => {
    const source = loadStream(name)
    const frames = write(read(source))
    expectGrammar(frames)
    const known = source.every((frame) => validate(frame))
    for (const frame of frames)
      if (known) expect([validate(frame), frame['type'], validate.errors]).toEqual([true, frame['type'], null])
    const folded = foldEvents(read(source))
    expect(frames.at(-1)?.['response']).toEqual(responses.writeReply(folded, asking(), silent))
    const again = foldEvents(read(frames))
    expect(textOf(again)).toEqual(textOf(folded).filter((said) => !isEmptyText(said)))
  })

  it('end in the error that they hold', () => {
    const events = read(loadStream(names.find(failing) ?? ''))
    const last = events.at(-1)
    expect(events.filter((event) => event.type === 'error')).toHaveLength(1)
    expect(last?.type === 'error' ? last.error : undefined).toMatchObject({
      status: 429,
      code: 'rate-limited',
      upstream: { code: 'insufficient_quota' },
    })
  })
})

describe('odd streams', () => {
  const created = { type: 'response.created', response: { id: 'r', model: 'm' } }
  const completed = { type: 'response.completed', response: { id: 'r', model: 'm', status: 'completed', output: [] } }

  it('are told apart by index, whatever the ids', () => {
    const events = read([
      created,
      { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'AA==' } },
      {
        type: 'response.output_text.delta',
        output_index: 0,
        content_index: 0,
        item_id: 'BB==',
        delta: 'Hel',
        obfuscation: 'x',
      },
      { type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'CC==', delta: 'lo' },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'message', id: 'DD==', content: [{ type: 'output_text', text: 'Hello' }] },
      },
      { type: 'response.completed', response: { ...completed.response, output_text: null } },
    ])
    expect(foldEvents(events).parts).toEqual([{ kind: 'text', text: 'Hello' }])
  })

  it('may bring a summary only with the end of its item, or of all', () => {
    const item = {
      type: 'reasoning',
      id: 'rs',
      summary: [{ type: 'summary_text', text: 'Hm' }],
      encrypted_content: 'e',
    }
    const late = read([created, { type: 'response.output_item.done', output_index: 0, item }, completed])
    const seal = { issuer: 'upstream', protocol: 'responses', id: 'rs', data: 'e' }
    expect(foldEvents(late).parts).toEqual([{ kind: 'reasoning', text: 'Hm', form: 'summary', seal }])
    expect(late.some((event) => event.type === 'part-delta' && event.text === 'Hm')).toBe(true)
    const later = read([
      created,
      { type: 'response.output_item.done', output_index: 0, item: { ...item, summary: [] } },
      { type: 'response.completed', response: { ...completed.response, output: [item] } },
    ])
    expect(foldEvents(later).parts).toEqual([
      { kind: 'reasoning', text: '', form: 'redacted', seal },
      { kind: 'reasoning', text: 'Hm', form: 'summary' },
    ])
  })

  it('may name places that cannot be', () => {
    for (const content_index of [4_294_967_294, 1e300, -1, 0.5, null]) {
      const delta = { type: 'response.output_text.delta', output_index: 0, content_index, delta: 'Hello' }
      expect(foldEvents(read([created, delta, completed])).parts).toEqual([{ kind: 'text', text: 'Hello' }])
    }
  })

  it('may name items only in their last event', () => {
    const call = { type: 'function_call', id: 'f', call_id: 'c', name: 'n', arguments: '{}', status: 'completed' }
    const events = read([{ type: 'response.completed', response: { ...completed.response, output: [call] } }])
    const reply = foldEvents(events)
    expect(reply.finish).toBe('tool-calls')
    expect(reply.parts).toEqual([{ kind: 'tool-call', id: 'c', name: 'n', input: '{}', form: 'json' }])
  })

  it('may cut a call', () => {
    const item = { type: 'function_call', call_id: 'c', name: 'n', arguments: '{"a', status: 'incomplete' }
    const events = read([
      created,
      { type: 'response.output_item.added', output_index: 0, item: { ...item, arguments: '', status: 'in_progress' } },
      { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"a' },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.incomplete', response: { incomplete_details: { reason: 'max_output_tokens' } } },
    ])
    expect(foldEvents(events).finish).toBe('length')
    const frames = write(events)
    expect(frames.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', output: [{ status: 'incomplete', arguments: '{"a' }] },
    })
  })

  it('keep events without a word', () => {
    const limits = { type: 'codex.rate_limits', plan_type: 'plus' }
    const events = read([created, limits, completed])
    expect(events).toContainEqual({ type: 'native', protocol: 'responses', value: limits })
    expect(write(events)).toContainEqual(limits)
  })

  it.each([
    ['flat', { type: 'error', code: 'rate_limit_exceeded', message: 'Slow', param: null }, 429, 'rate-limited'],
    ['nested', { type: 'error', error: { code: 'x', message: 'Bad' }, status: 400 }, 400, 'invalid-request'],
    [
      'overflow',
      { type: 'response.failed', response: { error: { code: 'context_length_exceeded', message: 'Too long' } } },
      400,
      'context-overflow',
    ],
    [
      'overloaded',
      { type: 'response.failed', response: { error: { code: 'server_is_overloaded', message: 'Busy' } } },
      503,
      'overloaded',
    ],
    ['unknown', { type: 'response.failed', response: { error: null } }, 502, 'upstream'],
  ])('fail with what the upstream said: %s', (_name, frame, status, code) => {
    const events = read([created, frame, completed])
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { status, code } })
    expect(events).toHaveLength(2)
  })

  it('that just stop are an error, in and out', () => {
    const events = read([created])
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { reason: 'stream-cut' } })
    const frames = write([{ type: 'start', id: 'x', model: 'm' }])
    expect(frames.at(-1)).toMatchObject({ type: 'response.failed', sequence_number: 2, response: { status: 'failed' } })
    expect(validate(frames.at(-1))).toBe(true)
  })
})

describe('written streams', () => {
  const parts: readonly Part[] = [
    { kind: 'reasoning', text: 'Let me see', form: 'summary' },
    { kind: 'text', text: 'Hello' },
    { kind: 'tool-call', id: 'c1', name: 'weather', input: '{"city":"Oslo"}', form: 'json' },
    { kind: 'tool-call', id: 'c2', name: 'patch', input: 'free text', form: 'text' },
  ]

  function stream(): readonly ReplyEvent[] {
    return [
      { type: 'start', id: 'x', model: 'm' },
      ...parts.flatMap((part, index): readonly ReplyEvent[] => {
        const text = streamedText(part)
        return [
          {
            type: 'part-start',
            index,
            part: openingOf(part),
          },
          { type: 'part-delta', index, text: text.slice(0, 3) },
          { type: 'part-delta', index, text: text.slice(3) },
          { type: 'part-end', index, part },
        ]
      }),
      { type: 'end', finish: 'tool-calls', usage: { input: 3, output: 2 } },
    ]
  }

  it('are understood by the official client', async () => {
    const body = write(stream())
      .map((data) => `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`)
      .join('')
    const fetch = (): Promise<Response> =>
      Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    const client = new OpenAI({ apiKey: 'none', fetch, maxRetries: 0 })
    const response = await client.responses.stream({ model: 'm', input: 'Hi' }).finalResponse()
    expect(response.output_text).toBe('Hello')
    expect(response.output.map((item) => item.type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'custom_tool_call',
    ])
  })

  it('follow the order of the official API', () => {
    expect(write(stream()).map((frame) => String(frame['type']).replace('response.', ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'output_item.added',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.delta',
      'custom_tool_call_input.done',
      'output_item.done',
      'completed',
    ])
  })

  it('end with the error when there is one, and with nothing after it', () => {
    const machine = responses.writeEvents(asking(), silent)
    machine.push({ type: 'start', id: 'x', model: 'm' })
    const error = new GatewayError('context-overflow', 400, 'Too long')
    const [frame] = machine.push({ type: 'error', error })
    expect(frame?.data).toMatchObject({
      type: 'response.failed',
      sequence_number: 2,
      response: { id: 'resp_id0', error: { code: 'context_length_exceeded', message: 'Too long' } },
    })
    expect(machine.push({ type: 'error', error })).toEqual([])
    expect(machine.end()).toEqual([])
  })
})
