import type { Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { request, said } from './clients.ts'
import { startEmulator, startSupply } from './supply.ts'

let emulator: Emulator
beforeAll(async () => {
  const efforts = ['minimal', 'low', 'medium', 'high']
  const model = { id: 'team-red', version: 'gpt-5-mini-2025-08-07', window: 272_000, output: 128_000, efforts }
  emulator = await startEmulator({ faces: { azure: { extraModels: [model] } } })
})
afterAll(() => emulator.stop())

const azure = () => ({ name: 'azure', type: 'azure', baseUrl: emulator.urls.azure, apiKey: 'k' }) as const

it('a deployment whose name hides a reasoning model is learned at the first refusal (user-pain 4.10)', async () => {
  const supply = startSupply(azure())
  const body = request('messages', 'azure/team-red', false, [said('messages', 'Hello')])
  const first = await supply.ask('messages', body)
  expect(first.status, JSON.stringify(first.answer)).toBe(200)
  expect(first.headers['x-crossfeed-changes']).toContain('renamed:max_tokens>max_completion_tokens')
  const before = emulator.requests().length
  expect((await supply.ask('messages', body)).status).toBe(200)
  expect(emulator.requests().length).toBe(before + 1)
  await supply.close()
})

it('a deployment that is named after its model by the owner costs no refusal', async () => {
  const supply = startSupply({ ...azure(), models: { 'gpt-5-mini': { wireModel: 'team-red' } } })
  const before = emulator.requests().length
  const body = { ...request('messages', 'azure/gpt-5-mini', false, [said('messages', 'Hello')]), temperature: 0.3 }
  const got = await supply.ask('messages', body)
  expect(got.status, JSON.stringify(got.answer)).toBe(200)
  expect(got.headers['x-crossfeed-losses']).toContain('temperature')
  expect(emulator.requests().length).toBe(before + 1)
  expect(emulator.requests().at(-1)?.path).toContain('/deployments/team-red/')
  await supply.close()
})
