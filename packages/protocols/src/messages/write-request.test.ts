import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asObjects } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'
import { readRequest } from './read-request.ts'
import { assistant, call, result, said, system, tool, user, write } from './written-request.test-support.ts'

describe('turns', () => {
  it('puts leading system text on top, a string when it is one', () => {
    expect(write({ turns: [system('a', 'instructions'), user(said('hi'))] }).body['system']).toBe('a')
    const several = [system('a', 'instructions'), system('b', 'developer'), system('c'), user(said('hi'))]
    expect(write({ turns: several }).body['system']).toEqual(['a', 'b', 'c'].map((text) => ({ type: 'text', text })))
  })

  const middle = [user(said('one')), assistant(call('t')), system('note'), user(said('two'), result('t', said('r')))]

  it('folds a later system turn into the user’s, after the results', () => {
    expect(write({ turns: middle }).body['messages']).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: 'r' },
          { type: 'text', text: '<system-reminder>\nnote\n</system-reminder>' },
          { type: 'text', text: 'two' },
        ],
      },
    ])
  })

  it('keeps it in place where the model takes it, but not between a call and its result', () => {
    const { body } = write({ turns: middle }, { systemTurns: true })
    expect(asObjects(body['messages']).map((message) => message['role'])).toEqual([
      'user',
      'assistant',
      'user',
      'system',
    ])
  })

  it('joins neighbours, drops what is empty, and puts results in the order of their calls', () => {
    const turns = [
      user(said('a')),
      user(said('')),
      user(said('b')),
      assistant(said(' ')),
      assistant(call('1')),
      assistant(call('2')),
      user(result('2')),
      user(said('c')),
      user(result('1', said(''))),
    ]
    expect(write({ turns }).body['messages']).toEqual([
      { role: 'user', content: ['a', 'b'].map((text) => ({ type: 'text', text })) },
      { role: 'assistant', content: ['1', '2'].map((id) => ({ type: 'tool_use', id, name: 'f', input: {} })) },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: '1' },
          { type: 'tool_result', tool_use_id: '2' },
          { type: 'text', text: 'c' },
        ],
      },
    ])
  })

  it('joins turns of any length', () => {
    const long: Turn = { role: 'user', parts: Array.from({ length: 200_000 }, () => said('a')) }
    const { body } = write({ turns: [long, long] })
    expect(asObjects(asObjects(body['messages'])[0]?.['content'])).toHaveLength(400_000)
  })

  it('always alternates, with results first, whatever comes', () => {
    const anyTurn = fc.oneof(
      fc.constantFrom(system('s'), system('d', 'developer'), system('i', 'instructions'), user(said('')), user()),
      fc.constantFrom(user(said('u')), user(result('1', said('r')), said('x')), user(said('x'), result('2'))),
      fc.constantFrom(assistant(said('a')), assistant(call('1'), call('2')), assistant(), assistant(said('\n'))),
    )
    fc.assert(
      fc.property(fc.array(anyTurn, { maxLength: 12 }), (turns) => {
        const messages = asObjects(write({ turns }).body['messages'])
        messages.forEach((message, index) => {
          expect(message['role']).not.toBe(messages[index - 1]?.['role'])
          const types = asObjects(message['content']).map((block) => block['type'])
          const hasCalls = asObjects(messages[index - 1]?.['content']).some((block) => block['type'] === 'tool_use')
          if (hasCalls)
            expect(types.lastIndexOf('tool_result')).toBeLessThan(types.filter((type) => type === 'tool_result').length)
          expect(message['content']).not.toEqual([])
        })
      }),
    )
  })
})

