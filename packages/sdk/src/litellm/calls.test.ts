import { afterEach, describe, expect, it } from 'vitest'
import { BadRequestError } from '../index.ts'
import { collect, startLite, type LiteTrial } from './trial.test-support.ts'

let trial: LiteTrial
afterEach(() => trial.close())

const hello = [{ role: 'user' as const, content: 'Hello there' }]
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

describe('completion', () => {
  it.each([
    ['github_copilot/gpt-4.1', undefined, '/chat/completions', 'gpt-4.1'],
    ['github_copilot/gpt-4', undefined, '/chat/completions', 'gpt-4'],
    ['openai/gpt-4.1', 'openai', '/v1/chat/completions', 'gpt-4.1'],
    ['gpt-4o-mini', 'openai', '/v1/chat/completions', 'gpt-4o-mini'],
    ['azure/gpt-4.1', 'azure', '/openai/deployments/gpt-4.1/chat/completions', undefined],
    ['anthropic/claude-sonnet-4-6', 'anthropic', '/v1/messages', 'claude-sonnet-4-6'],
    ['claude-sonnet-4-6', 'anthropic', '/v1/messages', 'claude-sonnet-4-6'],
    ['hosted_vllm/some-model', 'compatible', '/v1/chat/completions', 'some-model'],
  ])('of %s reaches its provider, whole and streamed', async (model, face, path, wire) => {
    trial = await startLite({ faces: { compatible: { extraModels: [{ id: 'some-model' }] } } })
    const reply = await trial.lite.completion({ model, messages: hello, max_tokens: 100 })
    expect(reply).toMatchObject({ object: 'chat.completion', usage: { total_tokens: expect.any(Number) } })
    expect(reply.choices[0]?.message.content).toContain('Hello there')
    const asked = trial.lastCall()
    expect(asked.face).toBe(face)
    expect(face ? asked.path.endsWith(path) : asked.path === path).toBe(true)
    if (wire !== undefined) expect(asked.body).toMatchObject({ model: wire })
    const pieces = await collect(await trial.lite.completion({ model, messages: hello, max_tokens: 100, stream: true }))
    expect(pieces.every((piece) => piece.object === 'chat.completion.chunk')).toBe(true)
    expect(pieces.map((piece) => piece.choices[0]?.delta.content ?? '').join('')).toContain('Hello there')
  })

  it('of Ollama goes to the address of its variable, and needs no key', async () => {
    trial = await startLite()
    const models = ['ollama/llama3.2', 'ollama_chat/llama3.2']
    for (const model of models) {
      const reply = await trial.lite.completion({ model, messages: hello })
      expect(reply.choices[0]?.message.content).toContain('Hello there')
      expect(trial.lastCall().face).toBe('ollama')
    }
  })

  it('ends a stream with its usage where it is asked for', async () => {
    trial = await startLite()
    const stream = await trial.lite.completion({
      model: 'github_copilot/gpt-4.1',
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    })
    expect((await collect(stream)).at(-1)?.usage).toMatchObject({ prompt_tokens: expect.any(Number) })
  })

  it('sends the headers of the call over its own of the same name, whatever their case', async () => {
    trial = await startLite()
    await trial.lite.completion({
      model: 'github_copilot/gpt-4.1',
      messages: hello,
      extraHeaders: {
        'editor-version': 'vscode/1.85.1',
        'editor-plugin-version': 'copilot/1.155.0',
        'Copilot-Integration-Id': 'vscode-chat',
        'User-Agent': 'GithubCopilot/1.155.0',
      },
    })
    expect(trial.lastCall().headers).toMatchObject({
      'editor-version': 'vscode/1.85.1',
      'editor-plugin-version': 'copilot/1.155.0',
      'copilot-integration-id': 'vscode-chat',
      'user-agent': 'GithubCopilot/1.155.0',
    })
  })

  it('says who speaks, and that there is a picture', async () => {
    trial = await startLite()
    await trial.lite.completion({
      model: 'github_copilot/gpt-4.1',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
          ],
        },
      ],
    })
    const { headers } = trial.lastCall()
    expect(headers).toMatchObject({ 'copilot-vision-request': 'true', 'x-initiator': 'user' })
    expect(headers['x-request-id']).toBeTruthy()
  })

  it('takes thinking and efforts for models that reason', async () => {
    trial = await startLite()
    const model = 'anthropic/claude-sonnet-4-5'
    await trial.lite.completion({ model, messages: hello, max_tokens: 4000, reasoning_effort: 'low' })
    expect(trial.lastCall().body).toHaveProperty('thinking')
    const thinking = { type: 'enabled', budget_tokens: 2000 } as const
    await trial.lite.completion({ model, messages: hello, max_tokens: 4000, thinking })
    expect(trial.lastCall().body).toHaveProperty('thinking')
  })

  it('leads a model that has Responses alone there, and answers in chat form', async () => {
    trial = await startLite()
    const reply = await trial.lite.completion({ model: 'github_copilot/gpt-5.3-codex', messages: hello })
    expect(trial.lastCall().path).toBe('/responses')
    expect(reply.choices[0]?.message.content).toContain('Hello there')
  })

  it('keeps the whole name for another gateway, with the address and the key of the call', async () => {
    trial = await startLite({ faces: { compatible: { extraModels: [{ id: 'github_copilot/gpt-4' }] } } })
    const reply = await trial.lite.completion({
      model: 'litellm_proxy/github_copilot/gpt-4',
      messages: hello,
      apiBase: `${trial.emulator.urls.compatible}/v1`,
      apiKey: 'your-proxy-api-key',
    })
    expect(trial.lastCall()).toMatchObject({ face: 'compatible', body: { model: 'github_copilot/gpt-4' } })
    expect(trial.lastCall().headers['authorization']).toContain('-key')
    expect(reply._hiddenParams.customLlmProvider).toBe('litellm_proxy')
  })

  it('keeps a name that begins like its provider', async () => {
    trial = await startLite({ faces: { compatible: { extraModels: [{ id: 'openrouter/auto' }] } } })
    await trial.lite.completion({
      model: 'openrouter/openrouter/auto',
      messages: hello,
      apiBase: `${trial.emulator.urls.compatible}/v1`,
      apiKey: 'k',
    })
    expect(trial.lastCall().body).toMatchObject({ model: 'openrouter/auto' })
  })

  it('asks providers of the program’s own, before vendors of the same name', async () => {
    trial = await startLite({ faces: { compatible: { extraModels: [{ id: 'mine/m' }] } } })
    const baseUrl = `${trial.emulator.urls.compatible}/v1`
    const lite = trial.newLite({
      providers: { mine: { baseUrl }, groq: { baseUrl, bearerToken: () => 'fresh-token' } },
    })
    for (const model of ['mine/mine/m', 'groq/mine/m']) {
      const reply = await lite.completion({ model, messages: hello })
      expect(reply._hiddenParams.customLlmProvider).toBe(model.split('/')[0])
      expect(trial.lastCall().body).toMatchObject({ model: 'mine/m' })
    }
    expect(trial.lastCall().headers['authorization']).toContain('oken')
    await expect(lite.completion({ model: 'mine/m', messages: hello, apiKey: 'k' })).rejects.toThrow('providers')
    const option = { env: {}, provider: {} }
    expect(() => trial.newLite(option)).toThrow('provider is no option of createLite')
  })

  it('never sends the token of Copilot to an address that a call names', async () => {
    trial = await startLite()
    const apiBase = `${trial.emulator.urls.compatible}/v1`
    await trial.lite.completion({ model: 'github_copilot/gpt-4.1', messages: hello, apiBase })
    await trial.lite.messages({ model: 'github_copilot/claude-sonnet-4.6', messages: hello, max_tokens: 9, apiBase })
    expect(trial.emulator.requests().some(({ face }) => face === 'compatible')).toBe(false)
    expect(trial.calls()).toHaveLength(2)
  })

  it('cancels the upstream when its reader leaves', async () => {
    trial = await startLite()
    const text = Array.from({ length: 200 }, (_, index) => `word${index} `)
    trial.emulator.play([{ text, delay: { chunks: 20 } }])
    let seen = 0
    for await (const chunk of await trial.lite.completion({
      model: 'github_copilot/gpt-4.1',
      messages: hello,
      stream: true,
    })) {
      if (chunk.choices[0]?.delta.content && ++seen === 2) break
    }
    await expect.poll(() => trial.lastCall().aborted).toBe(true)
  })

  it('loses nothing of a long answer to a slow reader', async () => {
    trial = await startLite()
    const pieces = Array.from({ length: 2000 }, (_, index) => `word${index} `)
    trial.emulator.play([{ text: pieces }])
    let text = ''
    for await (const chunk of await trial.lite.completion({ model: 'openai/gpt-4.1', messages: hello, stream: true })) {
      if (text.length % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).toBe(pieces.join(''))
  })

  it('ends with the reason of its signal, before and while it runs', async () => {
    trial = await startLite()
    const model = 'github_copilot/gpt-4.1'
    const gone = AbortSignal.abort(new Error('not wanted'))
    await expect(trial.lite.completion({ model, messages: hello, signal: gone })).rejects.toThrow('not wanted')
    expect(trial.calls()).toHaveLength(0)
    trial.emulator.play([{ text: Array.from({ length: 50 }, String), delay: { chunks: 200 } }])
    const leaving = new AbortController()
    const stream = await trial.lite.completion({ model, messages: hello, stream: true, signal: leaving.signal })
    leaving.abort(new Error('enough'))
    await expect(collect(stream)).rejects.toThrow('enough')
    await expect.poll(() => trial.lastCall().aborted).toBe(true)
  })

  it('adds what extraBody holds to the request', async () => {
    trial = await startLite({ faces: { compatible: { extraModels: [{ id: 'm' }] } } })
    await trial.lite.completion({ model: 'hosted_vllm/m', messages: hello, extraBody: { top_k: 4 } })
    expect(trial.lastCall().body).toMatchObject({ top_k: 4 })
  })

  it.each([
    ['extra_headers', 'extraHeaders'],
    ['api_base', 'apiBase'],
    ['api_key', 'apiKey'],
    ['num_retries', 'numRetries'],
    ['fallbacks', 'Router'],
    ['maxTokens', 'Options:'],
  ])('refuses %s by name, with what to write, and sends nothing', async (name, says) => {
    trial = await startLite()
    const request = { model: 'github_copilot/gpt-4.1', messages: hello, [name]: 'sk-secret' }
    const error: unknown = await trial.lite.completion(request).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BadRequestError)
    expect(String(error)).toContain(name)
    expect(String(error)).toContain(says)
    expect(String(error)).not.toContain('sk-secret')
    expect(trial.emulator.requests()).toHaveLength(0)
  })

  it.each([
    ['nobody/gpt-4', 'There is no provider nobody'],
    ['some-model', 'says no provider'],
    ['', 'There is no model'],
    ['openai/', 'has no model in it'],
  ])('refuses the name "%s"', async (model, says) => {
    trial = await startLite()
    await expect(trial.lite.completion({ model, messages: hello })).rejects.toThrow(says)
  })
})

