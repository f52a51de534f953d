import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { asObjects } from '../core/json.ts'
import { responses } from '../responses/index.ts'

describe('tools that only an item brings', () => {
  const bringing = {
    type: 'additional_tools',
    role: 'developer',
    tools: [{ type: 'shell' }, { type: 'image_generation' }],
  }

  it('are those of the request elsewhere, or reported', () => {
    const [body, losses] = send(responses, chat, { model: 'm', input: [bringing, { role: 'user', content: 'Hi' }] })
    expect(asObjects(body['tools'])).toMatchObject([{ function: { name: 'shell' } }])
    expect(losses.map(({ path }) => path)).toEqual(['tools[1]'])
  })
})
