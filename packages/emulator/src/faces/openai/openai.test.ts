import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial } from '../../trial.test-support.ts'

const bearer = { authorization: 'Bearer sk-trial' }
const messages = [{ role: 'user', content: 'hi' }]
const chat = (trial: Trial, more: object) =>
  trial.post('/openai/v1/chat/completions', { model: 'gpt-4.1', messages, ...more }, bearer)
const respond = (trial: Trial, more: object) =>
  trial.post('/openai/v1/responses', { model: 'gpt-5.2', input: 'hi', ...more }, bearer)
const client = (url: string): OpenAI => new OpenAI({ apiKey: 'sk-sdk', baseURL: `${url}/openai/v1`, maxRetries: 0 })

describe('the OpenAI face refuses', () => {
  const errors: readonly (readonly [string, (trial: Trial) => ReturnType<typeof chat>, number, object])[] = [
    [
      'no key',
      ({ get }) => get('/openai/v1/models', { authorization: '' }),
      401,
      { code: null, message: expect.stringMatching(/^You didn't provide an API key/) },
    ],
    [
      'another key',
      ({ get }) => get('/openai/v1/models', { authorization: 'Bearer gho_x' }),
      401,
      { code: 'invalid_api_key', message: expect.stringMatching(/^Incorrect API key provided: \*/) },
    ],
    ['an unknown model', (trial) => chat(trial, { model: 'gpt-9' }), 404, { code: 'model_not_found', param: null }],
    ['an unknown model on responses', (trial) => respond(trial, { model: 'gpt-9' }), 400, { code: 'model_not_found' }],
    [
      'an unknown address',
      ({ get }) => get('/openai/v1/nothing', bearer),
      404,
      { message: 'Invalid URL (GET /v1/nothing)' },
    ],
    [
      'unknown members of chat',
      (trial) => chat(trial, { top_k: 1 }),
      400,
      { message: 'Unrecognized request argument supplied: top_k', code: null },
    ],
    [
      'unknown members of responses',
      (trial) => respond(trial, { top_k: 1 }),
      400,
      { message: "Unknown parameter: 'top_k'.", code: 'unknown_parameter' },
    ],
    [
      'encrypted reasoning of a model that does not reason',
      (trial) => respond(trial, { model: 'gpt-4o-mini', include: ['reasoning.encrypted_content'] }),
      400,
      { message: 'Encrypted content is not supported with this model.', param: 'include', code: null },
    ],
    [
      'cache marks',
      (trial) =>
        chat(trial, {
          messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] }],
        }),
      400,
      { param: 'messages[0].content[0].cache_control' },
    ],
    [
      'reasoning of other vendors',
      (trial) => chat(trial, { messages: [{ role: 'assistant', content: 'a', reasoning_content: 'b' }, ...messages] }),
      400,
      { message: "Unknown parameter: 'messages[0].reasoning_content'." },
    ],
    [
      'foreign content parts',
      (trial) => chat(trial, { messages: [{ role: 'user', content: [{ type: 'input_text', text: 'a' }] }] }),
      400,
      { code: 'invalid_value', param: 'messages[0].content[0].type' },
    ],
    [
      'max_tokens for models that reason',
      (trial) => chat(trial, { model: 'gpt-5.2', max_tokens: 5 }),
      400,
      { code: 'unsupported_parameter', param: 'max_tokens' },
    ],
    [
      'sampling for models that reason',
      (trial) => chat(trial, { model: 'o4-mini', temperature: 0.5 }),
      400,
      { code: 'unsupported_value', param: 'temperature' },
    ],
    ['sampling on responses', (trial) => respond(trial, { model: 'gpt-5-mini', top_p: 0.5 }), 400, { param: 'top_p' }],
    [
      'an unknown effort',
      (trial) => chat(trial, { model: 'gpt-5-mini', reasoning_effort: 'xhigh' }),
      400,
      { code: 'unsupported_value', param: 'reasoning_effort' },
    ],
    [
      'an effort for models that do not reason',
      (trial) => respond(trial, { model: 'gpt-4.1', reasoning: { effort: 'low' } }),
      400,
      { param: 'reasoning.effort' },
    ],
    [
      'chat with models for responses',
      (trial) => chat(trial, { model: 'gpt-5.4-pro' }),
      404,
      { message: 'This model is only supported in v1/responses and not in v1/chat/completions.', param: 'model' },
    ],
    [
      'foreign encrypted content',
      (trial) =>
        respond(trial, { input: [{ type: 'reasoning', summary: [], encrypted_content: 'Zm9yZWlnbg==' }, ...messages] }),
      400,
      { code: 'invalid_encrypted_content' },
    ],
    [
      'references to what is not kept',
      (trial) => respond(trial, { input: [{ type: 'item_reference', id: 'msg_1' }] }),
      404,
      { message: expect.stringMatching(/^Item with id 'msg_1' not found/) },
    ],
    [
      'unknown earlier responses',
      (trial) => respond(trial, { previous_response_id: 'resp_1' }),
      400,
      { code: 'previous_response_not_found' },
    ],
    [
      'ids of another kind',
      (trial) =>
        respond(trial, { input: [{ type: 'function_call', id: 'x', call_id: 'c', name: 'a', arguments: '{}' }] }),
      400,
      { param: 'input[0].id' },
    ],
    [
      'outputs without a call',
      (trial) => respond(trial, { input: [{ type: 'function_call_output', call_id: 'c', output: 'a' }] }),
      400,
      { message: expect.stringMatching(/^No tool call found/) },
    ],
    [
      'tool results without a call',
      (trial) => chat(trial, { messages: [{ role: 'tool', tool_call_id: 'x', content: 'a' }] }),
      400,
      { param: 'messages.[0].role' },
    ],
    [
      'a prompt over the window',
      (trial) => chat(trial, { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'a '.repeat(300_000) }] }),
      400,
      { code: 'context_length_exceeded', param: 'messages' },
    ],
    [
      'a body that is no JSON',
      ({ post }) => post('/openai/v1/chat/completions', '{', bearer),
      400,
      { message: expect.stringMatching(/^We could not parse/) },
    ],
    [
      'dimensions over the most',
      ({ post }) =>
        post('/openai/v1/embeddings', { model: 'text-embedding-3-small', input: 'a', dimensions: 9999 }, bearer),
      400,
      { param: 'dimensions' },
    ],
  ]
  for (const [name, ask, status, error] of errors) {
    test(name, async () => {
      await withTrial({}, async (trial) => {
        const answer = await ask(trial)
        expect(answer).toMatchObject({ status, json: { error: { type: 'invalid_request_error', ...error } } })
        expect(Object.keys(answer.json['error'] ?? {})).toEqual(['message', 'type', 'param', 'code'])
      })
    })
  }
})

