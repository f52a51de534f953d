import type { ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it, test } from 'vitest'
import { frames, startAnswering, type AnsweringSupply } from './answering-supply.ts'

/** Failures that come with a 200, as users of gateways report them: each was taken for an answer. */

const protocols: readonly ProtocolId[] = ['chat', 'responses', 'messages']
let supply: AnsweringSupply
afterEach(() => supply.close())

describe('a failure in the words of MiniMax (CherryHQ/cherry-studio#11287)', () => {
  const failure = {
    id: 'x',
    choices: null,
    usage: { total_tokens: 0 },
    base_resp: { status_code: 1008, status_msg: 'insufficient balance' },
  }
  test.each([
    ['a whole answer', JSON.stringify(failure), false],
    ['a whole answer without choices in it', JSON.stringify({ ...failure, choices: [] }), false],
    ['a stream', frames([failure]), true],
  ])('is one in %s', async (_where, bytes, stream) => {
    supply = await startAnswering('chat', bytes, {}, stream ? 'text/event-stream' : 'application/json')
    for (const client of protocols) {
      const { status, answer } = await supply.ask(client, { stream })
      expect(status).toBe(402)
      expect(JSON.stringify(answer)).toContain('insufficient balance')
    }
  })

  it('is none where its code is 0', async () => {
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }]
    const answer = { ...failure, choices, base_resp: { status_code: 0, status_msg: '' } }
    supply = await startAnswering('chat', JSON.stringify(answer), {}, 'application/json')
    expect((await supply.ask('chat', { stream: false })).status).toBe(200)
  })
})

test('a failure that says its words in short is told in them', async () => {
  const failure = { code: 1302, msg: 'too many requests at once', success: false }
  supply = await startAnswering('chat', JSON.stringify(failure), {}, 'application/json')
  for (const client of protocols) {
    const { status, answer } = await supply.ask(client, { stream: false })
    expect(status).toBe(502)
    expect(JSON.stringify(answer)).toContain('too many requests at once')
  }
})
