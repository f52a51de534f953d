import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import { wrapSeal } from '../core/seal.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { readRequest } from './read-request.ts'
import { writeRequest } from './write-request.ts'

const text = (words: string): Part => ({ kind: 'text', text: words })
const call = (id: string, input = '{}'): Part => ({ kind: 'tool-call', id, name: 'read', input, form: 'json' })
const result = (id: string, ...content: Part[]): Part => ({
  kind: 'tool-result',
  id,
  content,
  failed: false,
  form: 'json',
})
const image: Part = { kind: 'media', mediaType: 'image/png', source: { base64: 'AAAA' } }

function prompt(turns: readonly Turn[], more: Partial<Prompt> = {}): Prompt {
  return { model: 'm', turns, tools: [], sampling: {}, stream: false, ...more }
}

function write(given: Prompt, traits: Partial<Traits> = {}): { body: JsonObject; lost: string[] } {
  const losses: Loss[] = []
  const body = writeRequest(given, { ...plainTraits, ...traits }, (loss) => losses.push(loss))
  return { body, lost: losses.map((loss) => loss.path) }
}

const messages = (turns: readonly Turn[], traits: Partial<Traits> = {}): unknown =>
  write(prompt(turns), traits).body['messages']

describe('turns of other protocols', () => {
  it.each([
    ['text/markdown', 'document.md'],
    ['application/pdf', 'document.pdf'],
    ['application/x-unheard', 'document'],
  ])('call a file of %s without a name %s', (mediaType, filename) => {
    const file: Part = { kind: 'media', mediaType, source: { base64: 'AAAA' } }
    expect(messages([{ role: 'user', parts: [file] }])).toEqual([
      { role: 'user', content: [{ type: 'file', file: { file_data: `data:${mediaType};base64,AAAA`, filename } }] },
    ])
  })

  it('join reasoning, text and calls into one assistant message', () => {
    const turns: Turn[] = [
      { role: 'assistant', parts: [{ kind: 'reasoning', text: 'Hm.', form: 'full' }] },
      { role: 'assistant', parts: [text('Look'), text('ing.')] },
      { role: 'assistant', parts: [call('a', '')] },
      { role: 'assistant', parts: [call('b', '{"x":1}')] },
    ]
    expect(messages(turns, { reasoningField: 'reasoning_text' })).toEqual([
      {
        role: 'assistant',
        content: 'Looking.',
        reasoning_text: 'Hm.',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'read', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'read', arguments: '{"x":1}' } },
        ],
      },
    ])
  })

  it('put the results of a round first, in order, and what stood beside them after', () => {
    const turns: Turn[] = [
      { role: 'assistant', parts: [call('a'), call('b')] },
      { role: 'user', parts: [text('And now?'), result('a', text('one'), text('two'))] },
      { role: 'user', parts: [result('b', image)] },
      { role: 'user', parts: [text('Go on.')] },
    ]
    expect(messages(turns, { toolResultMedia: false })).toEqual([
      { role: 'assistant', content: null, tool_calls: [expect.anything(), expect.anything()] },
      { role: 'tool', tool_call_id: 'a', content: 'one\n\ntwo' },
      { role: 'tool', tool_call_id: 'b', content: 'The result is attached in the next user message.' },
      { role: 'user', content: 'And now?' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Attached to the result of tool call b:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
      { role: 'user', content: 'Go on.' },
    ])
  })

  it('keep images in results where the target takes them', () => {
    const turns: Turn[] = [{ role: 'user', parts: [result('b', image)] }]
    expect(messages(turns, { toolResultMedia: true })).toEqual([
      {
        role: 'tool',
        tool_call_id: 'b',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
      },
    ])
  })

  it('join instructions with blank lines, and keep system and developer turns in place', () => {
    const turns: Turn[] = [
      { role: 'system', level: 'instructions', parts: [text('One.'), text('Two.')] },
      { role: 'user', parts: [text('Hi'), text('')] },
      { role: 'system', parts: [text('Now short.')] },
      { role: 'system', level: 'developer', parts: [text('Be kind.')] },
      { role: 'assistant', parts: [text('')] },
    ]
    expect(messages(turns)).toEqual([
      { role: 'system', content: 'One.\n\nTwo.' },
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'Now short.' },
      { role: 'developer', content: 'Be kind.' },
    ])
  })

  it('carry cache marks on parts, on messages, or not at all', () => {
    const turns: Turn[] = [{ role: 'user', parts: [{ kind: 'text', text: 'Hi', cache: { ttl: '5m' } }] }]
    const mark = { type: 'ephemeral' }
    expect(messages(turns)).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: mark }] }])
    expect(messages(turns, { cacheMarks: 'messages' })).toEqual([{ role: 'user', content: 'Hi', cache_control: mark }])
    expect(messages(turns, { cacheMarks: 'none' })).toEqual([{ role: 'user', content: 'Hi' }])
  })
})

