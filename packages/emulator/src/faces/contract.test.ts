import { describe, expect, test } from 'vitest'
import type { ScenarioStep } from '../scenario.ts'
import { schema } from '../schema.test-support.ts'
import { withTrial } from '../trial.test-support.ts'
import { faceNames, facePrefix } from './face.ts'

const bearer = { authorization: 'Bearer sk-trial' }
const chat = { whole: schema('openai.chat.response'), event: schema('openai.chat.stream-event') }
const responses = { whole: schema('openai.responses.response'), event: schema('openai.responses.stream-event') }
const messages = [{ role: 'user', content: 'hi' }]
const usage = { stream_options: { include_usage: true } }

const endpoints = [
  { ...chat, path: '/openai/v1/chat/completions', body: { model: 'gpt-5.2', messages, reasoning_effort: 'low' } },
  { ...chat, path: '/openai/v1/chat/completions', body: { model: 'gpt-4.1', messages, temperature: 0 } },
  {
    ...responses,
    path: '/openai/v1/responses',
    body: {
      model: 'gpt-5.3-codex',
      input: 'hi',
      include: ['reasoning.encrypted_content'],
      reasoning: { summary: 'auto' },
    },
  },
  { ...responses, path: '/openai/v1/responses', body: { model: 'gpt-4.1', input: 'hi', store: false } },
  {
    ...chat,
    path: '/azure/openai/deployments/gpt-4.1/chat/completions?api-version=2024-10-21',
    body: { model: 'anything', messages },
  },
  { ...chat, path: '/azure/openai/v1/chat/completions', body: { model: 'gpt-5.2', messages } },
  { ...responses, path: '/azure/openai/v1/responses?api-version=preview', body: { model: 'gpt-5.2', input: 'hi' } },
  {
    ...chat,
    path: '/dashscope/compatible-mode/v1/chat/completions',
    body: { model: 'qwen-plus', messages, enable_thinking: true },
  },
  { ...chat, path: '/compatible/v1/chat/completions', body: { model: 'openai/gpt-oss-120b', messages } },
  { ...responses, path: '/compatible/v1/responses', body: { model: 'openai/gpt-oss-120b', input: 'hi' } },
]

const steps: Readonly<Record<string, ScenarioStep>> = {
  echo: {},
  text: { text: ['Hel', 'lo ', '🎉'], logprobs: true },
  reasoning: { reasoning: 'hm hm', text: 'yes' },
  calls: {
    text: 'Looking.',
    toolCalls: [
      { name: 'a', arguments: { path: 'some/where/deep.txt' } },
      { name: 'b', arguments: '{}' },
    ],
    interleave: true,
  },
  refusal: { refusal: 'I cannot help with that.' },
  length: { text: 'cut off he', finish: 'length' },
  filtered: { text: 'bad', finish: 'content-filter' },
}

