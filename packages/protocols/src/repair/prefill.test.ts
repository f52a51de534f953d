import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { asObject, type JsonObject } from '../core/json.ts'
import { send as carry } from '../crossing/crossed-requests.test-support.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

const protocols = { chat, responses, messages }

function send(to: keyof typeof protocols, last: JsonObject, traits: Partial<Traits> = {}) {
  const losses: Loss[] = []
  const turns = [{ role: 'user', content: 'A story, please.' }, last]
  const { body } = translate({
    from: messages,
    to: protocols[to],
    body: { model: 'm', max_tokens: 99, messages: turns },
    model: 'm',
    issuer: 'i',
    traits: { ...plainTraits, ...traits },
    lose: (loss) => losses.push(loss),
  })
  const list = body[to === 'responses' ? 'input' : 'messages']
  return { last: asObject(Array.isArray(list) ? list.at(-1) : undefined), losses }
}

const begun = { role: 'assistant', content: 'Once upon' }

describe('words that a Messages client puts into the mouth of the assistant', () => {
  it.each(['chat', 'responses'] as const)('are said in %s, and that they are not gone on with is reported', (to) => {
    const { last, losses } = send(to, begun)
    expect(last).toMatchObject({ role: 'assistant' })
    expect(losses).toMatchObject([{ path: 'turns[1]', why: expect.stringContaining('continue') }])
  })

  it('are gone on with by Messages, and by servers of Chat Completions that are known to', () => {
    expect(send('messages', begun)).toMatchObject({ last: { role: 'assistant' }, losses: [] })
    expect(send('chat', begun, { continues: true })).toMatchObject({ last: { role: 'assistant' }, losses: [] })
  })

  it.each([
    ['the user speaks last', { role: 'user', content: 'Go on.' }],
    ['nothing was begun', { role: 'assistant', content: [] }],
  ])('are none where %s', (_what, last) => {
    expect(send('chat', last).losses).toEqual([])
  })
})

describe('words of other clients that Messages is to go on with', () => {
  const said = (...content: readonly string[]): JsonObject => ({
    role: 'assistant',
    content: content.map((text) => ({ type: 'text', text })),
  })
  it.each([
    ['alone', [said('Once upon \n')]],
    ['before blank ones', [said('Once upon ', ' ')]],
    ['before a blank turn', [said('Once upon '), said('\n')]],
  ])('do not end in a blank, which it refuses: %s', (_where, last) => {
    const [body] = carry(chat, messages, { model: 'm', messages: [{ role: 'user', content: 'A story.' }, ...last] })
    expect(body['messages']).toMatchObject([{ role: 'user' }, { content: 'Once upon' }])
  })
})
