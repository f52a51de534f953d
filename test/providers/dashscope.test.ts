import { asObject, type JsonObject } from '@crossfeed/protocols'
import type { ModelSettings } from '@crossfeed/engine'
import type { Emulator } from '@crossfeed/emulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readAnswer, request, said } from './clients.ts'
import { startEmulator, startSupply, type TestSupply } from './supply.ts'

let emulator: Emulator
let supply: TestSupply | undefined
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(async () => {
  await supply?.close()
  await emulator.stop()
})

async function send(client: 'messages' | 'chat', more: JsonObject, model: ModelSettings = {}): Promise<JsonObject> {
  supply = startSupply({
    name: 'dashscope',
    type: 'compatible',
    baseUrl: `${emulator.urls.dashscope}/compatible-mode/v1`,
    apiKey: 'sk-dashscope',
    models: { 'qwen3.6-plus': model },
  })
  const got = await supply.ask(client, {
    ...request(client, 'dashscope/qwen3.6-plus', true, [said(client, 'hi')]),
    ...more,
  })
  expect(got.status, JSON.stringify(got.answer)).toBe(200)
  return asObject(emulator.requests().at(-1)?.body) ?? {}
}

const thinking = { thinking: { type: 'enabled', budget_tokens: 3000 } }

describe('thinking of a Messages client', () => {
  it('is asked by the budget that it names', async () => {
    const body = await send('messages', thinking)
    expect(body).toMatchObject({ enable_thinking: true, thinking_budget: 3000 })
    expect(body).not.toHaveProperty('reasoning_effort')
  })

  it('is bounded by the budget of the configuration (PROV-28)', async () => {
    const body = await send('messages', thinking, { extraBody: { thinking_budget: 500 } })
    expect(body).toMatchObject({ enable_thinking: true, thinking_budget: 500 })
  })

  it('is turned off where the client says so', async () => {
    expect(await send('messages', { thinking: { type: 'disabled' } })).toMatchObject({ enable_thinking: false })
  })
})

it('the members of a Chat client stay, but for the budget of the configuration', async () => {
  const own = { enable_thinking: true, thinking_budget: 9000, top_k: 3 }
  const body = await send('chat', own, { topK: 20, extraBody: { thinking_budget: 500 } })
  expect(body).toMatchObject({ enable_thinking: true, thinking_budget: 500, top_k: 3 })
})

it('thinking gives way to JSON, beside which the service refuses it', async () => {
  const json = { enable_thinking: true, thinking_budget: 500, response_format: { type: 'json_object' } }
  const body = await send('chat', { ...json, messages: [{ role: 'user', content: 'Say it in JSON.' }] })
  expect(body).toMatchObject({ enable_thinking: false, response_format: { type: 'json_object' } })
  expect(body).not.toHaveProperty('thinking_budget')
})

it('the prompt is marked for the explicit cache, in places that the service takes', async () => {
  const body = await send('messages', { system: 'You are terse.' })
  expect(body['messages']).toEqual([
    { role: 'system', content: [{ type: 'text', text: 'You are terse.', cache_control: { type: 'ephemeral' } }] },
    { role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] },
  ])
})

it('tools are called side by side unless the client says otherwise (PROV-37)', async () => {
  const tools = [{ type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: {} } } }]
  expect(await send('chat', { tools })).toMatchObject({ parallel_tool_calls: true })
  await supply?.close()
  expect(await send('chat', { tools, parallel_tool_calls: false })).toMatchObject({ parallel_tool_calls: false })
  await supply?.close()
  expect(await send('chat', {})).not.toHaveProperty('parallel_tool_calls')
})

it('an open model that thinks in streams only answers a client that wants JSON', async () => {
  supply = startSupply({
    name: 'dashscope',
    type: 'compatible',
    baseUrl: `${emulator.urls.dashscope}/compatible-mode/v1`,
    apiKey: 'sk-dashscope',
  })
  for (const client of ['chat', 'messages'] as const) {
    const got = await supply.ask(client, request(client, 'dashscope/qwen3-32b', false, [said(client, 'hi')]))
    expect(got.status, JSON.stringify(got.answer)).toBe(200)
    const answered = readAnswer(client, got.answer)
    expect(answered.text).toBe('You said: hi')
    expect(answered.reasoning).not.toBe('')
  }
})
