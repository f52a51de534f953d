import { asObjects, type JsonObject } from '@crossfeed/protocols'
import { afterEach, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

/** A server whose template takes the system's words at `place` only, and refuses others by `status`. */
function templated(place: 'first' | 'never', status: number, message: string): void {
  trial.script((response, { body }) => {
    const roles = asObjects(body['messages']).map(({ role }) => role)
    const isOdd = roles.some((role, at) => role === 'system' && (place === 'never' || at > 0))
    const alternates = roles.every((role, at) => role !== 'user' || roles[at - 1] !== 'user')
    if (isOdd || !alternates) return json(response, status, { error: { code: status, message, type: 'server_error' } })
    return json(response, 200, wholes.chat)
  })
}

const turns: readonly JsonObject[] = [
  { role: 'user', content: 'Hi' },
  { role: 'system', content: 'Agents: none.' },
]

it.each([
  ['first', 500, 'Error rendering template: System message must be at the beginning. (line 85)'],
  ['first', 400, 'System message must be at the beginning.'],
  ['never', 400, 'System role not supported'],
] as const)('words of the system have their place: %s (%i)', async (place, status, message) => {
  trial = await startTrial()
  templated(place, status, message)
  const body = { ...request('messages', 'only-chat', false), system: 'Be kind.', messages: turns }
  const first = await trial.ask('messages', body)
  expect(first.status).toBe(200)
  expect(first.headers['x-crossfeed-changes']).toContain(`system-folded:${place}`)
  const sent = JSON.stringify(trial.calls.at(-1)?.body['messages'])
  expect(sent).toContain('Agents: none.')
  expect(sent).toContain('Be kind.')
  const before = trial.calls.length
  expect((await trial.ask('messages', body)).status).toBe(200)
  expect(trial.calls).toHaveLength(before + 1)
})

it('neighbours of one role are joined for a template whose roles take turns', async () => {
  trial = await startTrial()
  templated('first', 400, 'After the optional system message, conversation roles must alternate user and assistant')
  const input = [
    { role: 'developer', content: 'Be kind.' },
    { role: 'developer', content: 'Be short.' },
    { role: 'user', content: 'Where: here.' },
    { role: 'user', content: 'Hi' },
  ]
  expect((await trial.ask('responses', { ...request('responses', 'only-chat', false), input })).status).toBe(200)
})

it("ids of calls are short for a server that has Mistral's rule, and it is remembered", async () => {
  trial = await startTrial()
  trial.script((response, { body }) => {
    const ids = JSON.stringify(body['messages']).match(/"(?:tool_call_id|id)":"[^"]*"/g) ?? []
    if (ids.every((id) => /:"[A-Za-z0-9]{9}"$/.test(id))) return json(response, 200, wholes.chat)
    const message = 'Tool call id was toolu_1 but must be a-z, A-Z, 0-9, with a length of 9.'
    return json(response, 500, { object: 'error', message, type: 'invalid_function_call', code: '3280' })
  })
  const messages = [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'seen' }] },
  ]
  const body = { ...request('messages', 'only-chat', false), messages }
  expect((await trial.ask('messages', body)).headers['x-crossfeed-changes']).toContain('short-call-ids')
  const before = trial.calls.length
  expect((await trial.ask('messages', body)).status).toBe(200)
  expect(trial.calls).toHaveLength(before + 1)
})

it('ids of calls are short for OpenAI where it takes none so long', async () => {
  trial = await startTrial()
  const id = `tool_${'x'.repeat(45)}`
  trial.script((response, { body }) => {
    if (!JSON.stringify(body).includes(id)) return json(response, 200, wholes.chat)
    const message = `Invalid 'messages[1].tool_calls[0].id': string too long. Expected a string with maximum length 40, but got a string with length 50 instead.`
    return json(response, 400, { error: { message, type: 'invalid_request_error', code: 'string_above_max_length' } })
  })
  const messages = [
    { role: 'user', content: 'Look' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: id, content: 'seen' },
  ]
  const answer = await trial.ask('chat', { ...request('chat', 'only-chat', false), messages })
  expect([answer.status, answer.headers['x-crossfeed-changes']]).toEqual([
    200,
    expect.stringContaining('short-call-ids'),
  ])
})