describe('what Chat Completions cannot say', () => {
  it('is reported', () => {
    const { body, lost } = write(
      prompt(
        [
          {
            role: 'user',
            parts: [
              { kind: 'media', mediaType: 'application/pdf', source: { base64: 'AA' } },
              { kind: 'media', mediaType: 'application/pdf', source: { url: 'https://x.test/a.pdf' } },
              { kind: 'native', protocol: 'messages', value: { type: 'container_upload' } },
            ],
          },
        ],
        {
          tools: [{ kind: 'web-search', protocol: 'messages' }],
          toolChoice: { mode: 'tool', name: 'web_search', form: 'json' },
          sampling: { topK: 3, stop: ['1', '2', '3', '4', '5'] },
          extras: {
            messages: { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } },
            responses: { client_metadata: {}, background: false },
          },
        },
      ),
      { documents: false, hostedTools: false },
    )
    expect(lost.sort()).toEqual(
      [
        'turns[0].parts[0]',
        'turns[0].parts[1]',
        'turns[0].parts[2]',
        'tools[0]',
        'toolChoice',
        'sampling.topK',
        'sampling.stop',
        'context_management',
      ].sort(),
    )
    expect(body['tool_choice']).toBeUndefined()
    expect(JSON.stringify(body['messages'])).toContain('https://x.test/a.pdf')
  })
})

describe('reasoning', () => {
  it.each([
    [{ effort: 'xhigh' }, ['low', 'medium', 'high'], 'high'],
    [{ effort: 'minimal' }, ['low', 'high'], 'low'],
    [{ mode: 'budget', budget: 10_000 }, undefined, 'medium'],
    [{ mode: 'budget', budget: 30_000 }, ['low', 'medium'], 'medium'],
    [{ mode: 'off' }, ['none', 'low'], 'none'],
    [{ mode: 'off' }, ['low'], undefined],
    [{ mode: 'adaptive' }, ['low'], undefined],
  ] as const)('%o among %o is %s', (reasoning, efforts, effort) => {
    const traits = { reasoning: { adaptive: false, ...(efforts ? { efforts } : {}) } }
    expect(write(prompt([], { reasoning }), traits).body['reasoning_effort']).toBe(effort)
  })

  it('goes back to its issuer as it came, several seals in one slot', () => {
    const wrap = (data: string): string => wrapSeal({ issuer: 'me', protocol: 'chat', data })
    const opaque = `${wrap('one')}\n${wrap('[{"type":"reasoning.encrypted","data":"two"}]')}`
    const history = readRequest({
      model: 'm',
      messages: [{ role: 'assistant', content: 'Yes.', reasoning_opaque: opaque }],
    })
    expect(write(history).body['messages']).toEqual([
      {
        role: 'assistant',
        content: 'Yes.',
        reasoning_opaque: 'one',
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'two' }],
      },
    ])
  })
})

describe('a schema', () => {
  const format = { kind: 'schema', schema: { type: 'object' } } as const
  it('gets a name where it has none', () => {
    expect(write(prompt([], { format })).body['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'response', schema: { type: 'object' } },
    })
  })

  it('is asked for in words where the model takes none', () => {
    const { body, lost } = write(prompt([{ role: 'user', parts: [text('Hi')] }], { format }), { jsonSchema: false })
    expect(body['response_format']).toEqual({ type: 'json_object' })
    expect(JSON.stringify(body['messages'])).toContain('JSON Schema')
    expect(lost).toEqual(['format'])
  })
})

