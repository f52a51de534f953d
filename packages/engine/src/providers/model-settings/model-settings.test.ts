import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { patched, providerOf, targetOf } from '../keyed.test-support.ts'
import type { ModelSettings, ProviderSettings } from '../settings.ts'
import { ownSettings } from './models.ts'

const mark = { type: 'ephemeral' }
const hello: JsonObject = { role: 'user', content: 'hello' }

function send(
  model: ModelSettings | undefined,
  body: JsonObject,
  more: Partial<ProviderSettings> = {},
  protocol: ProtocolId = 'chat',
) {
  const endpoints = [protocol]
  const provider = providerOf({ type: 'compatible', endpoints, ...(model ? { models: { m: model } } : {}), ...more })
  return patched(provider, 'm', protocol, body)
}

describe('sampling defaults (PROV-26)', () => {
  const own = { temperature: 0.7, topP: 0.9, topK: 20 }

  it('fill what the request leaves open', () => {
    const { body, changes } = send(own, { messages: [hello], temperature: 0 })
    expect(body).toEqual({ messages: [hello], temperature: 0, top_p: 0.9, top_k: 20 })
    expect(changes).toContain('sampling-defaults')
  })

  it.each([
    ['compatible', 'chat', true],
    ['compatible', 'responses', false],
    ['openai', 'chat', false],
    ['anthropic', 'messages', true],
  ] as const)('of %s in %s have a top_k: %s', (type, protocol, has) => {
    expect('top_k' in send(own, {}, { type }, protocol).body).toBe(has)
  })

  it('are for the models that they were set for', () => {
    const provider = providerOf({ type: 'compatible', models: { other: own } })
    expect(patched(provider, 'm', 'chat', { messages: [hello] }).body).toEqual({ messages: [hello] })
  })
})

describe('extraBody (PROV-27, PROV-28)', () => {
  it('adds members, and the request wins', () => {
    const { body } = send({ extraBody: { preserve_thinking: true, seed: 1 } }, { seed: 2 })
    expect(body).toEqual({ preserve_thinking: true, seed: 2 })
  })

  it('beats the thinking budget of the request, and that alone', () => {
    const { body } = send({ extraBody: { thinking_budget: 500 } }, { thinking_budget: 9000, enable_thinking: true })
    expect(body).toEqual({ thinking_budget: 500, enable_thinking: true })
  })
})

describe('contextCache (PROV-29, C-32)', () => {
  const system = (text: string): JsonObject => ({ role: 'system', content: text })
  const marked = (role: string, text: string) => ({
    role,
    content: [{ type: 'text', text, cache_control: mark }],
  })
  const dashscope = { baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1' }

  it('marks the first two system messages and the last two others', () => {
    const messages = [
      system('a'),
      system('b'),
      system('c'),
      hello,
      { role: 'assistant', content: 'x' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
      },
      { role: 'tool', tool_call_id: '1', content: 'result' },
    ]
    expect(send({ contextCache: true }, { messages }).body['messages']).toEqual([
      marked('system', 'a'),
      marked('system', 'b'),
      system('c'),
      hello,
      { role: 'assistant', content: 'x' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two', cache_control: mark },
        ],
      },
      { ...marked('tool', 'result'), tool_call_id: '1' },
    ])
  })

  it('marks one message of one', () => {
    expect(send({ contextCache: true }, { messages: [hello] }).body['messages']).toEqual([marked('user', 'hello')])
  })

  it.each([
    ['at DashScope where nothing is said', undefined, dashscope, true],
    ['at DashScope where it is switched off', { contextCache: false }, dashscope, false],
    ['elsewhere where nothing is said', undefined, {}, false],
    ['elsewhere where it is switched on', { contextCache: true }, {}, true],
  ] as const)('%s', (_where, model, more, isMarked) => {
    const { body } = send(model, { messages: [hello] }, more)
    expect(JSON.stringify(body).includes('cache_control')).toBe(isMarked)
  })

  it('is for Claude at OpenRouter, whose marks go on to Anthropic', () => {
    const at = (model: string, more: object = {}) => {
      const openrouter = providerOf({ type: 'compatible', baseUrl: 'https://openrouter.ai/api/v1', ...more })
      return JSON.stringify(patched(openrouter, model, 'chat', { messages: [hello] }).body).includes('cache_control')
    }
    expect(at('anthropic/claude-sonnet-4.6')).toBe(true)
    expect(at('openai/gpt-5.4')).toBe(false)
    expect(at('anthropic/claude-sonnet-4.6', { cacheBreakpoints: false })).toBe(false)
    expect(
      at('anthropic/claude-sonnet-4.6', { models: { 'anthropic/claude-sonnet-4.6': { contextCache: false } } }),
    ).toBe(false)
  })

  it('leaves turns without text alone, and marks that the client set itself', () => {
    const calls = { role: 'assistant', content: null, tool_calls: [{ id: '1' }] }
    expect(send({ contextCache: true }, { messages: [calls] }).body).toEqual({ messages: [calls] })
    const own = [marked('user', 'mine'), hello]
    expect(send({ contextCache: true }, { messages: own }).body).toEqual({ messages: own })
  })
})

