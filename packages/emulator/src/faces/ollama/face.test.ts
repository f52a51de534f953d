import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { schema } from '../../schema.test-support.ts'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial } from '../../trial.test-support.ts'

const ask = { model: 'llama3.2', messages: [{ role: 'user', content: 'hi there' }] }
const send = ({ post }: Trial, more: object = {}, headers = {}) =>
  post('/ollama/v1/chat/completions', { ...ask, ...more }, { authorization: '', ...headers })

describe('Ollama', () => {
  test('answers the official openai package: chat with reasoning and tools, responses, embeddings, models', async () => {
    await withTrial({}, async ({ url }) => {
      const client = new OpenAI({ apiKey: 'ollama', baseURL: `${url}/ollama/v1`, maxRetries: 0 })
      const messages = [{ role: 'user' as const, content: 'call tool read with {"path":"x"}' }]
      const tools = [{ type: 'function' as const, function: { name: 'read', parameters: { type: 'object' } } }]
      const final = await client.chat.completions.stream({ model: 'qwen3:8b', messages, tools }).finalChatCompletion()
      expect(final.choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: {
          reasoning: expect.any(String),
          tool_calls: [{ function: { name: 'read', arguments: '{"path":"x"}' } }],
        },
      })
      const response = await client.responses.create({ model: 'gpt-oss:20b', input: 'hi' })
      expect(response.status).toBe('completed')
      const vectors = await client.embeddings.create({ model: 'nomic-embed-text', input: ['a', 'b'] })
      expect(vectors.data.map(({ embedding }) => embedding.length)).toEqual([768, 768])
      expect((await client.models.list()).data.map(({ id }) => id)).toContain('qwen3:8b')
    })
  })

  test('writes chat in the form of OpenAI, by its own habits', async () => {
    await withTrial({}, async (trial) => {
      const whole = await send(trial)
      expect(whole.json).toMatchObject({
        system_fingerprint: 'fp_ollama',
        choices: [{ message: { content: 'You said: hi there' } }],
      })
      const isChunk = schema('openai.chat.stream-event')
      const stream = await send(trial, { stream: true, stream_options: { include_usage: true } })
      for (const event of stream.events) isChunk(event)
      expect(stream.events.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } })
      expect((await send(trial, { stream: true })).text).not.toContain('usage')
    })
  })

  test('ignores what it does not know, num_ctx too, and drops what does not fit without a word', async () => {
    await withTrial({}, async (trial) => {
      const long = [{ role: 'user', content: 'x'.repeat(40_000) }, ...ask.messages]
      const more = {
        messages: long,
        options: { num_ctx: 65_536 },
        num_ctx: 65_536,
        made_up: 1,
        max_completion_tokens: 1,
      }
      const { status, json } = await send(trial, more)
      expect(status).toBe(200)
      const { prompt_tokens: tokens } = json['usage'] as { prompt_tokens: number }
      expect(tokens).toBeLessThan(4096)
      expect(json).toMatchObject({ choices: [{ finish_reason: 'stop' }] })
      expect(trial.emulator.requests().at(-1)).toMatchObject({ face: 'ollama', body: { options: { num_ctx: 65_536 } } })
      expect((await send(trial, { max_tokens: 1 })).json).toMatchObject({ choices: [{ finish_reason: 'length' }] })
    })
  })

  test('refuses in its own words, and asks for no key', async () => {
    const tools = [{ type: 'function', function: { name: 'read', parameters: { type: 'object' } } }]
    const bad = (content: unknown) => ({ messages: [{ role: 'user', content }] })
    await withTrial({}, async (trial) => {
      for (const [more, status, message] of [
        [{ model: 'none' }, 404, "model 'none' not found"],
        [{ model: '' }, 400, 'model is required'],
        [
          { reasoning_effort: 'xhigh' },
          400,
          'invalid reasoning value: \'xhigh\' (must be "high", "medium", "low", or "none")',
        ],
        [{ reasoning_effort: 'low' }, 400, '"llama3.2:latest" does not support thinking'],
        [{ model: 'gemma3:12b', tools }, 400, 'registry.ollama.ai/library/gemma3:12b does not support tools'],
        [{ model: 'nomic-embed-text' }, 400, '"nomic-embed-text:latest" does not support chat'],
        [bad(null), 400, 'invalid message content type: <nil>'],
        [bad([{ type: 'input_text', text: 'x' }]), 400, 'invalid message format'],
        [bad([{ type: 'image_url', image_url: { url: 'https://x.test/a.png' } }]), 400, 'invalid image input'],
      ] as const) {
        const answer = await send(trial, more)
        // What the server's own API refuses is passed on as its error, whatever the status.
        const type = / (?:not found|not support \w+)$/.test(message) ? 'api_error' : 'invalid_request_error'
        expect([answer.status, answer.json]).toEqual([status, { error: { message, type, param: null, code: null } }])
      }
      expect((await send(trial, {}, { authorization: 'Bearer anything' })).status).toBe(200)
      expect((await trial.post('/ollama/api/show', { model: 'none' })).json).toEqual({
        error: "model 'none' not found",
      })
    })
  })

  test('answers its own chat by lines of JSON, with the context that the request wants', async () => {
    await withTrial({}, async ({ post }) => {
      const tools = [{ type: 'function', function: { name: 'read', parameters: { type: 'object' } } }]
      const messages = [{ role: 'user', content: 'call tool read with {"path":"x"}' }]
      const asked = await post('/ollama/api/chat', { model: 'qwen3:8b', messages, tools, think: true })
      expect(asked.headers.get('content-type')).toBe('application/x-ndjson')
      const lines = asked.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(lines[0]).toMatchObject({ message: { role: 'assistant', thinking: expect.any(String) }, done: false })
      const call = { function: { name: 'read', arguments: { path: 'x' } } }
      expect(lines.at(-2)).toMatchObject({ message: { tool_calls: [call] } })
      expect(lines.at(-1)).toMatchObject({ done: true, done_reason: 'stop', eval_count: expect.any(Number) })
      const history = [...messages, { role: 'assistant', content: '', tool_calls: [{ id: 'c1', ...call }] }]
      const result = { role: 'tool', tool_name: 'read', tool_call_id: 'c1', content: 'a kettle' }
      const whole = { model: 'qwen3:8b', messages: [...history, result], tools, think: false, stream: false }
      expect((await post('/ollama/api/chat', whole)).json).toMatchObject({
        message: { role: 'assistant', content: 'The tool read answered: a kettle' },
        done: true,
      })
      const long = [{ role: 'user', content: 'word '.repeat(8000) }, ...ask.messages]
      const counts = [{}, { options: { num_ctx: 65_536 } }].map(async (more) => {
        const { json } = await post('/ollama/api/chat', { ...ask, messages: long, stream: false, ...more })
        return Number(json['prompt_eval_count'])
      })
      const [cut, kept] = await Promise.all(counts)
      expect(cut).toBeLessThan(4096)
      expect(kept).toBeGreaterThan(4096)
      const strict = await post('/ollama/api/chat', { ...ask, messages: long, stream: false, truncate: false })
      expect(strict).toMatchObject({ status: 400, json: { error: 'the input length exceeds the context length' } })
    })
  })

  test('refuses in its own chat what does not fit the types of its server', async () => {
    const field = 'json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string'
    const call = { function: { name: 'read', arguments: '{}' } }
    await withTrial({}, async ({ post }) => {
      for (const [more, message] of [
        [{ options: { stop: 'x' } }, 'option "stop" must be of type array'],
        [{ options: { num_ctx: '4096' } }, 'option "num_ctx" must be of type integer'],
        [{ think: 'xhigh' }, 'invalid think value: "xhigh" (must be "high", "medium", "low", "max", true, or false)'],
        [{ think: true }, '"llama3.2:latest" does not support thinking'],
        [{ messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }, field],
        [
          { messages: [{ role: 'assistant', content: '', tool_calls: [call] }] },
          'json: cannot unmarshal string into Go struct field ChatRequest.messages.tool_calls.function.arguments of type api.ToolCallFunctionArguments',
        ],
        [
          { messages: [{ role: 'user', content: 'x', images: ['data:image/png;base64,AA=='] }] },
          'illegal base64 data at input byte 4',
        ],
      ] as const)
        expect(await post('/ollama/api/chat', { ...ask, ...more })).toMatchObject({
          status: 400,
          json: { error: message },
        })
    })
  })

  test('lets a proxy before it ask for a key', async () => {
    await withTrial({ faces: { ollama: { keys: ['mine'] } } }, async (trial) => {
      expect((await send(trial)).status).toBe(401)
      expect((await send(trial, {}, { authorization: 'Bearer mine' })).status).toBe(200)
    })
  })

  test('tells of its models by its own API', async () => {
    await withTrial({}, async (trial) => {
      expect((await trial.get('/ollama/')).text).toBe('Ollama is running')
      expect((await trial.get('/ollama/api/version')).json).toEqual({ version: '0.24.0' })
      expect((await trial.get('/ollama/api/tags')).text).toContain('"name":"gemma3:12b"')
      expect((await trial.get('/ollama/api/ps')).json).toEqual({ models: [] })
      await send(trial)
      expect((await trial.get('/ollama/api/ps')).json).toMatchObject({
        models: [{ name: 'llama3.2:latest', context_length: 4096 }],
      })
      expect((await trial.post('/ollama/api/show', { model: 'qwen3:8b' })).json).toMatchObject({
        capabilities: ['completion', 'tools', 'thinking'],
        model_info: { 'qwen3.context_length': 32_768 },
      })
    })
  })
})