describe('every face writes the official grammar', () => {
  for (const { path, body, whole, event } of endpoints) {
    test(`${path} ${body.model}`, async () => {
      for (const [name, step] of Object.entries(steps)) {
        await withTrial({ scenario: name === 'echo' ? [] : [{ ...step, times: 0 }] }, async ({ post }) => {
          const answer = await post(path, body, bearer)
          expect([name, answer.status]).toEqual([name, 200])
          whole(answer.json)
          const counted = 'messages' in body ? usage : {}
          const stream = await post(path, { ...body, ...counted, stream: true }, bearer)
          expect(stream.events.length).toBeGreaterThan(1)
          // Azure's first chunk, the filter's report, is its own: azure.test.ts has it.
          for (const entry of stream.events) if (!('prompt_filter_results' in entry)) event(entry)
          if ('messages' in body) {
            expect(stream.text.endsWith('data: [DONE]\n\n')).toBe(true)
            expect(stream.events.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } })
          } else {
            expect(stream.events.map(({ sequence_number: number }) => number)).toEqual(stream.events.map((_, at) => at))
            expect(stream.text).not.toContain('[DONE]')
          }
        })
      }
    })
  }

  test('usage is in no chunk that was not asked for', async () => {
    await withTrial({}, async ({ post }) => {
      for (const { path, body } of endpoints.filter((entry) => 'messages' in entry.body)) {
        const { text } = await post(path, { ...body, stream: true }, bearer)
        expect([path, text.includes('usage')]).toEqual([path, false])
      }
    })
  })

  test('errors and embeddings too', async () => {
    const [error, embeddings] = [schema('openai.error'), schema('openai.embeddings.response')]
    await withTrial({}, async ({ post }) => {
      const refused = await post('/openai/v1/chat/completions', { model: 'none', messages }, bearer)
      error(refused.json)
      for (const encoding_format of ['float', 'base64']) {
        for (const input of ['a', ['a', 'b'], [1, 2, 3], [[1], [2]]]) {
          const body = { model: 'text-embedding-3-small', input, encoding_format, dimensions: 8 }
          const answer = await post('/openai/v1/embeddings', body, bearer)
          // The schema knows floats only; base64 stands in their place.
          if (encoding_format === 'float') embeddings(answer.json)
          else
            expect(answer.json).toMatchObject({
              data: [
                { embedding: expect.any(String) },
                ...(Array.isArray(input) && typeof input[0] !== 'number' ? [{}] : []),
              ],
            })
        }
      }
    })
  })
})

describe('faces share one listener', () => {
  test('each has an address, is recorded by name with its key hidden, and shows no Copilot headers', async () => {
    await withTrial({}, async ({ url, emulator, post }) => {
      expect(emulator.urls).toEqual(Object.fromEntries(faceNames.map((name) => [name, url + facePrefix(name)])))
      const answer = await post(
        '/azure/openai/v1/chat/completions',
        { model: 'gpt-4.1', messages },
        { authorization: '', 'api-key': 'azure-secret-1234' },
      )
      expect([...answer.headers.keys()].filter((name) => /quota|github/.test(name))).toEqual([])
      const [record] = emulator.requests()
      expect(record).toMatchObject({ face: 'azure', path: '/azure/openai/v1/chat/completions', status: answer.status })
      expect(JSON.stringify(record)).not.toContain('azure-secret')
    })
  })

  test('a step names the face it is for, and may fail, wait or cut there', async () => {
    const scenario = [
      { when: { face: 'azure' }, status: 503, error: { message: 'busy' }, headers: { 'retry-after': '1' } },
      { when: { face: 'openai', path: '/v1/models' }, status: 500, body: 'down' },
      { when: { face: 'openai' }, status: 429, error: { message: 'out', code: 'insufficient_quota' } },
      { when: { face: 'copilot' }, text: 'from copilot' },
      { when: { face: 'compatible' }, text: 'a b c d', cut: { afterEvents: 2 } },
    ] as const
    await withTrial({ scenario }, async ({ post, get }) => {
      const ask = (path: string, model: string, more: object = {}, headers: Record<string, string> = bearer) =>
        post(path, { model, messages, ...more }, headers)
      expect((await get('/openai/v1/models', bearer)).status).toBe(500)
      expect(await ask('/openai/v1/chat/completions', 'gpt-4.1')).toMatchObject({
        status: 429,
        json: { error: { code: 'insufficient_quota' } },
      })
      expect(await ask('/compatible/v1/chat/completions', 'openai/gpt-oss-120b', { stream: true })).toMatchObject({
        broken: true,
        events: [{}, {}],
      })
      expect((await ask('/azure/openai/v1/chat/completions', 'gpt-4.1')).headers.get('retry-after')).toBe('1')
      expect((await ask('/chat/completions', 'gpt-4.1', {}, {})).text).toContain('from copilot')
      expect((await ask('/openai/v1/chat/completions', 'gpt-4.1')).text).toContain('You said: hi')
    })
  })
})
