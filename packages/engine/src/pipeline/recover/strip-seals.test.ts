import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Answered, type Trial, type TrialOptions } from '../trial.test-support.ts'

// A conversation that has moved brings the reasoning of another supply along, in each of its requests.

let trial: Trial
afterEach(() => trial.close())
const dayMs = 24 * 60 * 60 * 1000

const reasoning = (seal: string): JsonObject => ({
  type: 'reasoning',
  id: `rs_${seal}`,
  summary: [],
  encrypted_content: seal,
})
const said = (id: string, text: string): JsonObject => ({
  type: 'message',
  id,
  role: 'assistant',
  content: [{ type: 'output_text', text }],
})
const thought = (signature: string, text: string): JsonObject => ({
  role: 'assistant',
  content: [
    { type: 'thinking', thinking: 'Well', signature },
    { type: 'text', text },
  ],
})
const go = { role: 'user', content: 'go on' }

/** The same history in each protocol: sealed by somebody else, then by the upstream itself. */
const histories: { readonly [P in ProtocolId]: { readonly old: JsonObject[]; readonly own: JsonObject[] } } = {
  responses: {
    old: [go, reasoning('gOLD'), said('msg_old', 'Hello'), go],
    own: [reasoning('gOWN'), said('msg_own', 'Again'), go],
  },
  messages: { old: [go, thought('gOLD', 'Hello'), go], own: [thought('gOWN', 'Again'), go] },
  chat: {
    old: [go, { role: 'assistant', content: 'Hello', reasoning_opaque: 'gOLD', reasoning_text: 'Well' }, go],
    own: [{ role: 'assistant', content: 'Again', reasoning_opaque: 'gOWN', reasoning_text: 'Well' }, go],
  },
}
const refusals = {
  responses: 'The encrypted content gOLD could not be verified.',
  messages: 'messages.1.content.0: Invalid `signature` in `thinking` block',
  chat: 'Invalid signature in reasoning',
} as const

/** An upstream that refuses the seal of another. */
async function start(options: TrialOptions = {}): Promise<void> {
  trial = await startTrial(options)
  trial.script((response, call) => {
    const to = (['chat', 'responses'] as const).find((one) => call.path.startsWith(`/${one}`)) ?? 'messages'
    if (!JSON.stringify(call.body).includes('gOLD')) return json(response, 200, wholes[to])
    json(response, 400, { error: { message: refusals[to], type: 'invalid_request_error' } })
  })
}
const ask = (protocol: ProtocolId, history: JsonObject[], model = `only-${protocol}`): Promise<Answered> =>
  trial.ask(protocol, request(protocol, model, false, { [protocol === 'responses' ? 'input' : 'messages']: history }))

describe.each(['responses', 'messages', 'chat'] as const)('reasoning that a %s upstream has refused', (protocol) => {
  const { old, own } = histories[protocol]

  it('is left out at once in the next request of the conversation, and only that', async () => {
    await start()
    expect((await ask(protocol, old)).status).toBe(200)
    expect(trial.calls).toHaveLength(2)

    const next = await ask(protocol, [...old, ...own])
    expect(next.status).toBe(200)
    expect(next.headers['x-crossfeed-changes']).toContain('reasoning-stripped')
    expect(trial.calls).toHaveLength(3)
    const sent = JSON.stringify(trial.calls[2]?.body)
    expect(sent).not.toContain('gOLD')
    expect(sent).not.toContain('msg_old')
    expect(sent).toContain('gOWN')
    // What was sent in the first place is what goes on, so that a prompt cache is hit.
    const list = (call: number): unknown => trial.calls[call]?.body[protocol === 'responses' ? 'input' : 'messages']
    expect(JSON.stringify(list(2)).startsWith(JSON.stringify(list(1)).slice(0, -1))).toBe(true)
  })

  it('leaves a conversation without it alone', async () => {
    await start()
    await ask(protocol, old)
    const other = await ask(protocol, [go, ...own])
    expect(trial.calls).toHaveLength(3)
    expect(JSON.stringify(trial.calls[2]?.body)).toContain('gOWN')
    expect(other.headers['x-crossfeed-changes'] ?? '').not.toContain('reasoning-stripped')
  })

  it('is tried again a day later', async () => {
    const clock = createFakeClock()
    await start({ clock })
    await ask(protocol, old)
    clock.sleep(dayMs + 1)
    expect((await ask(protocol, old)).status).toBe(200)
    expect(trial.calls).toHaveLength(4)
  })
})

it('is still sent to another model', async () => {
  await start()
  await ask('responses', histories.responses.old)
  await ask('responses', histories.responses.old, 'chat-and-responses')
  expect(trial.calls).toHaveLength(4)
})
