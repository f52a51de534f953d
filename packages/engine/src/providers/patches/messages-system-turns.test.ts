import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { patched, providerOf } from '../keyed.test-support.ts'

const anthropic = providerOf({ type: 'anthropic' })
const user = (content: string): JsonObject => ({ role: 'user', content })
const send = (messages: readonly JsonObject[], model = 'claude-sonnet-4', more: JsonObject = {}) =>
  patched(anthropic, model, 'messages', { max_tokens: 100, messages, ...more })

const note = { role: 'system', content: 'Be brief.', clear_at: 'next_user_message' }
const reminder = { type: 'text', text: '<system-reminder>\nBe brief.\n</system-reminder>' }

it('a reminder of the current turn is shown, and none that was meant for an earlier one', () => {
  expect(send([user('one'), note]).body['messages']).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'one' }, reminder] },
  ])
  const answered = [user('one'), note, { role: 'assistant', content: 'two' }, user('three')]
  expect(JSON.stringify(send(answered).body['messages'])).not.toContain('Be brief.')
})

const stated = [user('one'), { role: 'system', content: [], output_config: { effort: 'low' } }]

it('an effort that a turn without words states goes to a model that takes such turns', () => {
  expect(send(stated, 'claude-opus-5').body['messages']).toEqual(stated)
})

it('an effort that a turn states is a loss where there are no such turns', () => {
  const { losses } = send(stated)
  expect(losses).toContainEqual({
    path: 'messages[1].output_config',
    why: 'the model takes no system turns that state one',
  })
})

it('tools that turns change are sent as these leave them', () => {
  const tool = (name: string): JsonObject => ({
    name,
    description: '',
    input_schema: { type: 'object', properties: {} },
  })
  const reference = (name: string): JsonObject => ({ type: 'tool_reference', name })
  const content = [
    { type: 'tool_removal', tool: reference('a') },
    { type: 'tool_addition', tool: reference('b') },
    { type: 'tool_addition', tool: { type: 'tool_definition', definition: tool('c') } },
  ]
  const conversation = [user('one'), { role: 'system', content }]
  const tools = [tool('a'), tool('b')]
  const { body, losses } = send(conversation, 'claude-sonnet-4', { tools })
  expect(body).toMatchObject({ messages: [user('one')], tools: [{ name: 'b' }, { name: 'c' }] })
  expect(losses.map((loss) => loss.path)).toEqual(['tools'])
  expect(send(conversation, 'claude-opus-5', { tools }).body).toMatchObject({ messages: conversation, tools })
})
