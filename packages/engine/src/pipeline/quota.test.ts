import { afterEach, expect, it } from 'vitest'
import { wholes } from './streams.test-support.ts'
import { json, request, startTrial, type Trial } from './trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const quota = {
  'x-quota-snapshot-premium_interactions': 'ent=300&ov=0.0&ovPerm=false&rem=82.3&rst=2026-12-01T00%3A00%3A00Z',
  'x-quota-snapshot-chat': 'ent=-1&rem=100.0',
}

it.each([200, 402])('a record says what is left by the headers of an answer with %s', async (status) => {
  trial = await startTrial()
  const body = status === 200 ? wholes.chat : { error: { message: 'no quota', code: 'quota_exceeded' } }
  trial.script((response) => json(response, status, body, quota))
  expect((await trial.ask('chat', request('chat', 'only-chat', false))).status).toBe(status)
  expect(trial.records[0]?.left).toEqual({ premium_interactions: 82.3 })
})

it('a record says nothing where the answer said nothing', async () => {
  trial = await startTrial()
  trial.script((response) => json(response, 200, wholes.chat))
  await trial.ask('chat', request('chat', 'only-chat', false))
  expect(trial.records[0]?.left).toBeUndefined()
})