describe('responses', () => {
  it('answers a text with a limit, whole and streamed', async () => {
    trial = await startLite()
    const request = { model: 'github_copilot/gpt-5.3-codex', input: 'Write a hello world', max_output_tokens: 500 }
    const reply = await trial.lite.aresponses(request)
    expect(reply).toMatchObject({
      object: 'response',
      status: 'completed',
      usage: { input_tokens: expect.any(Number) },
    })
    expect(trial.lastCall()).toMatchObject({ path: '/responses', body: { max_output_tokens: 500 } })
    const events = await collect(await trial.lite.responses({ ...request, stream: true }))
    expect(events.at(0)?.type).toBe('response.created')
    expect(events.at(-1)?.type).toBe('response.completed')
  })

  it('are served by models that speak Messages', async () => {
    trial = await startLite()
    const reply = await trial.lite.responses({ model: 'anthropic/claude-sonnet-4-6', input: 'Hello there' })
    expect(trial.lastCall().path).toContain('/v1/messages')
    expect(JSON.stringify(reply.output)).toContain('Hello there')
  })
})

describe('messages', () => {
  it.each(['github_copilot/claude-sonnet-4.6', 'anthropic/claude-sonnet-4-6', 'openai/gpt-4.1'])(
    'of %s answer whole and streamed',
    async (model) => {
      trial = await startLite()
      const reply = await trial.lite.messages({ model, messages: hello, max_tokens: 100 })
      expect(reply).toMatchObject({ type: 'message', usage: { input_tokens: expect.any(Number) } })
      const events = await collect(await trial.lite.messages({ model, messages: hello, max_tokens: 100, stream: true }))
      expect(events.at(0)?.type).toBe('message_start')
      expect(events.at(-1)?.type).toBe('message_stop')
    },
  )
})