describe('content', () => {
  const media = (mediaType: string, source: (Part & { kind: 'media' })['source'], name?: string): Part => ({
    kind: 'media',
    mediaType,
    source,
    ...(name === undefined ? {} : { name }),
  })

  it.each([
    [
      media('image/png', { base64: 'AA==' }),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } },
    ],
    [media('image/*', { url: 'https://a/' }), { type: 'image', source: { type: 'url', url: 'https://a/' } }],
    [
      media('application/pdf', { base64: 'AA==' }, 'a.pdf'),
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'AA==' } },
    ],
    [
      media('text/markdown', { base64: 'w6kgLT4_' }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'é ->?' } },
    ],
    [media('application/pdf', { fileId: 'file_1' }), { type: 'document', source: { type: 'file', file_id: 'file_1' } }],
  ])('%j has a block', (part, block) => {
    const { body, lost } = write({ turns: [user(part)] })
    expect(asObjects(body['messages'])[0]?.['content']).toEqual([block])
    expect(lost).toEqual([])
  })

  it.each([
    ['image/png', '/9j/4AAQ', 'image/jpeg'],
    ['image/jpg', 'AAAA', 'image/jpeg'],
    ['image/jpeg', 'iVBORw0KGgoAAAA', 'image/png'],
    ['image/png', 'UklGRiIAAABXRUJQVlA4', 'image/webp'],
    ['application/octet-stream', 'R0lGODlhAQAB', 'image/gif'],
    ['application/octet-stream', 'JVBERi0xLjQ', 'application/pdf'],
  ])('calls %s data that begin with %s what they are: %s', (mediaType, data, told) => {
    const { body } = write({ turns: [user(media(mediaType, { base64: data }))] })
    expect(asObjects(asObjects(body['messages'])[0]?.['content'])[0]?.['source']).toMatchObject({ media_type: told })
  })

  it('tells of an image that the API does not take instead of having the request refused', () => {
    const { body, lost } = write({ turns: [user(media('image/bmp', { base64: 'Qk0=' }), said('hi'))] })
    expect(asObjects(body['messages'])[0]?.['content']).toEqual([
      { type: 'text', text: '[An image (image/bmp) was left out: it cannot be read.]' },
      { type: 'text', text: 'hi' },
    ])
    expect(lost).toEqual(['turns[0].parts[0]'])
  })

  it('says what it leaves out', () => {
    const sound = write({ turns: [user(media('audio/wav', { base64: 'AA==' }), said('hi'))] })
    const blocks = [{ text: '[The audio is left out: this model takes none.]' }, { text: 'hi' }]
    expect(sound).toMatchObject({ body: { messages: [{ content: blocks }] }, lost: ['turns[0].parts[0]'] })
    const pdf = write({ turns: [user(media('application/pdf', { base64: 'AA==' }, 'a.pdf'))] }, { documents: false })
    expect(JSON.stringify(pdf.body)).toContain('The document a.pdf (application/pdf) was left out')
    expect(pdf.lost).toEqual(['turns[0].parts[0]'])
    const native: Part = { kind: 'native', protocol: 'responses', value: { type: 'web_search_call' } }
    expect(write({ turns: [user(said('hi')), assistant(native)] }).lost).toEqual(['turns[1].parts[0]'])
    const thought: Part = { kind: 'reasoning', text: 'hm', form: 'summary' }
    expect(write({ turns: [user(said('hi')), assistant(thought)] }).lost).toEqual(['turns[1].parts[0]'])
  })

  it('moves an image out of a result that may hold none', () => {
    const turns = [
      user(said('a')),
      assistant(call('t')),
      user(result('t', media('image/*', { url: 'https://a/' })), said('b')),
    ]
    const [, , last] = asObjects(write({ turns }, { toolResultMedia: false }).body['messages'])
    expect(asObjects(last?.['content']).map((block) => block['type'])).toEqual(['tool_result', 'image', 'text'])
  })

  it.each([
    ['{"a":1}', { a: 1 }, []],
    ['', {}, []],
    ['[1]', { input: [1] }, ['turns[1].parts[0].input']],
    ['{"a"', { input: '{"a"' }, ['turns[1].parts[0].input']],
  ])('sends the arguments %s as %j', (input, sent, losses) => {
    const { body, lost } = write({ turns: [user(said('a')), assistant(call('t', input)), user(result('t'))] })
    expect(asObjects(asObjects(body['messages'])[1]?.['content'])[0]?.['input']).toEqual(sent)
    expect(lost).toEqual(losses)
  })
})

describe('cache breakpoints', () => {
  const turns = [
    { role: 'system', level: 'instructions', parts: [said('s1', true), said('s2', true)] },
    ...['a', 'b', 'c', 'd'].map((text, index): Turn => ({
      role: index % 2 ? 'assistant' : 'user',
      parts: [said(text, true)],
    })),
  ] satisfies Turn[]

  it('are four at most: the last ones, and the last of the system text', () => {
    const { body, lost } = write({ turns, tools: [{ ...tool, cache: { ttl: '1h' } }] })
    expect(lost).toEqual(['tools[0].cache', 'turns[0].parts[0].cache', 'turns[1].parts[0].cache'])
    expect(body['system']).toMatchObject([{ text: 's1' }, { text: 's2', cache_control: { type: 'ephemeral' } }])
    expect(JSON.stringify(body).split('cache_control')).toHaveLength(5)
  })

  it('count the one of the whole request', () => {
    const { body, lost } = write({ turns, cache: { ttl: '1h' } })
    expect(lost).toHaveLength(3)
    expect(body['cache_control']).toEqual({ type: 'ephemeral', ttl: '1h' })
    expect(JSON.stringify(body).split('cache_control')).toHaveLength(5)
  })

  it('are none where the model takes none', () => {
    const { body, lost } = write({ turns, cache: { ttl: '5m' } }, { cacheMarks: 'none' })
    expect(lost).toHaveLength(7)
    expect(JSON.stringify(body)).not.toContain('cache_control')
  })
})