describe('the OpenAI face', () => {
  test('speaks chat without any of Copilot’s members, and with the headers of the service', async () => {
    await withTrial({}, async (trial) => {
      const answer = await chat(trial, { model: 'gpt-5.2', reasoning_effort: 'low' })
      expect(answer.text).not.toMatch(/copilot|reasoning_text|reasoning_opaque|padding|filter/)
      expect(answer.json).toMatchObject({
        id: expect.stringMatching(/^chatcmpl-/),
        object: 'chat.completion',
        model: 'gpt-5.2-2025-12-11',
        system_fingerprint: expect.stringMatching(/^fp_/),
      })
      expect(answer.headers.get('x-request-id')).toMatch(/^req_/)
      expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('4999')
      expect(answer.headers.get('openai-processing-ms')).not.toBeNull()
    })
  })

  test('fails half way through a stream with an error event, and before a whole answer', async () => {
    await withTrial({ scenario: [{ text: 'half', finish: 'error', times: 0 }] }, async (trial) => {
      const { events, text } = await chat(trial, { stream: true })
      expect(events.at(-1)).toMatchObject({ error: { type: 'server_error' } })
      expect([text.includes('half'), text.includes('[DONE]')]).toEqual([true, false])
      expect(await chat(trial, {})).toMatchObject({ status: 500, json: { error: { type: 'server_error' } } })
    })
  })

  test('accepts only the keys it was given', async () => {
    await withTrial({ faces: { openai: { keys: ['sk-one'] } } }, async ({ get }) => {
      expect((await get('/openai/v1/models', { authorization: 'Bearer sk-one' })).status).toBe(200)
      expect((await get('/openai/v1/models', { authorization: 'Bearer sk-two' })).status).toBe(401)
    })
  })

  test('takes sampling where the effort is none, and further models', async () => {
    await withTrial({ faces: { openai: { extraModels: [{ id: 'mine' }] } } }, async (trial) => {
      expect((await chat(trial, { model: 'gpt-5.2', temperature: 0.5 })).status).toBe(200)
      expect((await chat(trial, { model: 'mine' })).status).toBe(200)
    })
  })

  test('keeps ids stable within a stream, and encrypted content to those who ask', async () => {
    await withTrial({}, async (trial) => {
      const asked = { reasoning: { effort: 'low', summary: 'auto' } }
      const { events } = await respond(trial, { ...asked, stream: true })
      const ids = events.flatMap(({ item_id: id, output_index: index }) => (id === undefined ? [] : [`${index} ${id}`]))
      expect(new Set(ids).size).toBe(2)
      expect(JSON.stringify(events)).not.toContain('encrypted_content')
      const sealed = await respond(trial, { ...asked, include: ['reasoning.encrypted_content'] })
      expect(sealed.text).toContain('encrypted_content')
    })
  })

  test('goes on from what it kept, and from nothing when told not to store', async () => {
    await withTrial({}, async ({ url }) => {
      const { responses } = client(url)
      const tools = [
        { type: 'function' as const, name: 'read', parameters: { type: 'object', properties: {} }, strict: false },
      ]
      const first = await responses.create({ model: 'gpt-5.2', tools, input: 'call tool read with {"path":"x"}' })
      const call = first.output.find((item) => item.type === 'function_call')
      const output = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'the text' }
      const second = await responses.create({
        model: 'gpt-5.2',
        tools,
        previous_response_id: first.id,
        input: [output],
      })
      expect([second.output_text, second.previous_response_id]).toEqual(['The tool read answered: the text', first.id])
      const reference = { type: 'item_reference' as const, id: call?.id ?? '' }
      const third = await responses.create({ model: 'gpt-5.2', tools, input: [reference, output] })
      expect(third.output_text).toBe('The tool read answered: the text')
      expect((await responses.retrieve(third.id)).output_text).toBe(third.output_text)
      const loose = await responses.create({ model: 'gpt-5.2', store: false, input: 'hi' })
      await expect(
        responses.create({ model: 'gpt-5.2', previous_response_id: loose.id, input: 'a' }),
      ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    })
  })

  test('takes sealed reasoning back without storing, and misses what should follow it', async () => {
    await withTrial({}, async ({ url }) => {
      const { responses } = client(url)
      const base = {
        model: 'gpt-5.2',
        store: false,
        reasoning: { effort: 'low' as const },
        include: ['reasoning.encrypted_content' as const],
      }
      const first = await responses.create({ ...base, input: 'hi' })
      // Output items are input items.
      const output = first.output as OpenAI.Responses.ResponseInputItem[]
      const question = { role: 'user' as const, content: 'again' }
      expect((await responses.create({ ...base, input: [...output, question] })).output_text).toBe('You said: again')
      await expect(responses.create({ ...base, input: [...output.slice(0, 1), question] })).rejects.toThrow(
        /without its required following item/,
      )
    })
  })

  test('serves a round of tools, models and embeddings to the official package', async () => {
    await withTrial({}, async ({ url }) => {
      const openai = client(url)
      const tools = ['read', 'list'].map((name) => ({
        type: 'function' as const,
        function: { name, parameters: { type: 'object', properties: {} } },
      }))
      const turns: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'call tools read and list' }]
      const stream = openai.chat.completions.stream({ model: 'gpt-4.1', messages: turns, tools })
      const first = (await stream.finalChatCompletion()).choices[0]?.message
      if (first !== undefined) turns.push(first)
      for (const { id } of first?.tool_calls ?? []) turns.push({ role: 'tool', tool_call_id: id, content: 'done' })
      const last = await openai.chat.completions.create({ model: 'gpt-4.1', messages: turns, tools })
      expect(last.choices[0]?.message.content).toBe('The tool read answered: done\nThe tool list answered: done')
      expect((await openai.models.list()).data.map(({ id }) => id)).toContain('gpt-5.4')
      expect((await openai.models.retrieve('gpt-5.4')).owned_by).toBe('system')
      const { data } = await openai.embeddings.create({ model: 'text-embedding-3-large', input: 'a', dimensions: 16 })
      expect(data[0]?.embedding).toHaveLength(16)
    })
  })
})
