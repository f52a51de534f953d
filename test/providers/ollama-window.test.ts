import type { ServerResponse } from 'node:http'
import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { errorSchema, eventSchema, replySchema, schemaErrors } from '../schemas.ts'
import { readAnswer, readEvents, request, said, toolResult, withSchema, withTool } from './clients.ts'
import { json, startScripted, type ScriptedCall, type ScriptedUpstream } from './scripted.ts'
import { startEmulator, startSupply, type TestSupply } from './supply.ts'

// The answers are in the form of docs/api.md of ollama/ollama, "Generate a chat completion".
const clients = ['chat', 'responses', 'messages'] as const
const made = { model: 'qwen3:8b', created_at: '2026-11-21T12:00:00.5Z' }
const done = { ...made, done: true, prompt_eval_count: 26, eval_count: 9 }
const call = { function: { name: 'lookup', arguments: { city: 'Paris' } } }

let upstream: ScriptedUpstream
let supply: TestSupply
afterEach(async () => {
  await supply.close()
  await upstream.close()
})

async function start(answer: (response: ServerResponse, call: ScriptedCall, nth: number) => void): Promise<void> {
  upstream = await startScripted(answer)
  const models = { 'qwen3:8b': { limits: { context: 32_768 } } }
  supply = startSupply({ name: 'ollama', type: 'ollama', baseUrl: `${upstream.url}/v1`, models })
}

function lines(response: ServerResponse, ...answers: readonly object[]): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const text = answers.map((answer) => `${JSON.stringify(answer)}\n`).join('')
  // In pieces that end amid a line.
  for (let at = 0; at < text.length; at += 37) response.write(text.slice(at, at + 37))
  response.end()
}

/** Calls the tool first, then says what came of it. */
function speak(response: ServerResponse, { body }: ScriptedCall): void {
  const answered = JSON.stringify(body['messages']).includes('"role":"tool"')
  const message = (more: object) => ({ ...made, message: { role: 'assistant', content: '', ...more }, done: false })
  const parts = answered
    ? [message({ thinking: 'Let me see. ' }), message({ content: '21 ' }), message({ content: 'degrees' })]
    : [message({ thinking: 'I ask. ' }), message({ tool_calls: [call] })]
  const end = { ...done, message: { role: 'assistant', content: '' }, done_reason: 'stop' }
  if (body['stream'] === true) return lines(response, ...parts, end)
  const whole = answered ? { content: '21 degrees', thinking: 'Let me see. ' } : { content: '', tool_calls: [call] }
  json(response, 200, { ...done, message: { role: 'assistant', ...whole }, done_reason: 'stop' })
}

describe.each(clients)('a model with limits.context for a %s client', (client) => {
  it.each([false, true])('is asked at /api/chat with num_ctx; streaming: %s', async (stream) => {
    await start(speak)
    const ask = async (turns: readonly JsonObject[]) => {
      const body = { ...request(client, 'ollama/qwen3:8b', stream, turns), ...withTool(client) }
      const got = await supply.ask(client, body)
      expect(got.status, JSON.stringify(got.answer)).toBe(200)
      if (!stream) {
        expect(schemaErrors(replySchema[client], got.answer)).toEqual([])
        return readAnswer(client, got.answer)
      }
      const events = got.events.filter((event) => event !== '[DONE]')
      expect(events.flatMap((event) => schemaErrors(eventSchema[client], event))).toEqual([])
      return readEvents(client, events)
    }
    const first = said(client, 'Weather?')
    const asked = await ask([first])
    expect(asked.calls).toMatchObject([{ name: 'lookup', input: { city: 'Paris' } }])
    const answered = await ask([first, ...asked.turn, toolResult(client, asked.calls[0]?.id ?? '', '21')])
    expect(answered.text).toBe('21 degrees')
    expect(Object.values(answered.usage)).toEqual(expect.arrayContaining([26, 9]))

    expect(upstream.calls.map((one) => one.path)).toEqual(['/api/chat', '/api/chat'])
    const body: JsonObject = upstream.calls[1]?.body ?? {}
    expect(body).toMatchObject({
      model: 'qwen3:8b',
      stream,
      truncate: false,
      shift: false,
      options: { num_ctx: 32_768 },
    })
    expect(body['messages']).toMatchObject([
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', tool_calls: [{ function: { name: 'lookup', arguments: { city: 'Paris' } } }] },
      { role: 'tool', tool_name: 'lookup', content: '21' },
    ])
    expect(body).not.toHaveProperty('stream_options')
  })
})

