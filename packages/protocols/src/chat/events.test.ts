import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import type { JsonObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Asked, WireEvent } from '../core/protocol.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { readEvents } from './read-events.ts'
import { readRequest } from './read-request.ts'
import { writeEvents } from './write-events.ts'

const home = new URL('../../../../fixtures/', import.meta.url)
const folder = new URL('streams/chat/', home)
const recorded = readdirSync(folder).map((name): [string, WireEvent[]] => [
  name,
  readFileSync(new URL(name, folder), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => ({ data: line === 'data: [DONE]' ? '[DONE]' : JSON.parse(line.slice(6)) })),
])
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validate = ajv.compile(
  JSON.parse(readFileSync(new URL('schemas/lenient/openai.chat.stream-event.json', home), 'utf8')),
)

const asked: Asked = {
  prompt: readRequest({ model: 'asked', messages: [], stream: true, stream_options: { include_usage: true } }),
  now: 1_700_000_000,
  newId: () => 'new',
}

function read(events: readonly WireEvent[]): ReplyEvent[] {
  const reader = readEvents('origin')
  return [...events.flatMap((event) => [...reader.push(event)]), ...reader.end()]
}

function write(events: readonly ReplyEvent[], given: Asked = asked): WireEvent[] {
  const writer = writeEvents(given, () => undefined)
  return [...events.flatMap((event) => [...writer.push(event)]), ...writer.end()]
}

function chunk(delta: JsonObject, finish: string | null = null, more: JsonObject = {}): WireEvent {
  return { data: { id: 'x', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }], ...more } }
}

function parts(events: readonly WireEvent[]): readonly Part[] {
  return foldEvents(read(events)).parts
}

const piece = (
  index: number | undefined,
  id: string | undefined,
  name: string | undefined,
  text: string,
): JsonObject => ({
  ...(index === undefined ? {} : { index }),
  ...(id === undefined ? {} : { id }),
  function: { ...(name === undefined ? {} : { name }), arguments: text },
})

