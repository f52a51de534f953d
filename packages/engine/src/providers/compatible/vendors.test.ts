import type { JsonObject } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { patched, providerOf, targetOf } from '../keyed.test-support.ts'

const at = (baseUrl: string) => providerOf({ type: 'compatible', baseUrl, apiKey: 'k' })
const deepSeek = at('https://api.deepseek.com/v1')
const moonshot = at('https://api.moonshot.ai/v1')
const gemini = at('https://generativelanguage.googleapis.com/v1beta/openai')

const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }
const asks: JsonObject = { role: 'user', content: 'Look' }
const said: JsonObject = { role: 'assistant', content: 'Hi' }
const called: JsonObject = { role: 'assistant', content: null, tool_calls: [call, { ...call, id: 'c2' }] }
const thought: JsonObject = { ...called, reasoning_content: 'Hm' }
const result: JsonObject = { role: 'tool', tool_call_id: 'c1', content: 'seen' }
const messages = [asks, said, asks, called, result, thought, result]

/** The messages that go out, and the names of what changed them. */
function sent(provider: ReturnType<typeof at>, body: JsonObject, model = 'm') {
  const { body: out, changes } = patched(provider, model, 'chat', { messages, ...body })
  return { messages: out['messages'], changes }
}

it('only OpenRouter searches the web by a tool of its own', () => {
  const searchesBy = (baseUrl: string) => targetOf(at(baseUrl), 'm', 'chat').traits.searchTool
  expect(searchesBy('https://openrouter.ai/api/v1')).toBe('openrouter:web_search')
  expect(searchesBy('http://127.0.0.1:8000/v1')).toBeUndefined()
})

it.each([
  ['qwen-plus', false],
  ['qwen3.6-plus', false],
  ['qwen3-32b', false],
  ['qwen3.8-max', true],
  ['qwen3-235b-a22b-thinking-2507', true],
  ['glm-5.2', true],
])('JSON of %s at DashScope goes with thinking: %s', (model, thinks) => {
  const dashScope = at('https://dashscope.aliyuncs.com/compatible-mode/v1')
  const json = { enable_thinking: true, response_format: { type: 'json_object' }, stream: true, messages: [asks] }
  const { body, losses } = patched(dashScope, model, 'chat', { model, ...json })
  expect(body['enable_thinking']).toBe(thinks)
  expect(losses).toHaveLength(thinks ? 0 : 1)
})

it.each([
  ['qwen3.6-plus', false],
  ['qwen3-32b', false],
  ['qwen-plus', undefined],
  ['qwen3.8-max', undefined],
])('JSON of %s at DashScope, which says nothing of thinking, says %s of it', (model, said) => {
  const dashScope = at('https://dashscope.aliyuncs.com/compatible-mode/v1')
  const json = { response_format: { type: 'json_object' }, messages: [asks] }
  const { body, losses } = patched(dashScope, model, 'chat', { model, ...json })
  expect(body['enable_thinking']).toBe(said)
  expect(losses).toEqual([])
})

describe('the member for reasoning in history', () => {
  it.each([
    ['https://api.groq.com/openai/v1', 'reasoning'],
    ['https://api.cerebras.ai/v1', 'reasoning'],
    ['https://openrouter.ai/api/v1', 'reasoning'],
    ['https://api.mistral.ai/v1', 'none'],
    ['https://generativelanguage.googleapis.com/v1beta/openai', 'none'],
    ['https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi', 'none'],
    ['https://api.deepseek.com/v1', 'reasoning_content'],
    ['https://notopenrouter.ai/api/v1', 'reasoning_content'],
    ['http://127.0.0.1:8000/v1', 'reasoning_content'],
  ] as const)('at %s is %s', (baseUrl, member) => {
    expect(targetOf(at(baseUrl), 'm', 'chat').traits.reasoningField).toBe(member)
  })

  it('is that of the vendor also where its owner calls it openai', () => {
    const provider = providerOf({ type: 'openai', baseUrl: 'https://api.groq.com/openai/v1' })
    expect(targetOf(provider, 'm', 'chat').traits.reasoningField).toBe('reasoning')
    expect(targetOf(providerOf({ type: 'openai' }), 'm', 'chat').traits.reasoningField).toBe('none')
  })

  it('takes the place of the one that a client of another vendor used', () => {
    const groq = sent(at('https://api.groq.com/openai/v1'), { messages: [asks, thought, result] })
    const { reasoning_content: words, ...rest } = thought
    expect(groq.messages).toEqual([asks, { ...rest, reasoning: words }, result])
    expect(groq.changes).toContain('reasoning-member')
    const other = sent(at('http://127.0.0.1:8000/v1'), { messages: [asks, { ...said, reasoning: 'Hm' }, asks] })
    expect(other.messages).toEqual([asks, { ...said, reasoning: 'Hm' }, asks])
  })
})

