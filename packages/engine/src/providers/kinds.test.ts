import type { JsonObject } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { listsNothing } from './create.ts'
import { addressOf, patched, providerOf, targetOf } from './keyed.test-support.ts'

const hello: JsonObject = { role: 'user', content: 'hello' }

describe('addresses and sign-ins', () => {
  it.each([
    ['openai', undefined, 'https://api.openai.com', '/v1/responses', 'responses'],
    [
      'openai',
      'https://res.openai.azure.com/openai/v1',
      'https://res.openai.azure.com',
      '/openai/v1/chat/completions',
      'chat',
    ],
    ['anthropic', undefined, 'https://api.anthropic.com', '/v1/messages', 'messages'],
    ['ollama', undefined, 'http://localhost:11434', '/v1/chat/completions', 'chat'],
    ['compatible', 'http://127.0.0.1:8000/v1', 'http://127.0.0.1:8000', '/v1/chat/completions', 'chat'],
    ['azure', 'https://x.models.ai.azure.com', 'https://x.models.ai.azure.com', '/v1/chat/completions', 'chat'],
    [
      'azure',
      'https://x.westus.inference.ml.azure.com',
      'https://x.westus.inference.ml.azure.com',
      '/v1/chat/completions',
      'chat',
    ],
    [
      'azure',
      'https://r.openai.azure.com',
      'https://r.openai.azure.com',
      '/openai/deployments/m/chat/completions?api-version=2024-10-21',
      'chat',
    ],
  ] as const)('%s at %s', async (type, baseUrl, origin, path, protocol) => {
    const address = await addressOf(providerOf({ type, baseUrl }), 'm', protocol)
    expect(address).toMatchObject({ origin, path })
    expect(address.headers).not.toHaveProperty('authorization')
  })

  it.each([
    ['openai', { apiKey: 'k' }, { authorization: 'Bearer k' }],
    ['azure', { apiKey: 'k' }, { 'api-key': 'k' }],
    ['azure', { apiKey: 'k', bearerToken: 't' }, { authorization: 'Bearer t' }],
    ['azure', { apiKey: 'k', baseUrl: 'https://x.models.ai.azure.com' }, { authorization: 'Bearer k' }],
    ['anthropic', { apiKey: 'k' }, { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }],
    ['anthropic', { apiKey: 'k', keyHeader: 'authorization' }, { authorization: 'Bearer k' }],
    [
      'anthropic',
      { apiKey: 'sk-ant-oat01-x' },
      { authorization: 'Bearer sk-ant-oat01-x', 'anthropic-beta': 'oauth-2025-04-20' },
    ],
    ['compatible', { apiKey: 'k', keyHeader: 'x-api-key' }, { 'x-api-key': 'k' }],
  ] as const)('%s with %j sends %j and no second credential', async (type, settings, expected) => {
    const provider = providerOf({ type, ...settings })
    const { headers } = await addressOf(provider, 'm', type === 'anthropic' ? 'messages' : 'chat')
    expect(headers).toMatchObject(expected)
    const sent = ['authorization', 'api-key', 'x-api-key'].filter((name) => headers[name] !== undefined)
    expect(sent).toHaveLength(1)
  })

  it.each([
    ['anthropic', 'chat', { authorization: 'Bearer k' }, '/v1/chat/completions'],
    ['anthropic', 'responses', { authorization: 'Bearer k' }, '/v1/responses'],
    ['anthropic', 'messages', { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }, '/v1/messages'],
    ['openai', 'messages', { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }, '/v1/messages'],
    ['openai', 'chat', { authorization: 'Bearer k' }, '/v1/chat/completions'],
    ['compatible', 'messages', { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }, '/v1/messages'],
  ] as const)('a model of %s that is set to %s is asked with %j (PROV-38)', async (type, protocol, headers, path) => {
    const provider = providerOf({ type, apiKey: 'k', models: { other: { endpoints: [protocol] } } })
    const address = await addressOf(provider, 'other', protocol)
    expect(address).toMatchObject({ path, headers })
    const ours = ['authorization', 'x-api-key', 'anthropic-version'].filter((name) => name in address.headers)
    expect(ours).toEqual(Object.keys(headers))
  })

  it('a model that is set to another protocol is told of reasoning as that protocol has it', () => {
    const models = { other: { endpoints: ['messages' as const] }, more: { endpoints: ['chat' as const] } }
    const messages = targetOf(providerOf({ type: 'openai', models }), 'other', 'messages').traits
    expect(messages).toMatchObject({ reasoning: { budget: { min: 1024 } }, hostedTools: true, cacheMarks: 'parts' })
    const chat = targetOf(providerOf({ type: 'anthropic', models }), 'more', 'chat').traits
    expect(chat).toMatchObject({ reasoning: { adaptive: false }, hostedTools: false, customTools: false })
    expect(chat.reasoning.budget).toBeUndefined()
  })

  it('asks a token function before each call, and refuses what is no text', async () => {
    let asked = 0
    const provider = providerOf({ type: 'openai', bearerToken: () => `t${++asked}` })
    await addressOf(provider, 'm', 'chat')
    expect((await addressOf(provider, 'm', 'chat')).headers['authorization']).toBe('Bearer t2')
    const broken = providerOf({ type: 'openai', bearerToken: () => '' })
    await expect(addressOf(broken, 'm', 'chat')).rejects.toMatchObject({ reason: 'token-function' })
  })

  it('passes on the name of the client, and none of its credentials (PROV-24)', async () => {
    const client = { 'user-agent': 'codex/1', authorization: 'Bearer mine', 'x-api-key': 'mine', cookie: 'c' }
    const { headers } = await addressOf(providerOf({ type: 'openai' }), 'm', 'chat', { client })
    expect(headers['user-agent']).toBe('codex/1')
    expect(JSON.stringify(headers)).not.toContain('mine')
    expect(headers).not.toHaveProperty('cookie')
  })

  it('the session cache of DashScope is asked for, unless it is switched off', async () => {
    const baseUrl = 'https://dashscope.aliyuncs.com/compatible-mode/v1'
    const models = { off: { contextCache: false } }
    const provider = providerOf({ type: 'compatible', baseUrl, endpoints: ['responses'], models })
    expect((await addressOf(provider, 'on', 'responses')).headers['x-dashscope-session-cache']).toBe('enable')
    expect((await addressOf(provider, 'off', 'responses')).headers).not.toHaveProperty('x-dashscope-session-cache')
  })
})

