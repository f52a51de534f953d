import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, test } from 'vitest'
import { schema } from '../../schema.test-support.ts'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial, TrialAnswer } from '../../trial.test-support.ts'

const isMessage = schema('anthropic.beta.messages.response')
const isEvent = schema('anthropic.beta.messages.stream-event')

const sdk = ({ url }: Trial): Anthropic =>
  new Anthropic({ apiKey: 'sk-ant-api03-x', authToken: null, baseURL: `${url}/anthropic`, maxRetries: 0 })

const headers = { authorization: '', 'x-api-key': 'sk-ant-api03-x', 'anthropic-version': '2023-06-01' }
const ask = { model: 'claude-sonnet-4-6', max_tokens: 2000, messages: [{ role: 'user', content: 'hi there' }] }
const send = ({ post }: Trial, more: object = {}, changed: object = {}): Promise<TrialAnswer> =>
  post('/anthropic/v1/messages', { ...ask, ...more }, { ...headers, ...changed })
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (...content: object[]) => ({ role: 'assistant', content })

describe('Anthropic by its official package', () => {
  test('streams thinking that comes back unchanged, and refuses it when it was changed', async () => {
    await withTrial({}, async (trial) => {
      const client = sdk(trial)
      const base: Omit<Anthropic.MessageCreateParamsNonStreaming, 'messages'> = {
        model: 'claude-haiku-4-5',
        max_tokens: 4000,
        thinking: { type: 'enabled', budget_tokens: 1024 },
        tools: [{ name: 'read', input_schema: { type: 'object' } }],
      }
      const question: Anthropic.MessageParam = { role: 'user', content: 'call tool read with {"path":"x"}' }
      const first = await client.messages.stream({ ...base, messages: [question] }).finalMessage()
      expect(first).toMatchObject({
        id: expect.stringMatching(/^msg_01/),
        model: 'claude-haiku-4-5-20251001',
        stop_reason: 'tool_use',
        content: [{ type: 'thinking' }, { type: 'tool_use', id: expect.stringMatching(/^toolu_01/) }],
      })
      const call = first.content.find((block) => block.type === 'tool_use')
      const result: Anthropic.MessageParam = {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'the text' }],
      }
      const again = (content: Anthropic.ContentBlockParam[]) =>
        client.messages.create({ ...base, messages: [question, { role: 'assistant', content }, result] })
      expect((await again(first.content)).content.at(-1)).toMatchObject({ text: 'The tool read answered: the text' })
      const changed = first.content.map((block) => (block.type === 'thinking' ? { ...block, thinking: 'x' } : block))
      await expect(again(changed)).rejects.toThrow(/Invalid `signature` in `thinking` block/)
    })
  })

  test('pages through the models, finds one, counts tokens', async () => {
    await withTrial({}, async (trial) => {
      const client = sdk(trial)
      const ids: string[] = []
      for await (const { id } of client.models.list({ limit: 3 })) ids.push(id)
      expect(ids).toHaveLength(10)
      expect(new Set(ids).size).toBe(10)
      const page = await client.models.list({ limit: 3 })
      expect([page.has_more, page.first_id, page.last_id]).toEqual([true, ids[0], ids[2]])
      expect((await client.models.retrieve('claude-haiku-4-5')).id).toBe('claude-haiku-4-5-20251001')
      const count = await client.messages.countTokens({ model: ask.model, messages: [{ role: 'user', content: 'hi' }] })
      expect(count.input_tokens).toBeGreaterThan(0)
    })
  })

  test('searches the web when told to, cites it, and takes its own results back only', async () => {
    await withTrial({}, async (trial) => {
      const client = sdk(trial)
      const base = {
        model: 'claude-sonnet-4-6',
        max_tokens: 500,
        tools: [{ type: 'web_search_20250305' as const, name: 'web_search' as const }],
      }
      const question = { role: 'user' as const, content: 'search the web for crossfeed valves' }
      const streamed = await client.messages.stream({ ...base, messages: [question] }).finalMessage()
      const whole = await client.messages.create({ ...base, messages: [question] })
      for (const message of [streamed, whole]) {
        expect(message.content).toMatchObject([
          { type: 'server_tool_use', name: 'web_search', input: { query: 'crossfeed valves' } },
          { type: 'web_search_tool_result', content: [{ type: 'web_search_result' }] },
          { type: 'text', citations: [{ type: 'web_search_result_location' }] },
        ])
        expect(message.usage.server_tool_use?.web_search_requests).toBe(1)
        isMessage(message)
      }
      const next = (content: Anthropic.ContentBlockParam[]) =>
        client.messages.create({ ...base, messages: [question, { role: 'assistant', content }, question] })
      expect((await next(whole.content as Anthropic.ContentBlockParam[])).stop_reason).toBe('end_turn')
      const forged = JSON.parse(
        JSON.stringify(whole.content).replace(/"encrypted_content":"[^"]*"/, '"encrypted_content":"eA=="'),
      )
      await expect(next(forged)).rejects.toThrow(/Invalid `encrypted_content`/)
    })
  })
})

