import { expect, it } from 'vitest'
import { chat, messages, plainTraits, responses, translate } from '../index.ts'

const picture = 'iVBORw0KGgoAAAANSUhEUg=='

it.each(['data:image/png;base64,', 'data:image/png;name=a.png;base64,', 'data:;base64,', 'DATA:image/PNG;BASE64,'])(
  'a picture in a URL that begins with %s goes to Messages as the bytes that it is',
  (head) => {
    const url = head + picture
    const bodies = [
      { from: chat, body: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] } },
      { from: responses, body: { input: [{ role: 'user', content: [{ type: 'input_image', image_url: url }] }] } },
    ]
    for (const { from, body } of bodies) {
      const crossing = { from, to: messages, model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
      expect(translate({ ...crossing, body: { model: 'm', ...body } }).body['messages']).toMatchObject([
        { content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } }] },
      ])
    }
  },
)
