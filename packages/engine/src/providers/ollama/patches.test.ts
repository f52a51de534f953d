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
