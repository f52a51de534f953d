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

  test('counts what was written to the cache, as the types of the newest official package say', async () => {
    await withTrial({}, async (trial) => {
      const { input_tokens_details: details } = (
        await client(trial.url).responses.create({ model: 'gpt-5.2', input: 'hi' })
      ).usage ?? { input_tokens_details: undefined }
      expect(details).toEqual({ cached_tokens: 0, cache_write_tokens: 0 })
    })
  })

  test('takes pictures that it made back with all that its answers say of them, and nothing that is of no item', async () => {
    await withTrial({}, async (trial) => {
      const made = {
        id: 'ig_1',
        type: 'image_generation_call',
        status: 'completed',
        background: 'opaque',
        output_format: 'webp',
        quality: 'medium',
        result: 'UklGRg==',
        revised_prompt: 'A cat',
        size: '1024x1024',
      }
      const ask = (item: object) => respond(trial, { input: [item, { role: 'user', content: 'again' }] })
      expect((await ask(made)).json).toMatchObject({ status: 'completed' })
      expect(await ask({ ...made, shown: true })).toMatchObject({
        status: 400,
        json: { error: { param: 'input[0].shown' } },
      })
      const said = { role: 'user', content: 'hi', revised_prompt: 'A cat' }
      expect((await ask(said)).json).toMatchObject({ error: { param: 'input[0].revised_prompt' } })
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
