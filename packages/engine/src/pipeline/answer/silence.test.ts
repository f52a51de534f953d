import type { ServerResponse } from 'node:http'
import type { ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../fake-clock.test-support.ts'
import { streams, wholes } from '../streams.test-support.ts'
import { json, request, sse, startTrial, until, type Answered, type Trial } from '../trial.test-support.ts'

const protocols = ['chat', 'responses', 'messages'] as const
const pairs = protocols.flatMap((from) => protocols.map((to) => [from, to] as const))
const minute = 60_000

let trial: Trial
let clock: FakeClock
let upstream: ServerResponse | undefined
afterEach(() => trial.close())

/** A request that has reached an upstream which says nothing of itself. */
async function ask(from: ProtocolId, to: ProtocolId, stream: boolean, stall?: number): Promise<Answered> {
  clock = createFakeClock()
  trial = await startTrial({ clock, ...(stall === undefined ? {} : { stall }) })
  upstream = undefined
  trial.script((response) => (upstream = response))
  const answer = trial.send(from, request(from, `only-${to}`, stream))
  await until(() => upstream !== undefined)
  return answer
}
function reply(): ServerResponse {
  if (!upstream) throw new Error('the upstream was not asked')
  return upstream
}
function keepAlives(from: ProtocolId, text: string): number {
  return text.split(from === 'messages' ? 'event: ping\ndata: {"type": "ping"}\n\n' : ': keep-alive\n\n').length - 1
}
/** Gives what was written a while to arrive; nothing tells when it has. */
const arrive = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

/** What a model sends before it thinks in silence: its answer's beginning, and a first thought. */
const thought: { readonly [P in ProtocolId]: readonly string[] } = {
  chat: [
    'data: {"id":"c","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","reasoning_text":"Well"},"finish_reason":null}]}\n\n',
  ],
  responses: [
    streams.responses.word[0] ?? '',
    'event: response.output_item.added\ndata: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}}\n\n',
    'event: response.reasoning_summary_part.added\ndata: {"type":"response.reasoning_summary_part.added","sequence_number":2,"item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}\n\n',
    'event: response.reasoning_summary_text.delta\ndata: {"type":"response.reasoning_summary_text.delta","sequence_number":3,"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Well"}\n\n',
  ],
  messages: [
    streams.messages.word[0] ?? '',
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}\n\n',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Well"}}\n\n',
  ],
}

describe.each(pairs)('a %s client of a %s upstream', (from, to) => {
  it('is kept alive through ten silent minutes before the headers', async () => {
    const answer = await ask(from, to, true)
    await clock.advance(10 * minute)
    expect(answer.status).toBe(200)
    expect(keepAlives(from, answer.text)).toBeGreaterThanOrEqual(58)
    expect(keepAlives(from, answer.text)).toBeLessThanOrEqual(60)
    expect(trial.records).toEqual([])
    sse(reply(), [...streams[to].word, ...streams[to].end]).end()
    await answer.ended
    expect(answer.text).toContain('Hello')
    expect(trial.records.map((record) => record.outcome)).toEqual(['completed'])
  })

  it.each(['announced', 'thought aloud'])(
    'is kept alive through ten silent minutes once the answer is %s',
    async (what) => {
      const answer = await ask(from, to, true)
      const announced = to === 'chat' ? [] : streams[to].word.slice(0, 1)
      sse(reply(), what === 'announced' ? announced : thought[to])
      await arrive()
      await clock.advance(10 * minute)
      expect(trial.records).toEqual([])
      expect(keepAlives(from, answer.text)).toBeGreaterThanOrEqual(57)
    },
  )

  it('is told of a stall after the first word, by the limit that ran out', async () => {
    const answer = await ask(from, to, true)
    sse(reply(), streams[to].word)
    await until(() => answer.text.includes('Hello'))
    await clock.advance(88_000)
    expect(trial.records).toEqual([])
    expect(keepAlives(from, answer.text)).toBeGreaterThanOrEqual(7)
    await clock.advance(5000)
    await answer.ended
    expect(answer.text).toMatch(/fell silent in the middle of its answer for 90 s \(idle limit\)/)
    expect(trial.records).toMatchObject([{ outcome: 'timeout', error: { reason: 'timeout-idle' } }])
    await until(() => trial.calls[0]?.gone === true)
  })

  it('without a stream, waits ten minutes for the answer', async () => {
    const answer = await ask(from, to, false)
    await clock.advance(10 * minute)
    expect(trial.records).toEqual([])
    json(reply(), 200, wholes[to])
    await answer.ended
    expect(answer.status, answer.text).toBe(200)
    expect(answer.text).toContain('Hello')
  })

  it('without a stream, is told when the headers limit ran out', async () => {
    const answer = await ask(from, to, false)
    await clock.advance(10 * minute + 3000)
    await answer.ended
    expect(answer.status).toBe(504)
    expect(answer.text).toMatch(/did not begin to answer within 600 s \(headers limit\)/)
    expect(trial.records.map((record) => record.outcome)).toEqual(['timeout'])
    await until(() => trial.calls[0]?.gone === true)
  })

  it('without a stream, is told of a stall in a streamed answer', async () => {
    const answer = await ask(from, to, false, 30_000)
    sse(reply(), streams[to].word)
    await arrive()
    await clock.advance(33_000)
    await answer.ended
    expect(answer.status).toBe(504)
    expect(answer.text).toMatch(/30 s \(idle limit\)/)
    expect(trial.records.map((record) => record.outcome)).toEqual(['timeout'])
  })
})

it('hears of an error that comes after keep-alives in the stream, for no status is left', async () => {
  const answer = await ask('messages', 'messages', true)
  await clock.advance(11_000)
  json(reply(), 400, { error: { message: 'no such thing', code: 'bad_thing' } })
  await answer.ended
  expect(answer.status).toBe(200)
  expect(answer.text).toMatch(/^event: ping\n.*\n\nevent: error\ndata: .*no such thing/s)
  expect(trial.records).toMatchObject([{ outcome: 'upstream-error' }])
})

it('has its request sent again where nothing but comments has come before a failure, however long ago', async () => {
  const answer = await ask('chat', 'chat', true)
  sse(reply(), [': at work\n\n'])
  await arrive()
  await clock.advance(11_000)
  await until(() => answer.text.includes(': at work'))
  reply().end('data: {"error":{"message":"The provider is down.","code":503}}\n\n')
  await arrive()
  await clock.advance(20_000)
  await until(() => trial.calls.length === 2)
  sse(reply(), [...streams.chat.word, ...streams.chat.end]).end()
  await answer.ended
  expect(answer.text).toContain('Hello')
  expect(answer.text).not.toContain('is down')
})

it('does not wait for the rest of an error answer for ever', async () => {
  const answer = await ask('chat', 'chat', false)
  reply().writeHead(500, { 'content-type': 'application/json' })
  reply().write('{"error":{"message":"half of')
  await arrive()
  await clock.advance(95_000)
  await until(() => trial.calls.length === 2)
  reply().writeHead(418, { 'content-type': 'application/json' }).end('{"error":{"message":"a teapot"}}')
  await answer.ended
  expect(answer.status).toBe(418)
})

it('has no timer of a request left when it is over', async () => {
  const answer = await ask('chat', 'chat', true)
  await clock.advance(1000)
  sse(reply(), [...streams.chat.word, ...streams.chat.end]).end()
  await answer.ended
  await clock.advance(3000)
  // The refresh of the sign-in is all that is waited for.
  expect(clock.pending()).toBe(1)
})