describe('supportPdf and toolContentSupportType (PROV-30)', () => {
  const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } }
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }
  const text = (words: string): JsonObject => ({ type: 'text', text: words })
  const result = (...content: JsonObject[]): JsonObject => ({ role: 'tool', tool_call_id: 'c1', content })
  const attached = text('Attached to the result of tool call c1:')
  const notice = expect.stringContaining('a.pdf was attached, but this model cannot read documents')

  it('a document is a notice by default, and that is told', () => {
    const { body, losses } = send(undefined, { messages: [{ role: 'user', content: [text('see'), pdf] }] })
    expect(body['messages']).toEqual([{ role: 'user', content: [text('see'), { type: 'text', text: notice }] }])
    expect(losses).toMatchObject([{ path: 'messages[0]' }])
  })

  it('a document stays a file part where the model takes it', () => {
    const messages = [{ role: 'user', content: [pdf] }]
    expect(send({ supportPdf: true }, { messages }).body).toEqual({ messages })
  })

  it.each([
    ['messages', 'messages', { type: 'document', title: 'a.pdf', source: {} }],
    ['responses', 'input', { type: 'input_file', filename: 'a.pdf', file_data: 'AA==' }],
  ] as const)('in %s a document is a notice where the owner says so, and only there', (protocol, list, document) => {
    const body = { [list]: [{ role: 'user', content: [document] }] }
    expect(send({}, body, {}, protocol).body).toEqual(body)
    const { body: sent, losses } = send({ supportPdf: false }, body, {}, protocol)
    expect(sent[list]).toEqual([{ role: 'user', content: [{ type: expect.stringContaining('text'), text: notice }] }])
    expect(losses).toHaveLength(1)
  })

  it.each<[string, ModelSettings, JsonObject[], unknown, unknown[]]>([
    ['nothing: a string', {}, [text('a'), text('b')], 'a\n\nb', []],
    ['nothing: images move', {}, [text('a'), image], 'a', [{ role: 'user', content: [attached, image] }]],
    ['an array', { toolContentSupportType: ['array'] }, [text('a'), text('b')], [text('a'), text('b')], []],
    ['images', { toolContentSupportType: ['array', 'image'] }, [text('a'), image], [text('a'), image], []],
    ['no documents: a notice', {}, [pdf], notice, []],
    [
      'documents elsewhere only: they move',
      { supportPdf: true },
      [text('a'), pdf],
      'a',
      [{ role: 'user', content: [attached, pdf] }],
    ],
    [
      'documents',
      { supportPdf: true, toolContentSupportType: ['array', 'pdf'] },
      [text('a'), pdf],
      [text('a'), pdf],
      [],
    ],
    [
      'no text is left',
      { supportPdf: true },
      [pdf],
      'The result is attached in the next user message.',
      [{ role: 'user', content: [attached, pdf] }],
    ],
  ])('a tool result holds %s', (_what, model, parts, content, after) => {
    const { body } = send(model, { messages: [result(...parts), hello] })
    expect(body['messages']).toEqual([{ role: 'tool', tool_call_id: 'c1', content }, ...after, hello])
  })

  it('moves what results of one round cannot hold behind the last of them', () => {
    const second = { role: 'tool', tool_call_id: 'c2', content: 'done' }
    const { body } = send(undefined, { messages: [result(image), second, hello] })
    const roles = (body['messages'] as JsonObject[]).map((message) => message['role'])
    expect(roles).toEqual(['tool', 'tool', 'user', 'user'])
  })
})

it('names what it means at the upstream, and the protocols of one model', () => {
  const models = { nice: { wireModel: 'org/real-7b', endpoints: ['responses'] as const } }
  const provider = providerOf({ type: 'compatible', endpoints: ['chat'], models })
  expect(targetOf(provider, 'nice', 'responses').model).toBe('org/real-7b')
  expect(() => targetOf(provider, 'nice', 'chat')).toThrow()
  expect(targetOf(provider, 'other', 'chat').model).toBe('other')
})

it.each(['constructor', '__proto__', 'toString'])(
  'a model that a client calls %s has no settings of its own',
  (name) => {
    expect(ownSettings({ models: { m: { topK: 1 } } }, name)).toBeUndefined()
  },
)
