import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { isObject, type JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt, Tool, Turn } from '../core/prompt.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { readRequest } from './read-request.ts'
import { writeRequest } from './write-request.ts'

const schema: unknown = JSON.parse(
  readFileSync(new URL('../../../../fixtures/schemas/lenient/openai.responses.request.json', import.meta.url), 'utf8'),
)
if (!isObject(schema)) throw new Error('no schema')
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)

interface Written {
  readonly body: JsonObject
  readonly lost: readonly string[]
}

/** What a prompt from elsewhere becomes; always within the schema. */
function write(prompt: Partial<Prompt>, traits: Partial<Traits> = {}): Written {
  const losses: Loss[] = []
  const whole: Prompt = { model: 'm', turns: [], tools: [], sampling: {}, stream: false, ...prompt }
  const body = writeRequest(whole, { ...plainTraits, ...traits }, (loss) => losses.push(loss))
  // The schema asks for the id of a reasoning item, which the API does without when there is encrypted content.
  const items = Array.isArray(body['input']) ? body['input'] : []
  validate({ ...body, input: items.filter((item: JsonObject) => item['type'] !== 'reasoning') })
  expect(validate.errors ?? []).toEqual([])
  return { body, lost: losses.map((loss) => loss.path) }
}

function input(turns: readonly Turn[], traits?: Partial<Traits>): JsonObject[string] {
  return write({ turns }, traits).body['input']
}

const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts })
const assistant = (...parts: readonly Part[]): Turn => ({ role: 'assistant', parts })
const text = (words: string): Part => ({ kind: 'text', text: words })

