import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStage, type Stage } from '../gateway.ts'
import { post } from './conversation.ts'
import type { Name } from './said.ts'

let gateway: Stage
beforeAll(async () => {
  gateway = await startStage()
})
afterAll(() => gateway.close())

const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const bodies: Record<Name, object> = {
  chat: {
    messages: [
      { role: 'user', content: 'Hi' },
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }],
      },
    ],
  },
  responses: {
    input: [
      {
        role: 'user',
        content: [{ type: 'input_image', image_url: `data:image/png;base64,${data}`, detail: 'auto' }],
      },
    ],
  },
  messages: {
    max_tokens: 100,
    messages: [
      {
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }],
      },
    ],
  },
}

test.each([
  [
    'chat',
    'gpt-4o-mini takes no images, and messages[1] holds one. Choose a model that does (crossfeed models), or leave the image out.',
  ],
  [
    'responses',
    'gpt-4o-mini takes no images, and the request holds one. Choose a model that does (crossfeed models), or leave the image out.',
  ],
  [
    'messages',
    'gpt-4o-mini takes no images, and the request holds one. Choose a model that does (crossfeed models), or leave the image out.',
  ],
] as const)('a %s client is told which model takes no images, before any call', async (client, message) => {
  for (const stream of [false, true]) {
    const before = gateway.emulator.requests().filter(({ path }) => path === '/chat/completions').length
    const answer = await post(gateway.url, client, { model: 'gpt-4o-mini', stream, ...bodies[client] })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(message)
    expect(gateway.emulator.requests().filter(({ path }) => path === '/chat/completions')).toHaveLength(before)
  }
})

test.each(['chat', 'responses', 'messages'] as const)(
  'a %s client shows images to a model that sees',
  async (client) => {
    expect((await post(gateway.url, client, { model: 'gpt-4.1', ...bodies[client] })).status).toBe(200)
  },
)
