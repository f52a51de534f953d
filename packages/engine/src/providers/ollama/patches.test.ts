import { expect, it } from 'vitest'
import { patched, providerOf } from '../keyed.test-support.ts'

it('pictures by address and sound become notices, pictures as data stay', () => {
  const data = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: 'https://example.test/a.png' } },
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
    data,
  ]
  const given = { model: 'm', messages: [{ role: 'user', content }] }
  const { body, losses } = patched(providerOf({ type: 'ollama' }), 'm', 'chat', given)
  expect(body['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        {
          type: 'text',
          text: '[The picture at https://example.test/a.png was attached, but this model takes no pictures by address.]',
        },
        { type: 'text', text: '[A recording was attached, but this model cannot hear it.]' },
        data,
      ],
    },
  ])
  expect(losses).toHaveLength(2)
})

const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }]
const asked = { model: 'm', messages: [{ role: 'user', content: 'Look' }], tools }
const ollama = providerOf({ type: 'ollama' })
const itself = providerOf({ type: 'ollama', models: { m: { limits: { context: 8192 } } } })

it('the limit of the output goes by its older name, which is the only one that the server reads', () => {
  const { body, changes } = patched(ollama, 'm', 'chat', { ...asked, max_completion_tokens: 9 })
  expect(body).toEqual({ ...asked, max_tokens: 9 })
  expect(changes).toEqual(['max-tokens-name'])
  expect(patched(itself, 'm', 'chat', { ...asked, max_completion_tokens: 9 }).body['options']).toMatchObject({
    num_predict: 9,
  })
})

it('tools are not offered where none may be called, which the server would not heed', () => {
  const { tools: _tools, ...bare } = asked
  expect(patched(ollama, 'm', 'chat', { ...asked, tool_choice: 'none' })).toMatchObject({ body: bare, losses: [] })
  expect(patched(itself, 'm', 'chat', { ...asked, tool_choice: 'none' }).body).not.toHaveProperty('tools')
})

it.each(['required', { type: 'function', function: { name: 'look' } }])(
  'that a call is wanted is reported as lost: %j',
  (choice) => {
    for (const provider of [ollama, itself]) {
      const { losses } = patched(provider, 'm', 'chat', { ...asked, tool_choice: choice })
      expect(losses).toEqual([{ path: 'tool_choice', why: 'Ollama lets its models choose' }])
    }
    expect(patched(ollama, 'm', 'chat', { ...asked, tool_choice: 'auto' }).losses).toEqual([])
  },
)
