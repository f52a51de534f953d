import { afterEach, expect, it } from 'vitest'
import { wholes } from './streams.test-support.ts'
import { json, request, startTrial, type Trial } from './trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const resting = [
  [{ previous_response_id: 'resp_1' }, 'previous_response_not_found'],
  [{ conversation: 'conv_1' }, 'conversation_not_found'],
  [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'item_not_found'],
  [{ input: [{ id: 'msg_1' }] }, 'item_not_found'],
  [{ prompt: { id: 'pmpt_1', variables: { city: 'Paris' } } }, 'prompt_not_found'],
] as const

it.each(resting)('a request that rests on %j is not answered without what came before', async (more, code) => {
  trial = await startTrial()
  trial.script((response) => json(response, 200, wholes.messages))
  for (const model of ['only-messages', 'only-chat', 'only-responses']) {
    const answer = await trial.ask('responses', { ...request('responses', model, false), ...more })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code } })
  }
  expect(trial.calls).toEqual([])
})

it('a user id that is too long for the target goes as its hash, and that is said', async () => {
  trial = await startTrial()
  trial.script((response) => json(response, 200, wholes.chat))
  const ask = (user_id: string) =>
    trial.ask('messages', { ...request('messages', 'only-chat', false), metadata: { user_id } })
  expect((await ask('u'.repeat(100))).headers['x-crossfeed-changes']).toContain('user-hashed')
  expect(trial.calls[0]?.body['user']).toHaveLength(32)
  expect((await ask('u')).headers['x-crossfeed-changes'] ?? '').not.toContain('user-hashed')
})

it('one that is too long for Messages likewise', async () => {
  trial = await startTrial()
  trial.script((response) => json(response, 200, wholes.messages))
  const ask = (user: string) => trial.ask('chat', { ...request('chat', 'only-messages', false), user })
  expect((await ask('u'.repeat(257))).headers['x-crossfeed-changes']).toContain('user-hashed')
  expect(trial.calls[0]?.body['metadata']).toEqual({ user_id: expect.stringMatching(/^.{32}$/) })
  expect((await ask('u'.repeat(256))).headers['x-crossfeed-changes'] ?? '').not.toContain('user-hashed')
})

it('members that say nothing do not matter', async () => {
  trial = await startTrial()
  trial.script((response) => json(response, 200, wholes.messages))
  const idle = { previous_response_id: null, conversation: null }
  expect((await trial.ask('responses', { ...request('responses', 'only-messages', false), ...idle })).status).toBe(200)
})