describe('embedding', () => {
  it.each(['github_copilot/text-embedding-3-small', 'openai/text-embedding-3-small', 'azure/text-embedding-3-small'])(
    'of %s gives a vector for each text',
    async (model) => {
      trial = await startLite()
      const reply = await trial.lite.embedding({ model, input: ['good morning', 'good night'] })
      expect(reply.data.map(({ embedding }) => typeof embedding[0])).toEqual(['number', 'number'])
      expect(reply.usage.total_tokens).toBeGreaterThan(0)
      const again = await trial.lite.aembedding({ model, input: 'one', extraHeaders: { 'X-Own': 'yes' } })
      expect(again.data).toHaveLength(1)
      expect(trial.lastCall().headers['x-own']).toBe('yes')
    },
  )
})

describe('countTokens', () => {
  it('asks Anthropic for Claude where there is a key, and counts here otherwise', async () => {
    trial = await startLite()
    const exact = await trial.lite.countTokens({ model: 'anthropic/claude-sonnet-4-6', messages: hello })
    expect(exact).toMatchObject({ how: 'exact', input_tokens: expect.any(Number) })
    const counted = await trial.lite.countTokens({ model: 'github_copilot/gpt-4.1', messages: hello })
    expect(counted).toMatchObject({ how: 'estimate', tokenizer: 'o200k_base' })
    expect(counted.input_tokens).toBeGreaterThan(2)
    expect(trial.calls()).toHaveLength(0)
  })
})

describe('a reply', () => {
  it('tells its request, its provider and no price that nobody said', async () => {
    trial = await startLite()
    const reply = await trial.lite.completion({ model: 'github_copilot/gpt-4.1', messages: hello })
    expect(reply._request_id).toBeTruthy()
    expect(reply._hiddenParams).toMatchObject({
      customLlmProvider: 'github_copilot',
      model: 'gpt-4.1',
      responseCost: null,
    })
    expect(JSON.stringify(reply)).not.toContain('_hiddenParams')
  })

  it('tells the price that the upstream says', async () => {
    trial = await startLite()
    const message = { role: 'assistant', content: 'Hi' }
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, cost: 0.00012 }
    const choices = [{ index: 0, message, finish_reason: 'stop' }]
    const body = { id: 'c', object: 'chat.completion', created: 1, model: 'gpt-4.1', choices, usage }
    trial.emulator.play([{ status: 200, body }])
    const reply = await trial.lite.completion({ model: 'openai/gpt-4.1', messages: hello })
    expect(reply._hiddenParams.responseCost).toBe(0.00012)
  })
})
