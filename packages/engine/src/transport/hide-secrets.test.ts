import { afterEach, expect, it } from 'vitest'
import { hideSecrets } from './hide-secrets.ts'
import { streams } from '../pipeline/streams.test-support.ts'
import { json, request, sse, startTrial, type Trial } from '../pipeline/trial.test-support.ts'

let trial: Trial | undefined
afterEach(() => trial?.close())

it('hides the values of secretive headers, and no others', () => {
  const sent = { authorization: 'Bearer tid=abc;x=1', 'x-api-key': 'k-123456', 'user-agent': 'crossfeed/1' }
  expect(hideSecrets('not tid=abc;x=1 nor k-123456 of crossfeed/1', sent)).toBe('not … nor … of crossfeed/1')
})

it.each([
  ['in a sentence', (bearer: string) => ({ error: { message: `${bearer} is not a token of this service` } })],
  [
    'in a member',
    (bearer: string) => ({ error: { message: 'no', param: bearer, headers: { authorization: bearer } } }),
  ],
])('keeps the bearer that an upstream repeats %s from client and record', async (_where, body) => {
  trial = await startTrial()
  trial.script((response, call) => json(response, 422, body(String(call.headers.authorization))))
  for (const from of ['chat', 'responses', 'messages'] as const) {
    const answer = await trial.ask(from, request(from, 'only-chat', false))
    expect(answer.status).toBe(422)
    expect(answer.text + JSON.stringify(answer.headers) + JSON.stringify(trial.records)).not.toContain('tid=')
  }
})

it.each([
  [
    'with its letters escaped',
    422,
    (bearer: string) => JSON.stringify({ error: { message: bearer } }).replace('tid', '\\u0074id'),
  ],
  ['as the only word under a 200', 200, (bearer: string) => JSON.stringify({ error: bearer })],
  ['in a page', 502, (bearer: string) => `<html><title>${bearer}</title></html>`],
  ['in a text', 500, (bearer: string) => `wrong: ${bearer}`],
])('keeps the bearer that an upstream repeats %s from client, record and log', async (_how, status, body) => {
  const lines: string[] = []
  const note = (line: string | (() => string)): void => void lines.push(typeof line === 'string' ? line : line())
  trial = await startTrial({ waitCeiling: 5, log: { debug: note, info: note, warn: note, error: note } })
  trial.script((response, call) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body(String(call.headers.authorization)))
  })
  for (const from of ['chat', 'responses', 'messages'] as const) {
    const answer = await trial.ask(from, request(from, 'only-chat', false))
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.text).toContain('…')
    expect(answer.text + JSON.stringify([answer.headers, trial.records, lines])).not.toContain('tid=')
  }
})

it.each(['chat', 'responses', 'messages'] as const)(
  'keeps it from a client where it is told under a 200, whole or in a stream of %s',
  async (to) => {
    trial = await startTrial({ waitCeiling: 0 })
    const told = (bearer: string) => ({ message: `${bearer} is wrong`, type: 'odd_error', code: 'odd' })
    trial.script((response, call) => {
      const error = told(String(call.headers.authorization))
      if (call.body['stream'] !== true) return json(response, 200, { error })
      const event =
        to === 'responses' ? { type: 'response.failed', response: { id: 'r', error } } : { type: 'error', error }
      const name = to === 'chat' ? '' : `event: ${event.type}\n`
      sse(response, [...streams[to].word, `${name}data: ${JSON.stringify(event)}\n\n`]).end()
    })
    for (const from of ['chat', 'responses', 'messages'] as const)
      for (const stream of [true, false]) {
        const { text } = await trial.ask(from, request(from, `only-${to}`, stream))
        expect(text).toContain('… is wrong')
        expect(text + JSON.stringify(trial.records)).not.toContain('tid=')
      }
  },
)
