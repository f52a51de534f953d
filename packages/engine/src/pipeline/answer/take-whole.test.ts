import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { json, readFrames, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
beforeEach(async () => {
  trial = await startTrial({ retries: 0 })
})
afterEach(() => trial.close())

const message = { role: 'assistant', content: 'Half an ans' }
const answer = (choices: readonly object[], more: object = {}) => ({
  id: 'gen-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices,
  ...more,
})
const error = { code: 503, message: 'The provider went away.' }

// OpenRouter, "Errors and debugging": what fails after the model has begun is told with status 200.
const broken: readonly (readonly [string, object, number, string])[] = [
  ['in its choice', answer([{ index: 0, message, finish_reason: 'error', error }]), 503, 'The provider went away.'],
  [
    'in its choice, which says that it ended well',
    answer([{ index: 0, message, finish_reason: 'stop', error }]),
    503,
    '',
  ],
  [
    'in one of its choices',
    answer([
      { index: 0, message, finish_reason: 'stop' },
      { index: 1, error },
    ]),
    503,
    '',
  ],
  ['by its finish reason alone', answer([{ index: 0, message, finish_reason: 'error' }]), 502, '"error"'],
  ['by the finish reason of another vendor', answer([{ index: 0, message, finish_reason: 'network_error' }]), 502, ''],
  ['beside an empty list of choices', answer([], { error }), 503, 'The provider went away.'],
]

describe.each(['chat', 'responses', 'messages'] as const)('a %s client', (from) => {
  it.each(broken)('is told of a failure that a whole chat answer tells %s', async (_name, body, status, words) => {
    trial.script((response) => json(response, 200, body))
    const heard = await trial.ask(from, request(from, 'only-chat', false))
    expect(heard.status).toBe(status)
    expect(JSON.parse(heard.text)).toMatchObject({ error: { message: expect.stringContaining(words) } })
    expect(trial.records).toMatchObject([{ outcome: 'upstream-error', status }])
  })

  it('that asked for a stream, too', async () => {
    trial.script((response) => json(response, 200, broken[0]?.[1]))
    const heard = await trial.ask(from, request(from, 'only-chat', true))
    const told = heard.status === 200 ? JSON.stringify(readFrames(heard.text)) : heard.text
    expect(told).toContain('The provider went away.')
    expect(trial.records).toMatchObject([{ outcome: 'upstream-error' }])
  })
})

it('null in the place of an error is none, and the answer is passed as it came', async () => {
  const body = answer([{ index: 0, message, finish_reason: 'stop', error: null }], { error: null })
  trial.script((response) => json(response, 200, body))
  const heard = await trial.ask('chat', request('chat', 'only-chat', false))
  expect([heard.status, heard.text]).toEqual([200, JSON.stringify(body)])
})