describe('reasoning that a vendor wants back and that is not there', () => {
  it('is empty at DeepSeek, in all of the messages', () => {
    expect(sent(deepSeek, {}).messages).toEqual([
      asks,
      { ...said, reasoning_content: '' },
      asks,
      { ...called, reasoning_content: '' },
      result,
      thought,
      result,
    ])
  })

  it('is a space at Moonshot, beside calls', () => {
    const empty = { ...called, reasoning_content: '' }
    expect(sent(moonshot, { messages: [...messages, empty] }).messages).toEqual([
      asks,
      said,
      asks,
      { ...called, reasoning_content: ' ' },
      result,
      thought,
      result,
      { ...called, reasoning_content: ' ' },
    ])
  })

  it('is left out where thinking is off, and at other vendors', () => {
    expect(sent(deepSeek, { thinking: { type: 'disabled' } }).messages).toEqual(messages)
    expect(sent(at('http://127.0.0.1:8000/v1'), {}).messages).toEqual(messages)
  })
})

describe('signatures of calls', () => {
  const signed = { ...call, extra_content: { google: { thought_signature: 'skip_thought_signature_validator' } } }

  it('of models before are stood in for at Gemini 3, in the first call of each message', () => {
    const { messages: out, changes } = sent(gemini, { messages: [asks, called, result] }, 'gemini-3.1-pro-preview')
    expect(out).toEqual([asks, { ...called, tool_calls: [signed, { ...call, id: 'c2' }] }, result])
    expect(changes).toContain('gemini-signatures')
  })

  it('of its own stay, and older models want none', () => {
    const own = { ...call, extra_content: { google: { thought_signature: 'c2ln' } } }
    const kept = [asks, { ...called, tool_calls: [own] }, result]
    expect(sent(gemini, { messages: kept }, 'models/gemini-3-flash').messages).toEqual(kept)
    expect(sent(gemini, { messages: [asks, called, result] }, 'gemini-2.5-pro').messages).toEqual([
      asks,
      called,
      result,
    ])
  })
})

describe('the switch for thinking', () => {
  it.each(['https://api.deepseek.com/v1', 'https://api.moonshot.cn/v1', 'https://api.z.ai/api/paas/v4'])(
    'is a member of its own at %s',
    (baseUrl) => {
      expect(targetOf(at(baseUrl), 'm', 'chat').traits.reasoning.member).toBe('thinking')
    },
  )

  it('is none elsewhere', () => {
    expect(targetOf(at('https://api.groq.com/openai/v1'), 'm', 'chat').traits.reasoning.member).toBeUndefined()
  })
})