describe('tools', () => {
  it('get a schema that says object, and web search in the API’s own form', () => {
    const { body, lost } = write({
      tools: [
        { kind: 'function', name: 'f' },
        { kind: 'function', name: 'g', schema: { anyOf: [] }, strict: true },
        { kind: 'web-search', protocol: 'responses', allowedDomains: ['a.example'], blockedDomains: ['b.example'] },
        { kind: 'native', protocol: 'responses', value: { type: 'file_search' } },
        { kind: 'native', protocol: 'messages', value: { type: 'bash_20250124', name: 'bash' } },
      ],
    })
    expect(body['tools']).toEqual([
      { name: 'f', input_schema: { type: 'object', properties: {} } },
      { name: 'g', input_schema: { type: 'object', anyOf: [] }, strict: true },
      { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.example'] },
      { type: 'bash_20250124', name: 'bash' },
    ])
    expect(lost).toEqual(['tools[2].blockedDomains', 'tools[3]'])
  })

  it.each([
    [{ mode: 'required' }, undefined, { type: 'any' }, []],
    [{ mode: 'auto' }, false, { type: 'auto', disable_parallel_tool_use: true }, []],
    [undefined, false, { type: 'auto', disable_parallel_tool_use: true }, []],
    [undefined, true, undefined, []],
    [{ mode: 'none' }, false, { type: 'none' }, []],
    [{ mode: 'tool', name: 'f', form: 'json' }, undefined, { type: 'tool', name: 'f' }, []],
    [{ mode: 'tool', name: 'gone', form: 'json' }, undefined, { type: 'auto' }, ['toolChoice']],
    [{ mode: 'allowed', require: true, names: ['f'] }, undefined, { type: 'tool', name: 'f' }, []],
    [{ mode: 'allowed', require: true, names: ['f', 'g'] }, undefined, { type: 'any' }, ['toolChoice.names']],
  ] as const)('choice %j, parallel %s is %j', (toolChoice, parallel, written, losses) => {
    const { body, lost } = write({
      tools: [tool],
      ...(toolChoice ? { toolChoice } : {}),
      ...(parallel === undefined ? {} : { parallelToolCalls: parallel }),
    })
    expect(body['tool_choice']).toEqual(written)
    expect(lost).toEqual(losses)
  })

  it('are not chosen where there are none', () => {
    expect(write({ toolChoice: { mode: 'required' } })).toMatchObject({ lost: ['toolChoice'] })
  })
})

describe('parameters', () => {
  it('asks for the tokens that the client, the model or the API wants', () => {
    expect(write({ maxTokens: 5 }).body['max_tokens']).toBe(5)
    expect(write({}, { maxOutput: 9 }).body['max_tokens']).toBe(9)
    expect(write({}).body['max_tokens']).toBe(32_000)
    expect(write({ maxTokens: 10 }, { maxOutput: 9 })).toMatchObject({ body: { max_tokens: 9 }, lost: ['maxTokens'] })
  })

  it('asks for JSON by schema, or by an instruction', () => {
    const format = { kind: 'schema', name: 'n', schema: { type: 'object' } } as const
    const schema = { type: 'json_schema', schema: { type: 'object' } }
    expect(write({ format })).toMatchObject({ body: { output_config: { format: schema } }, lost: [] })
    const instructed = write({ format, turns: [system('s'), user(said('hi'))] }, { jsonSchema: false })
    expect(instructed.lost).toEqual(['format'])
    expect(asObjects(instructed.body['system']).map((block) => block['text'])).toEqual([
      's',
      expect.stringContaining('"n":\n{"type":"object"}'),
    ])
    expect(write({ format: { kind: 'json' } })).toMatchObject({
      lost: ['format'],
      body: { system: expect.any(String) },
    })
    const older = readRequest({ model: 'm', messages: [], output_format: schema })
    expect(write(older).body).toMatchObject({ output_format: schema })
    expect(write(older).body['output_config']).toBeUndefined()
  })

  it('reports what has no home, and nothing that says nothing', () => {
    const { body, lost } = write({
      sampling: { seed: 1, frequencyPenalty: 0, presencePenalty: 1, temperature: 1.5, stop: ['END', ' '] },
      logprobs: {},
      choices: 2,
      verbosity: 'low',
      store: false,
      cacheKey: 'k',
      metadata: { a: 'b' },
      serviceTier: 'flex',
      safetyId: 'person',
      extras: { responses: { client_metadata: {}, truncation: 'auto' }, chat: { stream_options: {} } },
    })
    expect(lost.toSorted()).toEqual(
      [
        'sampling.temperature',
        'sampling.stop',
        'sampling.seed',
        'sampling.presencePenalty',
        'logprobs',
        'choices',
        'verbosity',
        'metadata',
        'serviceTier',
        'truncation',
      ].toSorted(),
    )
    expect(body).toMatchObject({ temperature: 1, stop_sequences: ['END'], metadata: { user_id: 'person' } })
  })
})
