import { parseObject } from '@crossfeed/protocols'
import { afterEach, expect, it } from 'vitest'
import { chatReply, startSupplies, type SuppliesTrial } from '../supplies-trial.test-support.ts'
import { json, request } from '../trial.test-support.ts'

let trial: SuppliesTrial
afterEach(() => trial.close())

it.each([
  ['chat', 'm-2026-01-01'],
  ['messages', 'best'],
  ['responses', 'best'],
] as const)('a %s client gets an answer of the model %s', async (from, name) => {
  trial = await startSupplies(['one'], { aliases: [{ name: 'best', targets: [{ provider: 'one', model: 'm' }] }] })
  trial.script('one', (response) => json(response, 200, { ...chatReply('hi'), model: 'm-2026-01-01' }))
  const { text, headers } = await trial.ask(from, request(from, 'best', false))
  expect(parseObject(text)?.['model']).toBe(name)
  expect(headers).toMatchObject({ 'x-crossfeed-provider': 'one', 'x-crossfeed-model': 'm' })
})