describe('a call that is forced', () => {
  const forced = { messages: [asks], tools: [{ type: 'function', function: { name: 'look' } }] }
  const named = { type: 'function', function: { name: 'look' } }

  it.each([
    ['https://api.deepseek.com/v1', 'required'],
    ['https://api.moonshot.cn/v1', named],
  ])('switches thinking off at %s, where it is on unasked', (baseUrl, tool_choice) => {
    const { body, losses } = patched(at(baseUrl), 'm', 'chat', { ...forced, tool_choice })
    expect(body).toMatchObject({ tool_choice, thinking: { type: 'disabled' } })
    expect(losses).toEqual([])
    const asked = patched(at(baseUrl), 'm', 'chat', { ...forced, tool_choice, reasoning_effort: 'high' })
    expect(asked.body).not.toHaveProperty('reasoning_effort')
    expect(asked.losses.map(({ path }) => path)).toEqual(['reasoning'])
  })

  it('leaves a free choice, and other vendors, as they are', () => {
    expect(patched(deepSeek, 'm', 'chat', { ...forced, tool_choice: 'auto' }).body).not.toHaveProperty('thinking')
    const other = patched(at('http://127.0.0.1:8000/v1'), 'm', 'chat', { ...forced, tool_choice: 'required' })
    expect(other.body).not.toHaveProperty('thinking')
  })

  it('switches thinking off at DashScope, where it was switched on', () => {
    const dashScope = at('https://dashscope.aliyuncs.com/compatible-mode/v1')
    const on = { ...forced, tool_choice: 'required', enable_thinking: true, thinking_budget: 99 }
    const { body, losses } = patched(dashScope, 'm', 'chat', on)
    expect(body).toMatchObject({ enable_thinking: false })
    expect(body).not.toHaveProperty('thinking_budget')
    expect(losses.map(({ path }) => path)).toEqual(['reasoning'])
    const unsaid = patched(dashScope, 'm', 'chat', { ...forced, tool_choice: 'required' })
    expect(unsaid.body).not.toHaveProperty('enable_thinking')
  })
})

describe('turns at Mistral', () => {
  const mistral = at('https://api.mistral.ai/v1')
  const own = { ...call, id: 'aB3dE6gH9' }

  it('have ids of nine letters and digits, the same for a call and its result', () => {
    const { messages: out, changes } = sent(mistral, { messages: [asks, called, result, said, asks] })
    const text = JSON.stringify(out)
    const ids = [...text.matchAll(/"(?:tool_call_id|id)":"([^"]*)"/g)].map(([, id]) => id)
    expect(ids).toHaveLength(3)
    expect(ids.every((id) => /^[A-Za-z0-9]{9}$/.test(id ?? ''))).toBe(true)
    expect(ids[2]).toBe(ids[0])
    expect(changes).toContain('mistral-turns')
  })

  it('have a word of the assistant between results and the user', () => {
    const conversation = [asks, { ...called, tool_calls: [own] }, { ...result, tool_call_id: own.id }]
    expect(sent(mistral, { messages: [...conversation, asks] }).messages).toEqual([
      ...conversation,
      { role: 'assistant', content: 'Done.' },
      asks,
    ])
    expect(sent(mistral, { messages: conversation }).messages).toBe(conversation)
  })

  it('mark an answer that is to be gone on with', () => {
    expect(sent(mistral, { messages: [asks, said] }).messages).toEqual([asks, { ...said, prefix: true }])
    const marked = [asks, { ...said, prefix: false }]
    expect(sent(mistral, { messages: marked }).messages).toEqual(marked)
    expect(targetOf(mistral, 'm', 'chat').traits.continues).toBe(true)
    expect(targetOf(deepSeek, 'm', 'chat').traits.continues).toBeUndefined()
  })
})

describe('the limit of the output', () => {
  it.each(['https://api.mistral.ai/v1', 'https://api.deepseek.com', 'https://api.z.ai/api/paas/v4'])(
    'goes by its older name to %s, which knows no other',
    (baseUrl) => {
      const { body } = patched(at(baseUrl), 'm', 'chat', { messages: [asks], max_completion_tokens: 9 })
      expect(body).toMatchObject({ max_tokens: 9 })
      expect(body).not.toHaveProperty('max_completion_tokens')
    },
  )

  it('goes by the name that the client gave it to a server of which nothing is known', () => {
    const { body } = patched(at('http://127.0.0.1:8000/v1'), 'm', 'chat', {
      messages: [asks],
      max_completion_tokens: 9,
    })
    expect(body).toMatchObject({ max_completion_tokens: 9 })
  })
})