describe('recorded streams', () => {
  const whole = recorded.filter(([, events]) => !JSON.stringify(events).includes('"error":'))
  const broken = recorded.filter(([, events]) => JSON.stringify(events).includes('"error":'))

  it.each(whole)('%s: each part starts once, grows only while open, and ends with all of it', (_name, wire) => {
    const events = read(wire)
    checkGrammar(events)
    const sent = wire.map(({ data }) => (data === '[DONE]' ? '' : contentOf(data))).join('')
    const reply = foldEvents(events)
    expect(reply.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')).toBe(sent)
    expect(reply.usage.input > 0).toBe(JSON.stringify(wire).includes('"prompt_tokens"'))
  })

  it.each(whole)('%s: written again it is valid and reads the same', (_name, wire) => {
    const events = read(wire)
    const written = write(events)
    for (const { data } of written) {
      if (data === '[DONE]') continue
      validate(data)
      expect(validate.errors).toBeNull()
    }
    expect(written.at(-1)?.data).toBe('[DONE]')
    const { id: _id, model: _model, usage, ...back } = foldEvents(read(written))
    const { id: _was, model: _served, usage: before, ...reply } = foldEvents(events)
    expect(withoutSeals(back)).toEqual(withoutSeals(reply))
    expect(usage.input).toBe(before.input)
    expect(usage.output).toBe(before.output)
  })

  it.each(broken)('%s ends with its error and nothing after it', (_name, wire) => {
    const events = read(wire)
    const last = events.at(-1)
    expect(last?.type).toBe('error')
    if (last?.type === 'error') expect(last.error).toMatchObject({ status: 400, upstream: { code: 'tool_use_failed' } })
    expect(events.filter((event) => event.type === 'error' || event.type === 'end')).toHaveLength(1)
    expect(write(events).at(-1)?.data).toMatchObject({ error: { code: 'tool_use_failed' } })
  })

  it.each(whole)('%s is an error when it is cut anywhere before its finish', (_name, wire) => {
    // Snowflake gives no finish reason, only tokens and an end mark.
    const said = wire.findIndex(({ data }) => JSON.stringify(data).includes('"finish_reason":"'))
    const finish = said < 0 ? wire.length - 1 : said
    for (const cut of [0, 1, Math.floor(finish / 2), finish]) {
      const last = read(wire.slice(0, Math.min(cut, finish))).at(-1)
      expect(last?.type === 'error' && last.error.reason).toBe('stream-cut')
    }
  })
})

function contentOf(data: JsonObject): string {
  const choices = Array.isArray(data['choices']) ? data['choices'] : []
  return choices
    .map((choice: { delta?: { content?: unknown } }) =>
      typeof choice.delta?.content === 'string' ? choice.delta.content : '',
    )
    .join('')
}

/** Seals are wrapped for the client, and what else a server said of a reply's end comes a second way. */
function withoutSeals(reply: Partial<Reply>): unknown {
  const kept = reply.parts?.map((part) => (part.kind === 'reasoning' ? { ...part, seal: undefined } : part))
  return { parts: kept, finish: reply.finish }
}

function checkGrammar(events: readonly ReplyEvent[]): void {
  const open = new Map<number, string>()
  let next = 0
  expect(events[0]?.type).toBe('start')
  for (const event of events) {
    if (event.type === 'part-start') {
      expect(event.index).toBe(next++)
      open.set(event.index, textOf(event.part))
    } else if (event.type === 'part-delta') {
      expect(open.has(event.index)).toBe(true)
      open.set(event.index, (open.get(event.index) ?? '') + event.text)
    } else if (event.type === 'part-end') {
      expect(textOf(event.part)).toBe(open.get(event.index))
      open.delete(event.index)
    }
  }
  expect(open.size).toBe(0)
  expect(events.at(-1)?.type).toBe('end')
}

function textOf(part: Part): string {
  if (part.kind === 'tool-call') return part.input
  return part.kind === 'text' || part.kind === 'reasoning' || part.kind === 'refusal' ? part.text : ''
}

describe('tool calls in pieces', () => {
  const json = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer())).map((value) => JSON.stringify(value))

  it('are whole however they are cut and mixed', () => {
    const cuts = fc.array(fc.tuple(json, fc.array(fc.nat(), { maxLength: 6 })), { minLength: 1, maxLength: 6 })
    const manner = fc.constantFrom('index and first id', 'index and every id', 'id only', 'index only')
    fc.assert(
      fc.property(cuts, manner, fc.infiniteStream(fc.nat()), (calls, how, dice) => {
        const queues = calls.map(([text, marks], number) =>
          cutText(text, marks).map((slice, at) =>
            piece(
              how === 'id only' ? undefined : number,
              how === 'index only' || (how === 'index and first id' && at > 0) ? undefined : `id_${number}`,
              at === 0 ? `tool_${number}` : undefined,
              slice,
            ),
          ),
        )
        // The first pieces come in order, as every server sends them; the others in any.
        const wire = queues.flatMap((queue) => queue.splice(0, 1))
        while (queues.some((queue) => queue.length > 0)) {
          const left = queues.filter((queue) => queue.length > 0)
          wire.push(...(left[(dice.next().value ?? 0) % left.length]?.splice(0, 1) ?? []))
        }
        const found = parts([...wire.map((one) => chunk({ tool_calls: [one] })), chunk({}, 'tool_calls')])
        expect(found.map((part) => (part.kind === 'tool-call' ? [part.name, part.input] : part))).toEqual(
          calls.map(([text], number) => [`tool_${number}`, text]),
        )
      }),
    )
  })

  it.each<[string, JsonObject[]]>([
    ['all index 0', [piece(0, 'a', 'one', '{"x":'), piece(0, 'a', '', '1}'), piece(0, 'b', 'two', '{}')]],
    [
      'no index, id on the first piece',
      [
        piece(undefined, 'a', 'one', '{"x":'),
        piece(undefined, undefined, undefined, '1}'),
        piece(undefined, 'b', 'two', '{}'),
      ],
    ],
    ['no ids, all index 0', [piece(0, undefined, 'one', '{"x":1}'), piece(0, undefined, 'two', '{}')]],
    [
      'the name in pieces',
      [
        piece(0, 'a', 'o', ''),
        piece(0, undefined, 'ne', ''),
        piece(0, undefined, undefined, '{"x":1}'),
        piece(1, 'b', 'two', '{}'),
      ],
    ],
    [
      'the name on every piece',
      [piece(0, 'a', 'one', '{"x":'), piece(0, 'a', 'one', '1}'), piece(1, 'b', 'two', '{}')],
    ],
  ])('%s', (_how, wire) => {
    const found = parts([...wire.map((one) => chunk({ tool_calls: [one] })), chunk({}, 'stop')])
    expect(found.map((part) => (part.kind === 'tool-call' ? [part.name, part.input] : part))).toEqual([
      ['one', '{"x":1}'],
      ['two', '{}'],
    ])
  })

  it('are numbered among themselves when written', () => {
    const call = (id: string): Part => ({ kind: 'tool-call', id, name: id, input: '{}', form: 'json' })
    const reply: Reply = {
      id: 'r',
      model: 'm',
      parts: [{ kind: 'text', text: 'First.' }, call('a'), call('b')],
      finish: 'tool-calls',
      usage: { input: 1, output: 1 },
    }
    const text = JSON.stringify(write(unfoldReply(reply)))
    expect([...text.matchAll(/"tool_calls":\[\{"index":(\d),"id"/g)].map((match) => match[1])).toEqual(['0', '1'])
  })
})

describe('reading', () => {
  it('waits for the usage after the finish, and needs no end mark', () => {
    const usage = { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 }
    const events = read([chunk({ content: 'a' }), chunk({}, 'stop'), { data: { id: 'x', choices: [], usage } }])
    expect(events.at(-1)).toMatchObject({ type: 'end', finish: 'stop', usage: { input: 7, output: 2 } })
  })

  it('makes one answer of several choices', () => {
    const found = foldEvents(
      read([
        { data: { id: '', choices: [], created: 0, prompt_filter_results: [] } },
        { data: { id: 'x', model: 'm', choices: null } },
        chunk({ content: 'I will ' }),
        { data: { id: 'x', choices: [{ index: 0, delta: { content: 'look.' }, finish_reason: 'stop' }] } },
        {
          data: {
            id: 'x',
            choices: [{ index: 1, delta: { tool_calls: [piece(0, 'a', 'read', '{}')] }, finish_reason: 'tool_calls' }],
          },
        },
      ]),
    )
    expect(found.finish).toBe('tool-calls')
    expect(found.parts.map((part) => part.kind)).toEqual(['text', 'tool-call'])
    expect(found.id).toBe('x')
  })

  it('ends reasoning where text begins, and keeps a seal that comes after the finish', () => {
    const events = read([
      chunk({ reasoning_text: 'Hm.' }),
      chunk({ content: 'Yes.' }),
      chunk({}, 'stop'),
      chunk({ reasoning_opaque: 'secret' }),
      { data: '[DONE]' },
    ])
    checkGrammar(events)
    expect(foldEvents(events).parts).toEqual([
      { kind: 'reasoning', text: 'Hm.', form: 'full' },
      { kind: 'text', text: 'Yes.' },
      { kind: 'reasoning', text: '', form: 'redacted', seal: { issuer: 'origin', protocol: 'chat', data: 'secret' } },
    ])
  })

  it.each([
    [[chunk({ content: 'a' })], 'stream-cut'],
    [[chunk({ content: 'a' }), { data: '[DONE]' as const }], 'stream-cut'],
    [[chunk({ content: 'a' }, 'error')], 'upstream-finish-error'],
    [
      [chunk({ content: 'a' }), { data: { choices: null, error: { message: 'Slow down', code: 'rate_limited' } } }],
      'upstream-429',
    ],
  ])('ends in an error: %#', (wire, reason) => {
    const last = read(wire).at(-1)
    expect(last?.type === 'error' && last.error.reason).toBe(reason)
  })

  it('opens no text part for nothing', () => {
    const tool = chunk({ role: 'assistant', content: '', tool_calls: [piece(0, 'a', 'read', '{}')] })
    expect(parts([tool, chunk({ content: '' }, 'tool_calls')])).toHaveLength(1)
  })
})

describe('writing', () => {
  it('leaves the usage chunk out when the client did not ask for it', () => {
    const quiet = { ...asked, prompt: { ...asked.prompt, streamUsage: false } }
    const written = write(read([chunk({ content: 'a' }), chunk({}, 'stop')]), quiet)
    expect(JSON.stringify(written)).not.toContain('"usage"')
    expect(written.map(({ data }) => data === '[DONE]')).toEqual([false, false, false, true])
  })

  it('gives all chunks one id and the model that was asked for', () => {
    const chunks = write(read([chunk({ content: 'a' }), chunk({}, 'stop')])).slice(0, -1)
    expect(
      new Set(chunks.map(({ data }) => data !== '[DONE]' && `${String(data['id'])} ${String(data['model'])}`)),
    ).toEqual(new Set(['chatcmpl-new asked']))
  })

  it('writes an error frame and no end mark', () => {
    const error = new GatewayError('upstream', 502, 'Gone.', { reason: 'stream-cut' })
    expect(
      write([
        { type: 'start', id: 'r', model: 'm' },
        { type: 'error', error },
      ]).at(-1)?.data,
    ).toEqual({
      error: { message: 'Gone.', type: 'server_error', param: null, code: 'stream-cut' },
    })
  })
})

function cutText(text: string, marks: readonly number[]): string[] {
  const places = [...new Set([0, ...marks.map((mark) => mark % text.length), text.length])].sort((a, b) => a - b)
  return places.slice(1).map((end, at) => text.slice(places[at], end))
}
