import type { ServerResponse } from 'node:http'
import { asNumber, asObject, asString, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from './record.ts'
import { saidWhy, streams, type StreamParts } from './streams.test-support.ts'
import { json, readFrames, request, sse, startTrial, type Answered, type Trial } from './trial.test-support.ts'

const protocols = ['chat', 'responses', 'messages'] as const

let trial: Trial
beforeAll(async () => {
  trial = await startTrial({ waitCeiling: 0 })
})
afterAll(() => trial.close())

interface Failure {
  readonly name: string
  readonly outcome: Outcome
  /** Whether the client has seen a word before. */
  readonly begun: boolean
  /** Whether the upstream said why, in words that must reach the client. */
  readonly said: boolean
  readonly play: (response: ServerResponse, parts: StreamParts) => void
}

/** A reset that the reader sees only after what was written before it. */
function reset(response: ServerResponse): void {
  setTimeout(() => response.socket?.resetAndDestroy(), 15)
}
const half = (frame = ''): string => frame.slice(0, Math.ceil(frame.length / 2))

const failures: readonly Failure[] = [
  {
    name: 'a status before headers',
    outcome: 'upstream-error',
    begun: false,
    said: true,
    play: (response) => json(response, 529, { error: { message: saidWhy, code: 'server_is_overloaded' } }),
  },
  {
    name: 'a reset before headers',
    outcome: 'upstream-error',
    begun: false,
    said: false,
    play: (response) => reset(response),
  },
  {
    name: 'a reset after headers',
    outcome: 'cut',
    begun: false,
    said: false,
    play: (response) => reset(sse(response, [])),
  },
  {
    name: 'an end after headers',
    outcome: 'cut',
    begun: false,
    said: false,
    play: (response) => sse(response, []).end(),
  },
  {
    name: 'an error event after headers',
    outcome: 'upstream-error',
    begun: false,
    said: true,
    play: (response, { error }) => sse(response, error).end(),
  },
  {
    name: 'a reset after a word',
    outcome: 'cut',
    begun: true,
    said: false,
    play: (response, { word }) => reset(sse(response, word)),
  },
  {
    name: 'an end after a word',
    outcome: 'cut',
    begun: true,
    said: false,
    play: (response, { word }) => sse(response, word).end(),
  },
  {
    name: 'half an event at the end',
    outcome: 'cut',
    begun: true,
    said: false,
    play: (response, { word, end }) => sse(response, [...word, half(end[0])]).end(),
  },
  {
    name: 'an event of which only the blank line is missing, at the end',
    outcome: 'cut',
    begun: true,
    said: false,
    play: (response, { word }) => sse(response, [...word, (word.at(-1) ?? '').trimEnd()]).end(),
  },
  {
    name: 'a whole event that is not JSON',
    outcome: 'upstream-error',
    begun: true,
    said: false,
    play: (response, { word }) => {
      sse(response, word)
      setTimeout(() => response.write('data: {"finish_reason":"message_stop"response.completed"\n\n'), 15)
    },
  },
  {
    name: 'an error event after a word',
    outcome: 'upstream-error',
    begun: true,
    said: true,
    play: (response, { word, error }) => sse(response, [...word, ...error]).end(),
  },
  {
    name: 'an error event after a word, and the connection left open',
    outcome: 'upstream-error',
    begun: true,
    said: true,
    play: (response, { word, error }) => {
      sse(response, [...word, ...error])
      setTimeout(() => response.end(), 200)
    },
  },
  {
    name: 'a reset inside tool arguments',
    outcome: 'cut',
    begun: true,
    said: false,
    play: (response, { word, halfCall }) => reset(sse(response, [...word, ...halfCall])),
  },
  {
    name: 'an end inside tool arguments',
    outcome: 'cut',
    begun: true,
    said: false,
    play: (response, { word, halfCall }) => sse(response, [...word, ...halfCall]).end(),
  },
]

describe.each(protocols)('a %s client', (from) => {
  describe.each(protocols)('of a %s upstream', (to) => {
    describe.each([true, false])('stream %s', (stream) => {
      it.each(failures)('is told of $name', async ({ play, outcome, begun, said, name }) => {
        trial.script((response) => play(response, streams[to]))
        trial.records.length = 0
        const answer = await trial.ask(from, request(from, `only-${to}`, stream))

        if (answer.status === 200) {
          expect(stream).toBe(true)
          expectStreamError(from, answer, begun, said)
        } else {
          expect(begun && stream, 'a failure after the first byte cannot have a status').toBe(false)
          expectWholeError(from, answer, said)
        }
        if (!begun && from !== to && stream) expect(answer.status, 'nothing was sent yet').not.toBe(200)
        if (name === 'a status before headers') expect(answer.status).toBe(529)
        expect(trial.records).toHaveLength(1)
        expect(trial.records[0]).toMatchObject({ outcome, status: answer.status })
        expect(trial.records[0]?.error?.message).toBe(said ? saidWhy : trial.records[0]?.error?.message)
      })

      it('gets an answer that met its limit as such', async () => {
        trial.script((response) => {
          const { word, cutShort } = streams[to]
          sse(response, [...word, ...cutShort]).end()
        })
        trial.records.length = 0
        const answer = await trial.ask(from, request(from, `only-${to}`, stream))
        expect(answer.status).toBe(200)
        expect(endings(from, answer, stream)).toEqual([
          { chat: 'length', responses: 'incomplete', messages: 'max_tokens' }[from],
        ])
        expect(trial.records.map((record) => record.outcome)).toEqual(['completed'])
      })

      it.each(['reset', 'silence'])('has its whole answer when a %s follows the end mark', async (what) => {
        trial.script((response) => {
          const { word, end } = streams[to]
          sse(response, [...word, ...end])
          if (what === 'reset') reset(response)
          else setTimeout(() => response.end(), 200)
        })
        trial.records.length = 0
        const answer = await trial.ask(from, request(from, `only-${to}`, stream))
        expect(answer.status).toBe(200)
        expect(endings(from, answer, stream)).toEqual([
          { chat: 'stop', responses: 'completed', messages: 'end_turn' }[from],
        ])
        expect(answer.text).not.toContain('"error":{')
        expect(trial.records.map((record) => record.outcome)).toEqual(['completed'])
      })
    })
  })
})

it('an answer that is nested too deeply is the fault of the upstream, not of the request', async () => {
  const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: deep } }
  const message = { role: 'assistant', content: null, tool_calls: [call] }
  const body = {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'tool_calls', message }],
  }
  trial.script((response) => json(response, 200, body))
  const answer = await trial.ask('messages', request('messages', 'only-chat', false))
  expect([answer.status, answer.text]).toEqual([502, expect.stringContaining('answer of the upstream is nested')])
})