describe('betas of Anthropic', () => {
  const provider = providerOf({ type: 'anthropic', apiKey: 'k' })
  const betas = async (header: string | undefined, body: JsonObject = {}, from: 'messages' | 'chat' = 'messages') => {
    const client = header === undefined ? {} : { 'anthropic-beta': header }
    return (await addressOf(provider, 'claude-sonnet-4-5', 'messages', { client, body, from })).headers[
      'anthropic-beta'
    ]
  }

  it('of the client go along, but that of a sign-in which is not used', async () => {
    expect(await betas('context-1m-2025-08-07, oauth-2025-04-20')).toBe('context-1m-2025-08-07')
  })

  it('that the body needs are added, once', async () => {
    expect(await betas(undefined, { context_management: {} })).toBe('context-management-2025-06-27')
    expect(await betas('context-management-2025-06-27', { context_management: {} })).toBe(
      'context-management-2025-06-27',
    )
    expect(await betas(undefined)).toBeUndefined()
  })

  it('let a model think between the tool calls of a client that cannot ask for it', async () => {
    const body = { thinking: { type: 'enabled', budget_tokens: 2000 }, tools: [] }
    expect(await betas(undefined, body, 'chat')).toBe('interleaved-thinking-2025-05-14')
    expect(await betas(undefined, body)).toBeUndefined()
  })
})

describe('the models of Azure', () => {
  it.each([
    [{}, true, []],
    [{ apiVersion: '2025-04-01-preview' }, true, []],
    [{ models: { mine: {} } }, false, ['mine']],
    [{ apiVersion: '2025-04-01-preview', models: { mine: {} } }, false, ['mine']],
    [{ baseUrl: 'https://x.models.ai.azure.com' }, true, []],
  ])('are those that are named, and nobody is asked: %j', async (settings, isUnlisted, ids) => {
    const given = { name: 'mine', type: 'azure', baseUrl: 'http://127.0.0.1:9', ...settings } as const
    expect((await providerOf(given).models()).map(({ id }) => id)).toEqual(ids)
    expect(listsNothing(given)).toBe(isUnlisted)
  })

  it('are asked for on the versionless route, where none are named', async () => {
    const given = { name: 'mine', type: 'azure', baseUrl: 'http://127.0.0.1:9', apiVersion: 'v1' } as const
    await expect(providerOf(given).models()).rejects.toThrow(/mine: http/)
    expect(listsNothing(given)).toBe(false)
  })
})

