import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

const protocols = { chat, responses, messages }
const limits = { chat: 'max_tokens', responses: 'max_output_tokens', messages: 'max_tokens' }

function send(to: keyof typeof protocols, max_tokens: number) {
  const losses: string[] = []
  const { body } = translate({
    from: messages,
    to: protocols[to],
    body: { model: 'm', max_tokens, messages: [{ role: 'user', content: 'Hi' }] },
    model: 'm',
    issuer: 'i',
    traits: plainTraits,
    lose: ({ path }) => losses.push(path),
  })
  return { limit: body[limits[to]], losses }
}

describe('a limit of no tokens, by which a Messages client only warms the cache', () => {
  it.each([
    ['chat', 1],
    ['responses', 16],
  ] as const)('is the least that %s takes', (to, limit) => {
    expect(send(to, 0)).toEqual({ limit, losses: ['max_tokens'] })
    expect(send(to, 16)).toEqual({ limit: 16, losses: [] })
  })

  it('stays for Messages', () => {
    expect(send('messages', 0)).toEqual({ limit: 0, losses: [] })
  })
})