describe('prompts of other protocols as Responses requests', () => {
  it('join the leading instructions and keep other system turns as items', () => {
    const { body } = write({
      turns: [
        { role: 'system', level: 'instructions', parts: [text('One'), text('Two')] },
        { role: 'system', level: 'developer', parts: [text('Dev')] },
        { role: 'system', parts: [text('Sys')] },
        user(text('Hi')),
      ],
    })
    expect(body['instructions']).toBe('One\n\nTwo')
    expect(body['input']).toEqual([
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Dev' }] },
      { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Sys' }] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    ])
  })

  it('give each call, result and message an item of its own, in order', () => {
    const seal = { issuer: '', protocol: 'responses', id: 'rs_1', data: 'sealed' } as const
    const foreign = { issuer: '', protocol: 'messages', data: 'signature' } as const
    const items = input([
      assistant(
        { kind: 'reasoning', text: 'Hm', form: 'full', seal },
        { kind: 'reasoning', text: 'Secret', form: 'full', seal: foreign },
        text('Look'),
        { kind: 'tool-call', id: 'a', name: 'f', input: '', form: 'json' },
        { kind: 'tool-call', id: 'b', name: 'p', namespace: 'n', input: 'raw', form: 'text' },
      ),
      user(
        { kind: 'tool-result', id: 'a', content: [text('1'), text('2')], failed: false, form: 'json' },
        { kind: 'tool-result', id: 'b', content: [], failed: false, form: 'text' },
        text(''),
        text('Go on'),
      ),
    ])
    expect(items).toEqual([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'sealed' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Look', annotations: [] }] },
      { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
      { type: 'custom_tool_call', call_id: 'b', name: 'p', namespace: 'n', input: 'raw' },
      { type: 'function_call_output', call_id: 'a', output: '1\n2' },
      { type: 'custom_tool_call_output', call_id: 'b', output: '' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go on' }] },
    ])
  })

  it('carry media, in results only where the target takes it', () => {
    const image: Part = { kind: 'media', mediaType: 'image/png', source: { base64: 'AA==' }, detail: 'low' }
    const wire = { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' }
    const result = (id: string): Part => ({ kind: 'tool-result', id, content: [image], failed: false, form: 'json' })
    const turns = [user(result('a')), user(result('b')), user(text('So?'))]
    expect(input(turns)).toMatchObject([{ output: [wire] }, { output: [wire] }, { role: 'user' }])
    expect(input(turns, { toolResultMedia: false })).toMatchObject([
      { call_id: 'a', output: 'The output is attached to the next message.' },
      { call_id: 'b' },
      {
        role: 'user',
        content: [
          { text: 'Attached to the result of tool call a:' },
          wire,
          { text: 'Attached to the result of tool call b:' },
          wire,
        ],
      },
      { role: 'user', content: [{ text: 'So?' }] },
    ])
    const pdf: Part = { kind: 'media', mediaType: 'application/pdf', source: { base64: 'JVBERi0=' } }
    expect(input([user(pdf)])).toMatchObject([
      {
        content: [{ type: 'input_file', filename: 'document.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }],
      },
    ])
    expect(write({ turns: [user(pdf)] }, { documents: false }).lost).toEqual(['turns[0].parts[0]'])
  })

  it('name a file so that the API knows what it holds', () => {
    const named = (mediaType: string, name?: string): unknown => {
      const part: Part = {
        kind: 'media',
        mediaType,
        source: { base64: 'AAAA' },
        ...(name === undefined ? {} : { name }),
      }
      return input([user(part)])
    }
    expect(named('application/pdf', 'Q3 report')).toMatchObject([{ content: [{ filename: 'Q3 report.pdf' }] }])
    expect(named('application/pdf', 'a.PDF')).toMatchObject([{ content: [{ filename: 'a.PDF' }] }])
    expect(named('text/csv')).toMatchObject([{ content: [{ filename: 'document.csv' }] }])
    expect(named('application/x-unknown', 'b')).toMatchObject([{ content: [{ filename: 'b' }] }])
  })

  it('ask for sealed reasoning also where the answer is stored, since their clients cannot refer to it', () => {
    expect(write({ store: true }).body).toMatchObject({ store: true, include: ['reasoning.encrypted_content'] })
  })

  it('say what the protocol leaves unsaid elsewhere', () => {
    const tool: Tool = { kind: 'function', name: 'f' }
    const { body } = write({
      turns: [user(text('Hi'))],
      tools: [tool],
      toolChoice: { mode: 'tool', name: 'f', form: 'json' },
    })
    expect(body).toMatchObject({
      store: false,
      include: ['reasoning.encrypted_content'],
      tools: [{ type: 'function', name: 'f', strict: false, parameters: { type: 'object', properties: {} } }],
      tool_choice: { type: 'function', name: 'f' },
    })
    expect(write({ maxTokens: 1 })).toMatchObject({ body: { max_output_tokens: 16 }, lost: ['max_tokens'] })
    expect(write({}, { reasoning: { efforts: [], adaptive: false } }).body['include']).toBeUndefined()
    expect(write({ toolChoice: { mode: 'required' } }).body['tool_choice']).toBeUndefined()
  })

  it('report each parameter without a home', () => {
    const { body, lost } = write({
      sampling: { temperature: 1, topP: 0.5, topK: 5, seed: 7, stop: ['x'], frequencyPenalty: 1, presencePenalty: 1 },
      choices: 2,
      serviceTier: 'on_demand',
      extras: {
        messages: { container: 'c', stream: false, output_config: {} },
        chat: { stream_options: {}, logit_bias: { '50256': -100 } },
      },
    })
    expect(body).toMatchObject({ temperature: 1, top_p: 0.5 })
    expect(lost.toSorted()).toEqual([
      'container',
      'frequency_penalty',
      'logit_bias',
      'n',
      'presence_penalty',
      'seed',
      'service_tier',
      'stop',
      'top_k',
    ])
    const failed: Part = { kind: 'tool-result', id: 'a', content: [text('no')], failed: true, form: 'json' }
    expect(write({ turns: [user(failed)] }).lost).toEqual(['turns[0].parts[0].is_error'])
    const native = { kind: 'native', protocol: 'messages', value: { type: 'server_tool_use' } } as const
    expect(write({ turns: [user(native)], tools: [native] }).lost).toEqual(['tools[0]', 'turns[0].parts[0]'])
  })

  it.each([
    [{ mode: 'budget', budget: 2048 }, undefined, { effort: 'low', summary: 'auto' }, 0],
    [{ mode: 'budget', budget: 16_000 }, undefined, { effort: 'medium', summary: 'auto' }, 0],
    [{ mode: 'budget', budget: 60_000 }, undefined, { effort: 'high', summary: 'auto' }, 0],
    [{ mode: 'budget', budget: 60_000 }, ['low', 'high', 'xhigh'], { effort: 'xhigh', summary: 'auto' }, 0],
    [{ mode: 'adaptive' }, ['low'], { summary: 'auto' }, 0],
    [{ mode: 'adaptive', display: 'omitted' }, ['low'], undefined, 0],
    [{ mode: 'off' }, ['none', 'low'], { effort: 'none' }, 0],
    [{ mode: 'off' }, ['low', 'high'], { effort: 'low' }, 1],
    [{ mode: 'off' }, undefined, undefined, 1],
    [{ effort: 'max' }, ['low', 'medium', 'high'], { effort: 'high' }, 1],
    [{ effort: 'minimal' }, ['none', 'low'], { effort: 'low' }, 1],
    [{ effort: 'high' }, [], undefined, 1],
    [{ effort: 'galactic' }, ['low'], { effort: 'galactic' }, 0],
  ] as const)('ask for reasoning as the model takes it: %j of %j', (reasoning, efforts, expected, losses) => {
    const traits = { reasoning: { adaptive: true, ...(efforts ? { efforts } : {}) } }
    const whole: Prompt = { model: 'm', turns: [], tools: [], sampling: {}, stream: false, reasoning }
    const lost: Loss[] = []
    const body = writeRequest(whole, { ...plainTraits, ...traits }, (loss) => lost.push(loss))
    expect(body['reasoning']).toEqual(expected)
    expect(lost).toHaveLength(losses)
  })

  it('serve web search where the target runs it', () => {
    const search: Tool = {
      kind: 'web-search',
      protocol: 'messages',
      allowedDomains: ['a.example'],
      blockedDomains: ['b.example'],
      maxUses: 3,
      location: { type: 'approximate', city: 'Oslo' },
    }
    const { body, lost } = write({ tools: [search] })
    expect(body['tools']).toEqual([
      {
        type: 'web_search',
        filters: { allowed_domains: ['a.example'] },
        user_location: { type: 'approximate', city: 'Oslo' },
      },
    ])
    expect(lost).toEqual(['tools[0].max_uses', 'tools[0].blocked_domains'])
    expect(write({ tools: [search] }, { hostedTools: false }).lost).toEqual(['tools[0]'])
  })
})

describe('Responses requests', () => {
  const body: JsonObject = {
    model: 'm',
    input: [
      {
        type: 'additional_tools',
        role: 'developer',
        tools: [
          {
            type: 'namespace',
            name: 'functions',
            description: '',
            tools: [
              { type: 'custom', name: 'exec', format: { type: 'text' } },
              { type: 'function', name: 'wait', parameters: { type: 'object' }, strict: false },
            ],
          },
        ],
      },
      { type: 'message', role: 'user', content: 'Hi' },
    ],
  }

  it('offer the tools of an item to other protocols, and write them only there', () => {
    const prompt = readRequest(body)
    expect(prompt.tools.map((tool) => [tool.kind, 'name' in tool ? tool.name : ''])).toEqual([
      ['namespace', 'functions'],
      ['custom', 'exec'],
      ['function', 'wait'],
    ])
    expect(prompt.tools[2]).toMatchObject({ namespace: 'functions', schema: { type: 'object' } })
    expect(writeRequest(prompt, plainTraits, () => {})).toEqual(body)
  })

  it('write the tools of an item with the others where a target has no groups', () => {
    const prompt = readRequest(body)
    const flat = {
      ...prompt,
      tools: [
        {
          kind: 'function',
          name: 'exec',
          extras: prompt.tools[1]?.kind === 'custom' ? (prompt.tools[1].extras ?? {}) : {},
        },
      ],
    } satisfies Prompt
    const written = writeRequest(flat, { ...plainTraits, namespaces: false }, () => {})
    expect(written['tools']).toEqual([{ type: 'function', name: 'exec' }])
    expect(written['input']).toEqual([{ type: 'message', role: 'user', content: 'Hi' }])
  })

  it('read every way to give a file', () => {
    const read = (part: JsonObject): unknown =>
      readRequest({ model: 'm', input: [{ role: 'user', content: [part] }] }).turns[0]?.parts[0]
    expect(read({ type: 'input_file', filename: 'a.pdf', file_data: 'JVBERi0' })).toEqual({
      kind: 'media',
      mediaType: 'application/pdf',
      source: { base64: 'JVBERi0' },
      name: 'a.pdf',
    })
    expect(read({ type: 'input_file', file_url: 'https://a.example/x.csv' })).toMatchObject({ mediaType: 'text/csv' })
    expect(read({ type: 'input_file', file_id: 'file_1' })).toMatchObject({ source: { fileId: 'file_1' } })
    expect(read({ type: 'input_image', image_url: 'data:image/gif;base64,R0', detail: 'high' })).toEqual({
      kind: 'media',
      mediaType: 'image/gif',
      source: { base64: 'R0' },
      detail: 'high',
    })
    expect(read({ type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } })).toMatchObject({
      mediaType: 'audio/wav',
    })
    expect(read({ type: 'input_video', video_url: 'x' })).toMatchObject({ kind: 'native' })
  })

  it.each([
    [{ input: 'x' }, 'model'],
    [{ model: 'm', input: 7 }, 'input'],
    [{ model: 'm', input: ['x'] }, 'input[0]'],
    [{ model: 'm', input: 'x', tools: {} }, 'tools'],
  ])('name the member at fault: %j', (bad, param) => {
    expect(() => readRequest(bad)).toThrow(
      expect.objectContaining({ status: 400, upstream: expect.objectContaining({ param }) }),
    )
  })

  it('leave hosted tools out where the target runs none', () => {
    const prompt = readRequest({
      model: 'm',
      input: 'x',
      tools: [{ type: 'image_generation' }, { type: 'tool_search', execution: 'client' }],
      tool_choice: { type: 'image_generation' },
    })
    const lost: string[] = []
    const written = writeRequest(prompt, { ...plainTraits, hostedTools: false }, (loss) => lost.push(loss.path))
    expect(written['tools']).toEqual([{ type: 'tool_search', execution: 'client' }])
    expect(written['tool_choice']).toBe('auto')
    expect(lost).toEqual(['tools[0]', 'tool_choice'])
    const none = { ...prompt, tools: prompt.tools.slice(0, 1), toolChoice: { mode: 'required' } } satisfies Prompt
    expect(writeRequest(none, { ...plainTraits, hostedTools: false }, () => {})).not.toHaveProperty('tool_choice')
  })
})
