import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, it, test } from 'vitest'
import { createConversations } from './conversations.ts'
import { startSupplies, type SuppliesTrial } from './supplies-trial.test-support.ts'

const system = { role: 'system', content: 'Be brief.' }
const user = { role: 'user', content: 'hi' }
const said = { role: 'assistant', content: 'Hello' }
const call = (body: JsonObject, headers: Record<string, string> = {}) => ({ body, headers })

describe('a conversation that its client does not name', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['chat', { messages: [system, user] }, { messages: [system, user, said, { role: 'user', content: 'on' }] }],
    [
      'messages, whatever is marked for the cache',
      { system: 'S', messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control: {} }] }] },
      { system: 'S', messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }, said, user] },
    ],
    [
      'responses',
      { instructions: 'S', input: 'hi' },
      { instructions: 'S', input: [user, { type: 'function_call', name: 'f' }, { type: 'function_call_output' }] },
    ],
  ])('is known again in %s', (_protocol, first, next) => {
    const conversations = createConversations()
    const name = conversations.enter(call(first))
    expect(name).toMatch(/./)
    expect(conversations.enter(call(next))).toBe(name)
    expect(conversations.find(call(next))).toBe(name)
  })

  it('has a name of its own, also where another began alike', () => {
    const conversations = createConversations()
    const names = Array.from({ length: 20 }, () => conversations.enter(call({ messages: [user] })))
    expect(new Set(names).size).toBe(20)
  })

  it('is the same in every process once it has gone on', () => {
    const going = call({ messages: [system, user, said, user] })
    expect(createConversations().enter(going)).toBe(createConversations().enter(going))
    const other = call({ messages: [system, { role: 'user', content: 'other' }, said, user] })
    expect(createConversations().enter(other)).not.toBe(createConversations().enter(going))
  })

  it('is not begun by a look at it', () => {
    const conversations = createConversations()
    expect(conversations.find(call({ messages: [user] }))).toBeUndefined()
    expect(conversations.find(call({ messages: [system] }))).toBeUndefined()
  })

  it('goes by the name that its client gives it, where it gives one', () => {
    expect(createConversations().enter(call({ messages: [user] }, { 'session-id': 's1' }))).toBe('s1')
  })
})

describe('targets that share the load', () => {
  let trial: SuppliesTrial
  afterEach(() => trial.close())
  const ask = async (messages: readonly JsonObject[]): Promise<string> => {
    const { headers } = await trial.ask('chat', { model: 'shared', messages })
    return String(headers['x-crossfeed-provider'])
  }

  it('serve conversations that begin alike in turn, and each of them to its end', async () => {
    const targets = ['one', 'two'].map((provider) => ({ provider, model: 'm' }))
    trial = await startSupplies(['one', 'two'], { aliases: [{ name: 'shared', targets }] })
    const served = new Set<string>()
    for (let turn = 0; turn < 24; turn++) {
      const began = await ask([system, user])
      served.add(began)
      expect(await ask([system, user, said, user])).toBe(began)
      expect(await ask([system, user, said, user, said, user])).toBe(began)
    }
    expect([...served].toSorted()).toEqual(['one', 'two'])
  })
})
