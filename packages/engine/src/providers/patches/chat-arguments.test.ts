import { expect, it } from 'vitest'
import { patched, providerOf } from '../keyed.test-support.ts'

function after(type: 'ollama' | 'compatible' | 'openai', given: string) {
  const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: given } }
  const messages = [
    { role: 'user', content: 'Look' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c1', content: 'seen' },
  ]
  const { body, changes, losses } = patched(providerOf({ type }), 'm', 'chat', { model: 'm', messages })
  return { sent: JSON.stringify(body['messages']), changes, losses, asked: JSON.stringify(messages) }
}

it.each(['ollama', 'compatible'] as const)('earlier calls have arguments that can be parsed: %s', (type) => {
  for (const none of ['', ' ', 'null']) {
    const { sent, changes, losses } = after(type, none)
    expect(sent).toContain('"arguments":"{}"')
    expect([changes, losses]).toEqual([['chat-arguments'], []])
  }
  const cut = after(type, '{"at":"x')
  expect(cut.sent).toContain(JSON.stringify(JSON.stringify({ input: '{"at":"x' })))
  expect(cut.losses).toHaveLength(1)
  const fine = after(type, '{ "at": 1 }')
  expect([fine.sent, fine.changes]).toEqual([fine.asked, []])
})

it('OpenAI, which parses none, gets them as they are', () => {
  const { sent, asked } = after('openai', '{"at":"x')
  expect(sent).toBe(asked)
})
