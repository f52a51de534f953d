import { afterEach, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const unknown = ['models', 'provider', 'transforms']

it.each([
  ['one after the other', (names: readonly string[]) => `Unrecognized request argument supplied: ${names[0]}`],
  ['at once', (names: readonly string[]) => `Unrecognized request arguments supplied: ${names.join(', ')}`],
])('members that the upstream refuses %s all go, and are remembered', async (_how, say) => {
  trial = await startTrial()
  trial.script((response, { body }) => {
    const found = unknown.filter((name) => name in body)
    if (found.length === 0) return json(response, 200, wholes.chat)
    const message = found.length === 1 ? `Unrecognized request argument supplied: ${found[0]}` : say(found)
    return json(response, 400, { error: { message, type: 'invalid_request_error' } })
  })
  const body = { ...request('chat', 'only-chat', false), models: ['a'], provider: { only: ['b'] }, transforms: [] }
  const first = await trial.ask('chat', body)
  expect(first.status).toBe(200)
  for (const name of unknown) expect(first.headers['x-crossfeed-changes']).toContain(`dropped:${name}`)
  const before = trial.calls.length
  expect((await trial.ask('chat', body)).status).toBe(200)
  expect(trial.calls).toHaveLength(before + 1)
})
