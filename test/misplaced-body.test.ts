import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenAI } from 'openai'
import { startStage, type Stage } from './gateway.ts'

let gateway: Stage
beforeAll(async () => {
  gateway = await startStage()
})
afterAll(() => gateway.close())

const weather = { type: 'object', properties: { city: { type: 'string' } } }

function ask(body: object): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4.1', ...body }),
  })
}

test('a Responses body on the chat endpoint is served, and answered in chat form', async () => {
  const tools = [{ type: 'function', name: 'weather', parameters: weather }]
  const answer = await ask({ input: [{ role: 'user', content: 'call tool weather with {"city":"Oslo"}' }], tools })
  const json = (await answer.json()) as OpenAI.ChatCompletion // held against what is expected of one below
  expect(answer.status, JSON.stringify(json)).toBe(200)
  expect(json.object).toBe('chat.completion')
  expect(json.choices[0]?.message.tool_calls).toMatchObject([
    { function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
  ])
})

test('what such a body says and chat cannot say is reported', async () => {
  const answer = await ask({ input: 'Hello', max_tool_calls: 3 })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('x-crossfeed-losses')).toContain('max_tool_calls')
})

test('flat and nested tools in one chat request are both tools', async () => {
  const tools = [
    { type: 'function', function: { name: 'clock', parameters: { type: 'object', properties: {} } } },
    { type: 'function', name: 'weather', parameters: weather },
  ]
  const answer = await ask({
    model: 'claude-opus-4.7',
    messages: [{ role: 'user', content: 'call tool weather with {"city":"Oslo"}' }],
    tools,
  })
  const json = (await answer.json()) as OpenAI.ChatCompletion // held against what is expected of one below
  expect(json.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'weather' } }])
})