describe('models of OpenAI', () => {
  const provider = providerOf({ type: 'openai', endpoints: ['responses', 'chat'] })
  const facts = (model: string) => targetOf(provider, model, 'responses').traits

  it.each([
    ['gpt-4o', [], 'max_tokens'],
    ['gpt-4.1-mini-2025-04-14', [], 'max_tokens'],
    ['o3', ['low', 'medium', 'high'], 'max_completion_tokens'],
    ['gpt-5-mini', ['minimal', 'low', 'medium', 'high'], 'max_completion_tokens'],
    ['gpt-5-codex', ['low', 'medium', 'high'], 'max_completion_tokens'],
    ['gpt-5.1', ['none', 'low', 'medium', 'high'], 'max_completion_tokens'],
    ['gpt-5.1-codex-max', ['low', 'medium', 'high', 'xhigh'], 'max_completion_tokens'],
    ['gpt-5.4', ['none', 'low', 'medium', 'high', 'xhigh'], 'max_completion_tokens'],
    ['gpt-5.4-pro', ['medium', 'high', 'xhigh'], 'max_completion_tokens'],
    ['gpt-5-pro', ['high'], 'max_completion_tokens'],
    ['gpt-5-chat-latest', [], 'max_tokens'],
    ['my-deployment', undefined, 'max_tokens'],
  ])('%s takes the efforts %j and %s', (model, efforts, field) => {
    expect(facts(model).reasoning.efforts).toEqual(efforts)
    expect(facts(model).maxTokensField).toBe(field)
  })

  it.each([
    ['gpt-5.3-codex', ['responses']],
    ['o3-pro', ['responses']],
    ['gpt-4o-audio-preview', ['chat']],
    ['gpt-5.4', ['responses', 'chat']],
  ])('%s is served in %j', (model, speaks) => {
    expect(provider.find(model, true)).toMatchObject({ speaks })
  })

  it.each([
    ['o3', {}, ['temperature', 'top_p']],
    ['gpt-5.4', { reasoning_effort: 'high' }, ['temperature', 'top_p']],
    ['gpt-5.4', {}, []],
    ['gpt-4o', {}, []],
  ])('%s with %j loses %j', (model, more, lost) => {
    const { body, losses } = patched(provider, model, 'chat', { temperature: 0.2, top_p: 0.9, seed: 1, ...more })
    expect(losses.map((loss) => loss.path)).toEqual(lost)
    expect(body).toHaveProperty('seed')
    expect('temperature' in body).toBe(lost.length === 0)
  })

  it.each([
    ['o4-mini', 'none', 'low', ['reasoning_effort:none>low', 'chat-effort']],
    ['gpt-5-mini', 'xhigh', 'high', ['reasoning_effort:xhigh>high', 'chat-effort']],
    ['gpt-5.4', 'none', 'none', []],
    ['gpt-4.1', 'low', undefined, ['reasoning_effort:low>dropped', 'chat-effort']],
    ['my-deployment', 'none', 'none', []],
  ])('a relayed request to %s that asks for the effort %s is sent with %s', (model, asked, sent, told) => {
    const chat = patched(provider, model, 'chat', { reasoning_effort: asked })
    expect(chat.body['reasoning_effort']).toBe(sent)
    expect(chat.changes).toEqual(told)
    const { body } = patched(provider, model, 'responses', { reasoning: { effort: asked, summary: 'auto' } })
    expect(body['reasoning']).toEqual(sent === undefined ? undefined : { effort: sent, summary: 'auto' })
  })

  it('one that does not reason is asked for no sealed reasoning', () => {
    const include = ['reasoning.encrypted_content', 'message.output_text.logprobs']
    const sent = (model: string) => patched(provider, model, 'responses', { include }).body['include']
    expect(sent('gpt-4.1')).toEqual(include.slice(1))
    expect(sent('gpt-5.4')).toEqual(include)
  })

  it('what says the default stays', () => {
    expect(patched(provider, 'o3', 'chat', { temperature: 1 }).body).toEqual({ temperature: 1 })
  })

  it('the token limit of a relayed request has the name that the model takes', () => {
    expect(patched(provider, 'gpt-5.4', 'chat', { max_tokens: 5 }).body).toEqual({ max_completion_tokens: 5 })
    expect(patched(provider, 'gpt-4o', 'chat', { max_tokens: 5 }).body).toEqual({ max_tokens: 5 })
  })

  it.each([
    ['openai', {}, 'gpt-5.4', 'developer'],
    ['openai', {}, 'llama3', 'system'],
    ['azure', {}, 'gpt-5.4', 'system'],
    ['azure', { apiVersion: '2025-04-01-preview' }, 'gpt-5.4', 'developer'],
    ['azure', { apiVersion: 'v1' }, 'gpt-5.4', 'developer'],
    ['compatible', {}, 'm', 'system'],
    ['ollama', {}, 'm', 'system'],
  ] as const)('%s with %j gets the developer of %s as %s', (type, settings, model, role) => {
    const made = providerOf({ type, ...settings, endpoints: ['chat'] })
    const { body } = patched(made, model, 'chat', { messages: [{ role: 'developer', content: 'x' }] })
    expect(body['messages']).toEqual([{ role, content: 'x' }])
  })
})