describe('dialects', () => {
  it.each<[string, JsonObject]>([
    [
      'functions of 2023',
      {
        messages: [
          { role: 'user', content: 'Hi' },
          { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
          { role: 'function', name: 'f', content: 'done' },
        ],
        functions: [{ name: 'f', parameters: {} }],
        function_call: { name: 'f' },
      },
    ],
    [
      'a custom tool with a grammar',
      {
        messages: [{ role: 'user', content: 'Hi' }],
        tools: [
          {
            type: 'custom',
            custom: { name: 'c', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
          },
        ],
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'custom', custom: { name: 'c' } }] },
        },
      },
    ],
    [
      'thinking of compatible servers',
      {
        messages: [{ role: 'user', content: 'Hi' }],
        thinking: { type: 'enabled', budget_tokens: 9 },
        enable_thinking: true,
        top_k: 4,
      },
    ],
    [
      'marks and notes of a dialect',
      {
        messages: [
          { role: 'system', content: 'S', some_cache_control: { type: 'ephemeral' } },
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA', media_type: 'image/png' } }],
          },
          { role: 'latest_reminder', content: 'x' },
        ],
        max_completion_tokens: 5,
        snippy: { enabled: false },
      },
    ],
  ])('%s come back as they were', (_name, members) => {
    const body = { model: 'm', ...members }
    const { body: written, lost } = write(readRequest(body))
    expect(written).toEqual(body)
    expect(lost).toEqual([])
  })

  it('takes flat and nested tools in one list', () => {
    const { tools } = readRequest({
      model: 'm',
      messages: [],
      tools: [
        { type: 'function', name: 'flat', parameters: {} },
        { type: 'function', function: { name: 'nested' } },
      ],
    })
    expect(tools.map((tool) => tool.kind === 'function' && tool.name)).toEqual(['flat', 'nested'])
  })

  it('follows a changed word instead of what the client said', () => {
    const read = readRequest({
      model: 'm',
      messages: [],
      tool_choice: 'any',
      tools: [{ type: 'function', function: { name: 'f' } }],
      max_tokens: 9,
    })
    const { body } = write(
      { ...read, toolChoice: { mode: 'none' }, maxTokens: 5 },
      { maxTokensField: 'max_completion_tokens' },
    )
    expect(body).toMatchObject({ tool_choice: 'none', max_completion_tokens: 5 })
    expect(body['max_tokens']).toBeUndefined()
  })
})

it.each<[JsonObject, string]>([
  [{ messages: [] }, 'model'],
  [{ model: 'm' }, 'messages'],
  [{ model: 'm', input: 'Hi' }, 'messages'],
  [{ model: 'm', messages: [{ content: 'Hi' }] }, 'messages[0].role'],
  [{ model: 'm', messages: [{ role: 'user', content: 5 }] }, 'messages[0].content'],
  [{ model: 'm', messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
  [
    { model: 'm', messages: [{ role: 'assistant', tool_calls: [{ id: 'a' }] }] },
    'messages[0].tool_calls[0].function.name',
  ],
  [{ model: 'm', messages: [], tools: [{ type: 'function' }] }, 'tools[0].name'],
])('refuses %j, naming the member', (body, path) => {
  expect(() => readRequest(body)).toThrow(`Invalid '${path}'`)
})

it('tells once that thoughts of earlier turns go nowhere where there is no member for them', () => {
  const thought: Turn = { role: 'assistant', parts: [{ kind: 'reasoning', text: 'Hm.', form: 'full' }, text('Yes.')] }
  const asked: Turn = { role: 'user', parts: [text('And?')] }
  const { body, lost } = write(prompt([asked, thought, asked, thought, asked]), { reasoningField: 'none' })
  expect(JSON.stringify(body)).not.toContain('Hm.')
  expect(lost).toEqual(['reasoning'])
})
