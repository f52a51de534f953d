import { asObjects, type JsonObject } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { patched, providerOf } from '../keyed.test-support.ts'

const anthropic = providerOf({ type: 'anthropic' })
const user: JsonObject = { role: 'user', content: 'hello' }
const send = (model: string, body: JsonObject) =>
  patched(anthropic, model, 'messages', { model, max_tokens: 100, messages: [user], ...body })

const system: JsonObject = { role: 'system', content: 'From now on, be brief.' }

it('turns of role system stay for the models that take them', () => {
  for (const model of ['claude-opus-4-8', 'claude-opus-5-5', 'claude-fable-5'])
    expect(send(model, { messages: [user, system] }).body['messages']).toEqual([user, system])
})

it('turns of role system are reminders at servers of other vendors, as Claude Code sends them for names that it does not know', () => {
  expect(JSON.stringify(send('deepseek-chat', { messages: [user, system] }).body)).not.toContain('"system"')
  const compatible = providerOf({ type: 'compatible', endpoints: ['messages'] })
  const { body } = patched(compatible, 'kimi-k3', 'messages', { messages: [user, system] })
  expect(JSON.stringify(body)).toContain('<system-reminder>')
})

it('turns of role system are reminders of the user for older models', () => {
  const { body } = send('claude-sonnet-4-5', { messages: [user, system] })
  const text = '<system-reminder>\nFrom now on, be brief.\n</system-reminder>'
  expect(body['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'hello' },
        { type: 'text', text },
      ],
    },
  ])
})

it('a limit above that of the model is lowered, and thinking with it', () => {
  const { body, changes } = send('claude-opus-4-1', {
    max_tokens: 64_000,
    thinking: { type: 'enabled', budget_tokens: 40_000 },
  })
  expect(body).toMatchObject({ max_tokens: 32_000, thinking: { budget_tokens: 16_000 } })
  expect(changes).toContain('max_tokens:64000>32000')
})

describe('effort', () => {
  it('is left out for models that take none, and told', () => {
    const { body, changes } = send('claude-sonnet-4-5', { output_config: { effort: 'high' } })
    expect(body).not.toHaveProperty('output_config')
    expect(changes).toContain('output_config.effort:high>dropped')
  })

  it('is the nearest that the model lists; other members stay', () => {
    const { body } = send('claude-opus-4-6', { output_config: { effort: 'xhigh', task_budget: { total: 1 } } })
    expect(body['output_config']).toEqual({ effort: 'high', task_budget: { total: 1 } })
  })
})

it('defaults of sampling go without a word where they are refused; other values are told', () => {
  const plain = send('claude-opus-4-7', { temperature: 1, top_p: 1 })
  expect(plain.body).not.toHaveProperty('temperature')
  expect(plain.body).not.toHaveProperty('top_p')
  expect(plain.losses).toEqual([])
  expect(send('claude-opus-4-7', { temperature: 0.2 }).changes).toContain('dropped:temperature')
})

it('thinking that would be by budget gives way to a tool that is forced', () => {
  const tools = [{ name: 'lookup', input_schema: { type: 'object' } }]
  const asked = { max_tokens: 4096, thinking: { type: 'adaptive' }, tools, tool_choice: { type: 'any' } }
  expect(send('claude-sonnet-4-5', asked).body).not.toHaveProperty('thinking')
  expect(send('claude-opus-4-8', asked).body).toHaveProperty('thinking')
})

it.each(['xfs1~responses~openai~~YQ', ''])(
  'a turn that held nothing but thinking of another supply goes with it: %j',
  (signature) => {
    const cut = { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.', signature }] }
    const { body } = send('claude-sonnet-4-6', { max_tokens: 4096, messages: [user, cut, user] })
    expect(asObjects(body['messages']).map(({ role }) => role)).toEqual(['user', 'user'])
  },
)

it('a turn whose thinking was of another supply goes on without thinking by budget', () => {
  const thinking = { type: 'enabled', budget_tokens: 2048 }
  const context_management = { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] }
  const call = { type: 'tool_use', id: 'toolu_1', name: 'lookup', input: {} }
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 'xfs1~responses~openai~~YQ' }
  const messages = [
    user,
    { role: 'assistant', content: [thought, call] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' }] },
  ]
  const { body } = send('claude-sonnet-4-5', { max_tokens: 4096, thinking, context_management, messages })
  expect(JSON.stringify(body['messages'])).not.toContain('Hm.')
  expect(body).not.toHaveProperty('thinking')
  expect(body).not.toHaveProperty('context_management')
})

it('the prompt of a client without cache marks is marked for Claude, unless its owner does not want that', () => {
  const body = { max_tokens: 100, system: 'Be brief.', messages: [user] }
  const marks = (settings: object, model = 'claude-sonnet-4-5', from: 'chat' | 'messages' = 'chat') =>
    JSON.stringify(patched(providerOf({ type: 'anthropic', ...settings }), model, 'messages', body, from)).match(
      /"cache_control"/g,
    )?.length ?? 0
  expect(marks({})).toBe(2)
  expect(marks({}, 'claude-sonnet-4-5', 'messages')).toBe(0)
  expect(marks({}, 'deepseek-chat')).toBe(0)
  expect(marks({ cacheBreakpoints: false })).toBe(0)
  expect(marks({ models: { 'claude-sonnet-4-5': { contextCache: false } } })).toBe(0)
})