it.each(['openai', 'azure', 'compatible'] as const)('%s is not told of the installation of Codex', (type) => {
  const provider = providerOf({ type, endpoints: ['responses'] })
  const metadata = { 'x-codex-installation-id': 'a9852ac5' }
  const { body } = patched(provider, 'm', 'responses', { input: 'hi', client_metadata: metadata })
  expect(body).toEqual({ input: 'hi' })
})

describe('models of Anthropic', () => {
  const provider = providerOf({ type: 'anthropic' })
  const thinking = { type: 'enabled', budget_tokens: 4000 }

  it.each([
    ['claude-3-5-haiku-20241022', false, false, true, 8192],
    ['claude-sonnet-4-20250514', false, true, true, 64_000],
    ['claude-opus-4-1-20250805', false, true, true, 32_000],
    ['claude-sonnet-4-6', true, true, false, 64_000],
    ['claude-opus-4-6', true, true, false, undefined],
    ['claude-opus-4.7', true, false, false, undefined],
    ['claude-opus-5', true, false, false, undefined],
    ['deepseek-chat', false, true, true, undefined],
  ])('%s: adaptive %s, budget %s, prefill %s, output %s', (model, adaptive, budget, prefill, output) => {
    const { traits } = targetOf(provider, model, 'messages')
    expect([
      traits.reasoning.adaptive,
      traits.reasoning.budget !== undefined,
      traits.prefill,
      traits.maxOutput,
    ]).toEqual([adaptive, budget, prefill, output])
  })

  it('a budget becomes adaptive thinking where there is no other, and stays where it is taken', () => {
    const body = { thinking, max_tokens: 9000, messages: [hello] }
    expect(patched(provider, 'claude-opus-4-7', 'messages', body).body['thinking']).toMatchObject({ type: 'adaptive' })
    expect(patched(provider, 'claude-sonnet-4-5', 'messages', body).body).toEqual(body)
    expect(patched(provider, 'kimi-k2', 'messages', body).body).toEqual(body)
  })

  it.each([
    ['claude-sonnet-4-5', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5 }],
    ['claude-3-5-sonnet-20241022', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: 0.9 }],
    ['claude-opus-4-7', { temperature: 0.5, top_k: 4 }, {}],
    ['kimi-k2', { temperature: 0.5, top_p: 0.9, top_k: 4 }, { temperature: 0.5, top_p: 0.9, top_k: 4 }],
  ])('%s gets of %j what it takes', (model, body, sent) => {
    expect(patched(provider, model, 'messages', body).body).toEqual(sent)
  })
})

describe('what a client asks of a Claude that it takes for another', () => {
  const provider = providerOf({ type: 'anthropic' })
  const thinking = (budget_tokens: number) => ({ type: 'enabled', budget_tokens })

  it.each([
    ['claude-sonnet-4-5', { max_tokens: 128_000 }, { max_tokens: 64_000 }, 'max_tokens:128000>64000'],
    [
      'claude-haiku-4-5',
      { max_tokens: 31_999, thinking: thinking(-1) },
      { max_tokens: 31_999, thinking: thinking(1024) },
      'thinking.budget_tokens:-1>1024',
    ],
    [
      'claude-sonnet-4-5',
      { max_tokens: 4000, thinking: thinking(9000) },
      { max_tokens: 4000, thinking: thinking(2000) },
      'thinking.budget_tokens:9000>2000',
    ],
  ])('%s: %j goes as %j', (model, body, sent, told) => {
    const made = patched(provider, model, 'messages', body)
    expect(made.body).toEqual(sent)
    expect(made.changes).toContain(told)
  })

  it('stays where the model gives as much, and where the model is none of Anthropic’s', () => {
    for (const model of ['claude-opus-4-7', 'kimi-k2'])
      expect(patched(provider, model, 'messages', { max_tokens: 128_000 }).body).toEqual({ max_tokens: 128_000 })
  })
})

describe('sealed reasoning in relayed history', () => {
  const seal = (issuer: string, data: string) => `xfs1~messages~${encodeURIComponent(issuer)}~~${data}`
  const provider = providerOf({ type: 'anthropic' })
  const sent = (signature: string) => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature },
      { type: 'text', text: 'hi' },
    ]
    return patched(provider, 'kimi-k2', 'messages', { messages: [{ role: 'assistant', content }] })
  }

  it('goes back bare to whom it came from', () => {
    expect(JSON.stringify(sent(seal('mine:anthropic', 'abc')).body)).toContain('"signature":"abc"')
  })

  it('does not go to anybody else, and that is told', () => {
    const { body, losses } = sent(seal('other:gpt', 'abc'))
    expect(JSON.stringify(body)).not.toContain('thinking')
    expect(losses).toHaveLength(1)
  })

  it('stays as it is where the client brought it itself', () => {
    expect(JSON.stringify(sent('bare').body)).toContain('"signature":"bare"')
  })
})