describe('Anthropic', () => {
  test('answers in the official grammar, with its headers', async () => {
    await withTrial({}, async (trial) => {
      const thinking = { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }
      for (const more of [{}, thinking, { model: 'claude-opus-5-5', ...thinking }]) {
        const whole = await send(trial, more)
        expect(whole.status).toBe(200)
        isMessage(whole.json)
        const { events } = await send(trial, { ...more, stream: true })
        expect(events.map(({ type }) => type)).toContain('ping')
        for (const event of events) if (event['type'] !== 'ping') isEvent(event)
        expect(whole.headers.get('request-id')).toMatch(/^req_011/)
        expect(whole.headers.get('anthropic-ratelimit-input-tokens-remaining')).toBe('1999000')
      }
    })
  })

  test('sees images and documents', async () => {
    await withTrial({}, async (trial) => {
      const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' }
      const document = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' } }
      const { text } = await send(trial, {
        messages: [user([{ type: 'image', source }, document, { type: 'text', text: 'what?' }])],
      })
      expect(text).toContain('I see image/png of 8 bytes. I see text/plain')
    })
  })

  test('lets in by a key or by a token, not by both, and by a sign-in only with its beta', async () => {
    await withTrial({}, async (trial) => {
      const oauth = { 'x-api-key': '', authorization: 'Bearer sk-ant-oat01-x' }
      for (const [changed, status, message] of [
        [{ authorization: 'Bearer sk-ant-oat01-x' }, 401, 'x-api-key and Authorization may not be sent together'],
        [{ 'x-api-key': '' }, 401, 'x-api-key header is required'],
        [{ 'x-api-key': 'other' }, 401, 'invalid x-api-key'],
        [{ 'x-api-key': 'sk-ant-oat01-x' }, 401, 'invalid x-api-key'],
        [oauth, 401, 'OAuth authentication is currently not supported.'],
        [{ 'anthropic-version': '' }, 400, 'anthropic-version: header is required'],
        [{ 'anthropic-beta': 'made-up-2026-01-01' }, 400, expect.stringContaining('Unexpected value(s) `made-up')],
      ] as const) {
        const answer = await send(trial, {}, changed)
        expect([answer.status, answer.json]).toMatchObject([
          status,
          { type: 'error', error: { message }, request_id: answer.headers.get('request-id') },
        ])
      }
      expect((await send(trial, {}, { ...oauth, 'anthropic-beta': 'oauth-2025-04-20' })).status).toBe(200)
      expect(trial.emulator.requests().at(-1)).toMatchObject({
        face: 'anthropic',
        headers: { authorization: 'Bearer …01-x' },
      })
    })
  })

  test('accepts only the keys that it was given', async () => {
    await withTrial({ faces: { anthropic: { keys: ['mine'] } } }, async (trial) => {
      expect([(await send(trial)).status, (await send(trial, {}, { 'x-api-key': 'mine' })).status]).toEqual([401, 200])
    })
  })

  test('joins turns of one role, takes a prefill where the model does, and betas bring their members', async () => {
    await withTrial({}, async (trial) => {
      const call = { type: 'tool_use', id: 'toolu_1', name: 'read', input: {} }
      const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'x' }
      expect(
        (await send(trial, { messages: [user('a'), user('b'), assistant(call), user([result]), user('c')] })).status,
      ).toBe(200)
      const prefill = [user('a'), assistant({ type: 'text', text: 'b' })]
      expect((await send(trial, { model: 'claude-haiku-4-5', messages: prefill })).status).toBe(200)
      const edits = { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } }
      expect((await send(trial, edits, { 'anthropic-beta': 'context-management-2025-06-27' })).status).toBe(200)
    })
  })

  test('refuses a prompt that is too long and a body that is too large, and plays scripted failures', async () => {
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    const scenario = [
      { when: { face: 'anthropic' as const }, status: 529, body: overloaded, headers: { 'retry-after': '2' } },
    ]
    await withTrial(
      { scenario, faces: { anthropic: { extraModels: [{ id: 'claude-small', window: 5 }] } } },
      async (trial) => {
        const long = await send(trial, { model: 'claude-small', messages: [user('x'.repeat(100))] })
        expect(long.json).toMatchObject({
          error: { message: expect.stringMatching(/^prompt is too long: \d+ tokens > 5 maximum/) },
        })
        const failed = await send(trial)
        expect([failed.status, failed.headers.get('retry-after'), failed.json]).toEqual([529, '2', overloaded])
        const large = await trial.post(
          '/anthropic/v1/messages',
          JSON.stringify({ ...ask, system: 'x'.repeat(32 * 1024 * 1024) }),
          headers,
        )
        expect([large.status, large.json]).toMatchObject([413, { error: { type: 'request_too_large' } }])
      },
    )
  })
})
