import { expect, it } from 'vitest'
import { patched, providerOf } from './keyed.test-support.ts'

const foreign = 'xfs1~responses~other~~YQ'

it('tools and calls of Mistral, which have no type, are functions elsewhere', () => {
  const tool = { function: { name: 'lookup', parameters: { type: 'object' } } }
  const call = { id: 'c1', function: { name: 'lookup', arguments: '{}' } }
  const given = { tools: [tool], messages: [{ role: 'assistant', content: null, tool_calls: [call] }] }
  const { body } = patched(providerOf({ type: 'openai' }), 'gpt-4.1', 'chat', given)
  expect(body).toMatchObject({
    tools: [{ type: 'function', ...tool }],
    messages: [{ tool_calls: [{ type: 'function', ...call }] }],
  })
})

it('thoughts among the parts of a message stay behind where there is no member for them', () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'Yes.' },
  ]
  const given = { messages: [{ role: 'assistant', content }] }
  const { body } = patched(providerOf({ type: 'openai' }), 'gpt-4.1', 'chat', given)
  expect(body).toEqual({ messages: [{ role: 'assistant', content: [content[1]] }] })
})

it('compacted history of another supply goes as far as it is told in words', () => {
  const block = { type: 'compaction', content: 'They greeted.', encrypted_content: foreign }
  const wordless = { ...block, content: null }
  const messages = [{ role: 'assistant', content: [block, wordless, { type: 'text', text: 'Hi.' }] }]
  const { body, losses } = patched(providerOf({ type: 'anthropic' }), 'claude-opus-4-8', 'messages', { messages })
  expect(JSON.stringify(body)).not.toContain('xfs1~')
  expect(body['messages']).toMatchObject([{ content: [{ content: 'They greeted.' }, { text: 'Hi.' }] }])
  expect(losses).toHaveLength(2)
})

it('a wordless answer is one of no words for Ollama', () => {
  const given = { messages: [{ role: 'assistant', content: null }] }
  const { body } = patched(providerOf({ type: 'ollama' }), 'm', 'chat', given)
  expect(body['messages']).toEqual([{ role: 'assistant', content: '' }])
})