it('limits, sampling, thinking, schema and pictures have their native names', async () => {
  await start(speak)
  const more = {
    temperature: 0.5,
    max_tokens: 50,
    stop: ['.'],
    seed: 4,
    reasoning_effort: 'low',
    ...withSchema('chat'),
  }
  await supply.ask('chat', { ...request('chat', 'ollama/qwen3:8b', false, [said('chat', 'Look', true)]), ...more })
  const body: JsonObject = upstream.calls[0]?.body ?? {}
  expect(body).toMatchObject({
    options: { num_ctx: 32_768, temperature: 0.5, num_predict: 50, stop: ['.'], seed: 4 },
    think: 'low',
    format: { type: 'object', required: ['city'] },
    messages: [{ role: 'user', content: 'Look', images: [expect.stringMatching(/^iVBOR/)] }],
  })
})

it('one word to stop at goes as the list that it has to be', async () => {
  await start(speak)
  await supply.ask('chat', { ...request('chat', 'ollama/qwen3:8b', false, [said('chat', 'x')]), stop: 'END' })
  expect(upstream.calls[0]?.body).toMatchObject({ options: { stop: ['END'] } })
})

it('what the native API has no word for is told', async () => {
  await start(speak)
  const got = await supply.ask('chat', { ...request('chat', 'ollama/qwen3:8b', false, [said('chat', 'x')]), n: 2 })
  expect(JSON.stringify(got.headers)).toContain('ollama-native')
  expect(String(got.headers['x-crossfeed-losses'])).toMatch(/\bn\b/)
})

it('a model without a window of its own goes over the OpenAI route', async () => {
  await start((response) =>
    json(response, 200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'other',
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
    }),
  )
  await supply.ask('chat', request('chat', 'ollama/other', false, [said('chat', 'x')]))
  expect(upstream.calls.map((one) => one.path)).toEqual(['/v1/chat/completions'])
})

describe.each(clients)('a prompt of a %s client that is longer than the window', (client) => {
  it.each([false, true])('is refused as such, and not cut without a word; streaming: %s', async (stream) => {
    const emulator = await startEmulator()
    upstream = await startScripted(() => {})
    const models = { 'qwen3:8b': { limits: { context: 2048 } } }
    supply = startSupply({ name: 'ollama', type: 'ollama', baseUrl: `${emulator.urls.ollama}/v1`, models })
    const turns = [said(client, 'word '.repeat(4000)), said(client, 'And now?')]
    const got = await supply.ask(client, request(client, 'ollama/qwen3:8b', stream, turns))
    const told = JSON.stringify(got.answer ?? got.events)
    expect(told).toContain(client === 'messages' ? 'prompt is too long' : 'context_length_exceeded')
    // Codex reads it only in a stream.
    expect(got.status).toBe(client === 'responses' && stream ? 200 : 400)
    await emulator.stop()
  })
})

describe('a failure of the native API', () => {
  it('before the answer is an error of the client', async () => {
    await start((response) => json(response, 404, { error: "model 'qwen3:8b' not found" }))
    const got = await supply.ask('messages', request('messages', 'ollama/qwen3:8b', true, [said('messages', 'x')]))
    expect(got.status).toBe(404)
    expect(schemaErrors(errorSchema.messages, got.answer)).toEqual([])
    expect(JSON.stringify(got.answer)).toContain('ollama pull')
  })

  it('amid the answer ends the stream with an error', async () => {
    const message = { role: 'assistant', content: 'Well' }
    await start((response) => lines(response, { ...made, message, done: false }, { error: 'out of memory' }))
    const got = await supply.ask('messages', request('messages', 'ollama/qwen3:8b', true, [said('messages', 'x')]))
    expect(JSON.stringify(got.events.at(-1))).toContain('out of memory')
  })

  it('that cuts the answer is not taken for its end', async () => {
    await start((response) =>
      lines(response, { ...made, message: { role: 'assistant', content: 'Well' }, done: false }),
    )
    const got = await supply.ask('chat', request('chat', 'ollama/qwen3:8b', true, [said('chat', 'x')]))
    expect(got.events).not.toContain('[DONE]')
    expect(JSON.stringify(got.events.at(-1))).toContain('error')
  })
})
