import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial } from '../../trial.test-support.ts'

const bearer = { authorization: 'Bearer sk-trial' }
const mark = { cache_control: { type: 'ephemeral' } }
const long = { type: 'text', text: 'rule '.repeat(2000), ...mark }
const json = { type: 'json_object' }
const tools = [{ type: 'function', function: { name: 'read', parameters: { type: 'object', properties: {} } } }]
const user = (content: unknown): object => ({ role: 'user', content })
const chat = ({ post }: Trial, more: object, headers: Record<string, string> = bearer) =>
  post(
    '/dashscope/compatible-mode/v1/chat/completions',
    { model: 'qwen-plus', messages: [user('hi')], ...more },
    headers,
  )

describe('the DashScope face', () => {
  test('reads and writes the prompt cache at the marks on content blocks', async () => {
    await withTrial({}, async (trial) => {
      const ask = async (question: string) =>
        (await chat(trial, { messages: [{ role: 'system', content: [long] }, user(question)] })).json['usage']
      const first = await ask('a')
      const written = (first as { prompt_tokens_details: { cache_creation_input_tokens: number } })
        .prompt_tokens_details.cache_creation_input_tokens
      expect(written).toBeGreaterThan(2400)
      expect(first).toMatchObject({ prompt_tokens_details: { cached_tokens: 0 } })
      expect(await ask('b')).toMatchObject({
        prompt_tokens_details: { cached_tokens: written, cache_creation_input_tokens: 0 },
      })
    })
  })

  test('caches without marks too, and says nothing of what was written', async () => {
    await withTrial({}, async (trial) => {
      const ask = async (question: string) =>
        (await chat(trial, { messages: [{ role: 'system', content: 'rule '.repeat(2000) }, user(question)] })).json[
          'usage'
        ]
      expect(JSON.stringify(await ask('a'))).not.toContain('cache_creation')
      expect(
        ((await ask('b')) as { prompt_tokens_details: { cached_tokens: number } }).prompt_tokens_details.cached_tokens,
      ).toBeGreaterThan(2000)
    })
  })

  const wrong: Readonly<Record<string, object>> = {
    'five marks': { messages: [user(Array.from({ length: 5 }, () => ({ type: 'text', text: 'a', ...mark })))] },
    'a mark beside plain text': { messages: [{ role: 'user', content: 'a', ...mark }] },
    'a mark of another type': { messages: [user([{ type: 'text', text: 'a', cache_control: { type: 'lasting' } }])] },
    'a budget below one': { enable_thinking: true, thinking_budget: 0 },
    'thinking of an open model in a whole answer': { model: 'qwen3-32b' },
    'a call that has to be made beside thinking': { enable_thinking: true, tools, tool_choice: 'required' },
    'JSON beside thinking': { enable_thinking: true, response_format: json, messages: [user('json, please')] },
    'JSON without the word': { response_format: json },
    'a temperature of two': { temperature: 2 },
  }
  for (const [name, more] of Object.entries(wrong)) {
    test(`refuses ${name}`, async () => {
      await withTrial({}, async (trial) => {
        const { status, json } = await chat(trial, more)
        expect([status, json]).toMatchObject([
          400,
          { error: { code: 'invalid_parameter_error' }, request_id: expect.any(String) },
        ])
      })
    })
  }

  test('takes four marks, and a whole answer of an open model that does not think', async () => {
    await withTrial({}, async (trial) => {
      const four = { messages: [user(Array.from({ length: 4 }, () => ({ type: 'text', text: 'a', ...mark })))] }
      expect((await chat(trial, four)).status).toBe(200)
      expect((await chat(trial, { model: 'qwen3-32b', enable_thinking: false })).status).toBe(200)
    })
  })

  test('thinks before JSON with newer models (QwenLM/Qwen#2329)', async () => {
    const extraModels = [{ id: 'qwen3.8-max', thinking: true }]
    await withTrial({ faces: { dashscope: { extraModels } } }, async (trial) => {
      const both = { enable_thinking: true, response_format: json, messages: [user('json, please')] }
      expect((await chat(trial, { model: 'qwen3.8-max', ...both })).status).toBe(200)
    })
  })

  test('thinks only when told to, in reasoning_content', async () => {
    await withTrial({}, async (trial) => {
      const { events } = await chat(trial, { enable_thinking: true, thinking_budget: 100, stream: true })
      const deltas = events.flatMap(
        ({ choices }) => choices as { delta: { reasoning_content?: string; content?: string } }[],
      )
      expect(deltas.map(({ delta }) => delta.reasoning_content ?? '').join('')).toContain('The request is: hi')
      expect((await chat(trial, {})).text).not.toContain('reasoning_content')
    })
  })

  test('refuses wrong keys and unknown models, and lists those it has to the official package', async () => {
    await withTrial({}, async (trial) => {
      expect(await chat(trial, {}, { authorization: 'Bearer gho_x' })).toMatchObject({
        status: 401,
        json: { error: { code: 'invalid_api_key' } },
      })
      expect(await chat(trial, { model: 'none' })).toMatchObject({
        status: 404,
        json: { error: { code: 'model_not_found' } },
      })
      const client = new OpenAI({
        apiKey: 'sk-sdk',
        baseURL: `${trial.emulator.urls.dashscope}/compatible-mode/v1`,
        maxRetries: 0,
      })
      expect((await client.models.list()).data.map(({ id }) => id)).toContain('qwen3-max')
    })
  })
})
