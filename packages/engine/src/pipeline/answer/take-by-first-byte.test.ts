import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saidWhy, streams, wholes } from '../streams.test-support.ts'
import { readFrames, request, startTrial, type Trial } from '../trial.test-support.ts'

const protocols = ['chat', 'responses', 'messages'] as const

let trial: Trial
beforeAll(async () => {
  trial = await startTrial({ waitCeiling: 0 })
})
afterAll(() => trial.close())

/** Sends what comes before by itself, so that the first chunk says nothing. */
const sendAfter = (response: ServerResponse, type: string, before: string, text: string): void => {
  response.writeHead(200, { 'content-type': type }).write(before)
  setTimeout(() => response.end(text), 10)
}
const send = (response: ServerResponse, type: string | undefined, text: string): void =>
  void response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(text)

describe.each(protocols)('a stream of %s', (to) => {
  const frames = [...streams[to].word, ...streams[to].end].join('')
  it.each([
    ['without a type', undefined, ''],
    ['called text', 'text/plain', ''],
    ['called JSON, after a blank line', 'application/json', '\n'],
    ['called bytes, after a comment', 'application/octet-stream', ': waiting\n\n'],
  ])('%s is taken as what it is', async (_what, type, before) => {
    trial.script((response) => send(response, type, before + frames))
    for (const from of protocols) {
      const answer = await trial.ask(from, request(from, `only-${to}`, true))
      expect(answer.status, answer.text).toBe(200)
      expect(answer.headers['content-type']).toContain('text/event-stream')
      expect(answer.text).toContain('Hello')
      expect(answer.text).not.toContain('"error":{')
    }
  })
})

describe.each(protocols)('under the type of a stream, from a model that speaks %s,', (to) => {
  it.each(['\n', ' \r\n', '\ufeff'])('a whole answer is an answer after %j, too', async (before) => {
    trial.script((response) => sendAfter(response, 'text/event-stream', before, JSON.stringify(wholes[to])))
    for (const from of protocols) {
      const answer = await trial.ask(from, request(from, `only-${to}`, true))
      expect(answer.status, answer.text).toBe(200)
      expect(answer.text).toContain('Hello')
      expect(answer.text).not.toContain('"error":{')
    }
  })

  it('a whole answer is an answer', async () => {
    trial.script((response) => send(response, 'text/event-stream', JSON.stringify(wholes[to])))
    for (const from of protocols) {
      const answer = await trial.ask(from, request(from, `only-${to}`, true))
      expect(answer.status, answer.text).toBe(200)
      expect(readFrames(answer.text).length).toBeGreaterThan(1)
      expect(answer.text).toContain('Hello')
    }
  })

  it('the JSON of an error keeps its words', async () => {
    trial.script((response) => send(response, 'text/event-stream', JSON.stringify({ error: { message: saidWhy } })))
    for (const from of protocols)
      for (const stream of [true, false]) {
        const answer = await trial.ask(from, request(from, `only-${to}`, stream))
        expect(answer.status).toBe(502)
        expect(answer.text).toContain(saidWhy)
      }
  })
})
