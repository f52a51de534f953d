import { describe, expect, it } from 'vitest'
import { GatewayError, type JsonObject } from '@crossfeed/protocols'
import { chatRequestPatches } from './chat.ts'
import { envelope, models, patched } from './target.test-support.ts'

const hello = { role: 'user', content: 'Hello' }

function chat(body: JsonObject, model = models.gpt52): ReturnType<typeof patched> {
  return patched(chatRequestPatches, { messages: [hello], ...body }, model)
}

describe('chat requests', () => {
  it('hold the images that a tool returned in a message of the user', () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
    const messages = [hello, { role: 'tool', tool_call_id: 'a', content: [image] }]
    expect(chat({ messages }).body['messages']).toMatchObject([
      hello,
      { role: 'tool', content: 'The result is attached in the next user message.' },
      { role: 'user', content: [{ text: 'Attached to the result of tool call a:' }, image] },
    ])
  })

  it('stays the same object when nothing has to change', () => {
    const body = { model: 'gpt-5.2', messages: [hello], max_completion_tokens: 5, reasoning_effort: 'high', tools: [] }
    expect(patched(chatRequestPatches, body, models.gpt52)).toEqual({ body, notes: [], losses: [] })
    expect(patched(chatRequestPatches, body, models.gpt52).body).toBe(body)
  })

  it.each([
    ['gpt-5 by its name for the limit', models.gpt52, { max_tokens: 10 }, { max_completion_tokens: 10 }],
    ['Claude by its name for the limit', models.sonnet45, { max_completion_tokens: 10 }, { max_tokens: 10 }],
    ['never both names', models.gpt52, { max_tokens: 10, max_completion_tokens: 20 }, { max_completion_tokens: 20 }],
    ['at most what the model writes', models.gpt4o, { max_tokens: 64_000 }, { max_tokens: 16_384 }],
    ['the nearest lower effort', models.gemini, { reasoning_effort: 'xhigh' }, { reasoning_effort: 'high' }],
    ['the lowest effort where none is lower', models.gpt52, { reasoning_effort: 'none' }, { reasoning_effort: 'low' }],
    ['an effort that nobody knows as it is', models.gpt52, { reasoning_effort: 'odd' }, { reasoning_effort: 'odd' }],
    ['no effort where the model has none', models.gpt4o, { reasoning_effort: 'low' }, {}],
    [
      'an effort as tokens for a Claude that is told them',
      models.sonnet45,
      { reasoning_effort: 'medium' },
      { thinking_budget: 16_000 },
    ],
    [
      'no thinking where the answer leaves no room',
      models.sonnet45,
      { reasoning_effort: 'low', max_tokens: 500 },
      { max_tokens: 500 },
    ],
    ['no empty prediction', models.gpt4o, { prediction: { type: 'content', content: '' } }, {}],
    ['no empty prediction in parts', models.gpt4o, { prediction: { type: 'content', content: [] } }, {}],
    ['neither store nor tier', models.gpt52, { store: false, service_tier: 'flex' }, {}],
  ])('sends %s', (_what, model, given, expected) => {
    expect(chat(given, model).body).toEqual({ messages: [hello], ...expected })
  })

  it('keeps a prediction that says something', () => {
    const prediction = { type: 'content', content: 'x' }
    expect(chat({ prediction }, models.gpt4o).body['prediction']).toBe(prediction)
  })

  it('names what it lowered', () => {
    expect(chat({ max_tokens: 999_999, reasoning_effort: 'none' }).notes).toEqual([
      'max_completion_tokens:999999>128000',
      'reasoning_effort:none>low',
    ])
  })

  it('refuses more tools than the model takes, stating both numbers', () => {
    const tools = (count: number): JsonObject[] =>
      Array.from({ length: count }, (_, at) => ({ type: 'function', function: { name: `t${at}` } }))
    expect(() => chat({ tools: tools(128) })).not.toThrow()
    expect(() => chat({ tools: tools(129) }, models.sonnet45)).not.toThrow()
    expect(() => chat({ tools: tools(129) })).toThrow(/129 tools.*at most 128/)
    try {
      chat({ tools: tools(129) })
    } catch (error) {
      expect(error).toBeInstanceOf(GatewayError)
      expect(error).toMatchObject({ code: 'invalid-request', status: 400, upstream: { param: 'tools' } })
    }
  })

  it('lets Claude have the last word answered, others not', () => {
    const messages = [hello, { role: 'assistant', content: 'Well' }]
    expect(chat({ messages }, models.sonnet45).body['messages']).toEqual([
      ...messages,
      { role: 'user', content: 'Please continue.' },
    ])
    expect(chat({ messages }, models.gpt52).body['messages']).toBe(messages)
  })

  it('leaves out empty texts and keeps what stands beside them', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
    const { body } = chat({
      messages: [
        { role: 'system', content: '' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'Do' },
          ],
        },
        { role: 'assistant', content: '', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c', content: '' },
        { role: 'assistant', content: [] },
      ],
    })
    expect(body['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Do' }] },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c', content: '' },
    ])
  })

  it('takes back its own reasoning under its own name, and no one else’s', () => {
    const own = envelope('copilot:gpt-5.2', 'chat', 'abc')
    const { body, losses } = chat({
      messages: [
        { role: 'assistant', content: '1', reasoning_content: 'because', reasoning_opaque: own },
        { role: 'assistant', content: '2', reasoning_text: 'so', reasoning_opaque: 'bare' },
        { role: 'assistant', content: '3', reasoning_text: 'no', reasoning_opaque: envelope('other', 'chat', 'x') },
        { role: 'assistant', content: '4', reasoning_content: 'open' },
        hello,
      ],
    })
    expect(body['messages']).toEqual([
      { role: 'assistant', content: '1', reasoning_text: 'because', reasoning_opaque: 'abc' },
      { role: 'assistant', content: '2', reasoning_text: 'so', reasoning_opaque: 'bare' },
      { role: 'assistant', content: '3' },
      { role: 'assistant', content: '4' },
      hello,
    ])
    expect(losses.map((loss) => loss.path)).toEqual(['messages[2].reasoning_opaque', 'messages[3].reasoning_content'])
  })

  it('moves cache marks to messages for Claude, four at most, and drops them for others', () => {
    const cache_control = { type: 'ephemeral' }
    const part = { type: 'text', text: 'a', cache_control }
    const messages = [
      { role: 'system', content: [part] },
      ...Array.from({ length: 4 }, (_, at) => ({ role: 'user', content: [{ ...part, text: `${at}` }] })),
    ]
    const tools = [{ type: 'function', function: { name: 'f', cache_control }, cache_control }]
    const marked = chat({ messages, tools }, models.sonnet45).body
    expect(JSON.stringify(marked)).not.toContain('"cache_control"')
    expect(marked['messages']).toMatchObject([
      { role: 'system', copilot_cache_control: { type: 'ephemeral' } },
      { content: [{ text: '0' }] },
      { copilot_cache_control: { type: 'ephemeral' } },
      { copilot_cache_control: { type: 'ephemeral' } },
      { copilot_cache_control: { type: 'ephemeral' } },
    ])
    expect(JSON.stringify(marked).match(/copilot_cache_control/g)).toHaveLength(4)
    expect(JSON.stringify(chat({ messages, tools }).body)).not.toContain('cache_control')
    const whole = { role: 'tool', tool_call_id: 't', content: 'r' }
    const { body } = chat(
      { messages: [hello, { ...whole, cache_control: { ...cache_control, ttl: '1h' } }] },
      models.sonnet45,
    )
    expect(body['messages']).toEqual([hello, { ...whole, copilot_cache_control: cache_control }])
  })
})

it('an effort that goes as tokens leaves half of the limit to the answer', () => {
  const told = (limit: number) => chat({ max_tokens: limit, reasoning_effort: 'high' }, models.sonnet45).body
  expect(told(4000)['thinking_budget']).toBe(2000)
  expect(told(1500)['thinking_budget']).toBe(1024)
  for (const limit of [1000, 1025]) expect(told(limit)).not.toHaveProperty('thinking_budget')
})
