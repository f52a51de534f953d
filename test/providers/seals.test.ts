import type { JsonObject } from '@crossfeed/protocols'
import type { Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAnswer, request, said, withReasoning } from './clients.ts'
import { startEmulator, startSupplies, type TestSupply } from './supply.ts'

let emulator: Emulator
let supplies: TestSupply
beforeAll(async () => {
  emulator = await startEmulator()
  const { openai, anthropic, compatible } = emulator.urls
  supplies = startSupplies([
    { name: 'openai', type: 'openai', baseUrl: `${openai}/v1`, apiKey: 'sk-x', endpoints: ['responses', 'chat'] },
    { name: 'anthropic', type: 'anthropic', baseUrl: `${anthropic}/v1`, apiKey: 'sk-ant-api03-x' },
    { name: 'vllm', type: 'compatible', baseUrl: `${compatible}/v1` },
  ])
})
afterAll(async () => {
  await supplies.close()
  await emulator.stop()
})

const sent = (): string => JSON.stringify(emulator.requests().at(-1)?.body)

describe.each(['responses', 'messages', 'chat'] as const)('a %s client that changes its supply', (client) => {
  it('gives each one its own reasoning back, and nobody another’s', async () => {
    const turns: JsonObject[] = []
    const ask = async (model: string, text: string): Promise<void> => {
      turns.push(said(client, text))
      const before = emulator.requests().length
      const got = await supplies.ask(client, { ...request(client, model, false, turns), ...withReasoning(client) })
      expect(got.status, JSON.stringify(got.answer)).toBe(200)
      // A refused seal would have cost a second call.
      expect(emulator.requests().length).toBe(before + 1)
      expect(sent()).not.toContain('xfs1~')
      turns.push(...readAnswer(client, got.answer).turn)
    }
    await ask('openai/gpt-5.4', 'One')
    await ask('anthropic/claude-sonnet-4-5', 'Two')
    expect(sent()).not.toContain('signature')
    await ask('openai/gpt-5.4', 'Three')
    if (client !== 'chat') expect(sent().split('encrypted_content":"')).toHaveLength(2)
    await ask('anthropic/claude-sonnet-4-5', 'Four')
    expect(sent().split('signature":"')).toHaveLength(2)
  })
})
