import type { ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

const protocols = ['chat', 'responses', 'messages'] as const
const ends: { readonly [P in ProtocolId]: RegExp } = {
  chat: /"finish_reason":"stop"[\s\S]*data: \[DONE\]\n\n$/,
  responses: /event: response\.completed\n/,
  messages: /event: message_stop\n/,
}

let trial: Trial
afterEach(() => trial.close())

describe.each(protocols)('a %s client that asked for a stream', (from) => {
  it.each(protocols)('gets one of the JSON that a %s upstream answers with (ERR-22)', async (to) => {
    trial = await startTrial()
    trial.script((response) => json(response, 200, wholes[to]))
    const answer = await trial.ask(from, request(from, `only-${to}`, true))
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/)
    expect(answer.text).toContain('Hello')
    expect(answer.text).toMatch(ends[from])
    expect(trial.records).toMatchObject([{ outcome: 'completed', stream: true }])
  })
})
