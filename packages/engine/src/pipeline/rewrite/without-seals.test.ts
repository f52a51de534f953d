import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { json, request, startTrial } from '../trial.test-support.ts'
import { wholes } from '../streams.test-support.ts'
import { sealsIn, withoutSeals } from './without-seals.ts'

it('items are not bound any more to the reasoning that is left out', () => {
  const search = { type: 'web_search_call', id: 'ws_1', status: 'completed' }
  const call = { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'lookup', arguments: '{}' }
  const input = [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }, call, search]
  const { id: _id, ...unbound } = call
  expect(withoutSeals({ input }, 'responses')['input']).toEqual([unbound, search])
})

it('only what is meant is left out, and the body is the same where nothing is', () => {
  const of = (name: string): JsonObject[] => [
    { type: 'reasoning', id: `rs_${name}`, summary: [], encrypted_content: name },
    { type: 'message', id: `msg_${name}`, role: 'assistant', content: 'Hello' },
  ]
  const old = { input: of('old') }
  const body = { input: [...of('old'), ...of('own')] }
  const seals = sealsIn(old, 'responses')
  const { id: _id, ...unbound } = of('old')[1] ?? {}
  expect([...seals]).toEqual(['old', 'msg_old'])
  expect(withoutSeals(body, 'responses', (seal) => seals.has(seal))).toEqual({ input: [unbound, ...of('own')] })
  expect(withoutSeals(body, 'responses', () => false)).toBe(body)
})

it('a turn under way goes on without thinking by budget once its thinking is left out', () => {
  const thinking = { type: 'thinking', thinking: 'Well', signature: 'c2ln' }
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: [thinking, { type: 'tool_use', id: 't1', name: 'lookup', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'ok' }] },
  ]
  const budget = { type: 'enabled', budget_tokens: 1024 }
  const context_management = {
    edits: [{ type: 'clear_thinking_20251015' }, { type: 'clear_tool_uses_20250919' }],
  }
  const body = withoutSeals({ messages, thinking: budget, context_management }, 'messages')
  expect(body).not.toHaveProperty('thinking')
  expect(body['context_management']).toEqual({ edits: [{ type: 'clear_tool_uses_20250919' }] })
  expect(withoutSeals({ messages, thinking: { type: 'adaptive' } }, 'messages')).toHaveProperty('thinking')
})

it.each([
  "Invalid 'input[1].id': 'fa6f3a83'. Expected an ID that begins with 'rs'.",
  "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'.",
  "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
  "Item with id 'rs_68c1' not found. Items are not persisted when `store` is set to false.",
  "Invalid 'input[1].id': string too long. Expected a string with maximum length 64, but got a string with length 83 instead.",
  "Item with id 'rs_2c1e-4f' not found. Items are not persisted when `store` is set to false.",
  "Item with id '2c1e-4f' not found. Items are not persisted when `store` is set to false.",
])('ids of another server cost a second call: %s', async (message) => {
  const trial = await startTrial()
  trial.script((response, _call, nth) =>
    nth === 1
      ? json(response, message.includes('not found') ? 404 : 400, { error: { message, type: 'invalid_request_error' } })
      : json(response, 200, wholes.responses),
  )
  const input = [
    { type: 'reasoning', id: 'fa6f3a83', summary: [], encrypted_content: 'gAAA' },
    { role: 'user', content: 'on' },
  ]
  const answer = await trial.ask('responses', { ...request('responses', 'only-responses', false), input })
  expect(answer.status).toBe(200)
  expect(trial.calls).toHaveLength(2)
  expect(JSON.stringify(trial.calls[1]?.body['input'])).not.toContain('reasoning')
  await trial.close()
})
