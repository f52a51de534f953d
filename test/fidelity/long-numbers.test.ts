import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBridge, type Bridge } from './crossing.ts'

const args = '{"id":12345678901234567890}'
let bridge: Bridge

beforeAll(async () => {
  bridge = await startBridge()
})
afterAll(() => bridge.close())

const history = `[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":${args}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"ok"}]}]`

it.each(['chat', 'responses', 'messages'] as const)(
  'an id of 64 bits in a call of history reaches %s',
  async (server) => {
    const body = `{"model":"only-${server}","max_tokens":100,"messages":${history}}`
    const { raw } = await bridge.cross('messages', server, body)
    expect(raw).toContain(server === 'messages' ? args : JSON.stringify(args).slice(1, -1))
  },
)

it('an id of 64 bits in a whole answer of Messages reaches a client of Chat Completions', async () => {
  const answer = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"c","name":"f","input":${args}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}`
  bridge.answerWith(answer)
  const { answer: got } = await bridge.cross('chat', 'messages', { messages: [{ role: 'user', content: 'Hi' }] })
  expect(got).toMatchObject({ choices: [{ message: { tool_calls: [{ function: { arguments: args } }] } }] })
})