describe.each(protocols)('a whole answer of a %s upstream that is an error under a 200', (to) => {
  const failed: JsonObject =
    to === 'responses'
      ? {
          id: 'resp_1',
          object: 'response',
          status: 'failed',
          output: [],
          error: { code: 'server_error', message: saidWhy },
        }
      : { ...(to === 'messages' ? { type: 'error' } : {}), error: { message: saidWhy, code: 'server_error' } }
  it.each(protocols)('is an error for a %s client', async (from) => {
    for (const stream of [true, false]) {
      trial.script((response) => json(response, 200, failed))
      trial.records.length = 0
      const answer = await trial.ask(from, request(from, `only-${to}`, stream))
      expect(answer.text).toContain(saidWhy)
      if (from === 'responses' && to === 'responses' && !stream)
        expect(JSON.parse(answer.text)).toMatchObject({ status: 'failed' })
      else expect(answer.status).toBeGreaterThanOrEqual(500)
      expect(trial.records).toHaveLength(1)
    }
  })
})

describe.each(protocols)('an answer of a %s upstream that is nothing', (to) => {
  it.each([
    ['empty', ''],
    ['a web page', '<html><title>Sign in</title></html>'],
    ['a list', '[]'],
    ['an object that is no answer', '{}'],
  ])('%s', async (_what, body) => {
    for (const from of protocols) {
      trial.script((response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body))
      trial.records.length = 0
      const answer = await trial.ask(from, request(from, `only-${to}`, false))
      expect(answer.status, `${from}: ${answer.text}`).toBe(502)
      expect(trial.records.map((record) => record.outcome)).toEqual(['upstream-error'])
    }
  })
})

function expectWholeError(from: ProtocolId, answer: Answered, said: boolean): void {
  expect(answer.status).toBeGreaterThanOrEqual(400)
  const body: unknown = JSON.parse(answer.text)
  expect(body).toMatchObject({ error: { message: said ? saidWhy : expect.any(String) } })
  if (from === 'messages') expect(body).toMatchObject({ type: 'error', error: { type: expect.any(String) } })
  if (said) expect(body).toMatchObject({ error: { code: 'server_is_overloaded' } })
}

function expectStreamError(from: ProtocolId, answer: Answered, begun: boolean, said: boolean): void {
  const frames = readFrames(answer.text)
  const last = frames.at(-1)
  if (last === undefined || last === '[DONE]') throw new Error(`no error at the end: ${answer.text}`)
  if (begun) expect(answer.text).toContain('Hello')
  expect(endings(from, answer, true), 'no success may be told').toEqual([])
  const error = from === 'responses' ? asObject(asObject(last['response'])?.['error']) : asObject(last['error'])
  expect(asString(error?.['message'])).toBeTruthy()
  if (said) expect(error).toMatchObject({ message: saidWhy, code: 'server_is_overloaded' })
  if (from === 'messages') expect(last['type']).toBe('error')
  if (from !== 'responses') return
  expect(last['type']).toBe('response.failed')
  const numbers = frames.map((frame) => (frame === '[DONE]' ? undefined : asNumber(frame['sequence_number'])))
  const ids = new Set(frames.map((frame) => (frame === '[DONE]' ? '' : asString(asObject(frame['response'])?.['id']))))
  ids.delete(undefined)
  expect(ids.size, 'the failure bears the id of the answer').toBe(1)
  if (!said && new Set(numbers).size === numbers.length) expect(numbers).toEqual(numbers.map((_, index) => index))
}

/** How an answer says that it ended well; empty when it does not. */
function endings(from: ProtocolId, answer: Answered, stream: boolean): readonly string[] {
  const frames = stream ? readFrames(answer.text) : [JSON.parse(answer.text) as JsonObject] // a JSON answer is one object
  return frames.flatMap((frame) => {
    if (frame === '[DONE]') return []
    if (from === 'chat') {
      const choices = frame['choices']
      const reason = Array.isArray(choices) ? asString(asObject(choices[0])?.['finish_reason']) : undefined
      return reason === undefined ? [] : [reason]
    }
    if (from === 'messages') {
      const reason = asString(stream ? asObject(frame['delta'])?.['stop_reason'] : frame['stop_reason'])
      if (frame['type'] === 'message_stop') return []
      return reason === undefined ? [] : [reason]
    }
    const type = asString(frame['type'])
    if (!stream) return [asString(frame['status']) ?? '']
    return type === 'response.completed' || type === 'response.incomplete' ? [type.replace('response.', '')] : []
  })
}
