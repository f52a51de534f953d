import type { ServerResponse } from 'node:http'
import { asObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../fake-clock.test-support.ts'
import { saidWhy, streams } from '../streams.test-support.ts'
import { startSupplies } from '../supplies-trial.test-support.ts'
import { readFrames, request, sse, startTrial, until, type Answered, type Trial } from '../trial.test-support.ts'

const protocols = ['chat', 'responses', 'messages'] as const
const pairs = protocols.flatMap((from) => protocols.map((to) => [from, to] as const))
const lastWords: { readonly [P in ProtocolId]: string } = {
  chat: 'chat.completion.chunk',
  responses: 'response.completed',
  messages: 'message_stop',
}

let trial: Trial
let clock: FakeClock
afterEach(() => trial.close())

async function ask(from: ProtocolId, to: ProtocolId, stream: boolean, frames: readonly string[]): Promise<Answered> {
  clock = createFakeClock()
  trial = await startTrial({ clock })
  let upstream: ServerResponse | undefined
  trial.script((response) => (upstream = sse(response, frames)))
  const answer = trial.send(from, request(from, `only-${to}`, stream))
  await until(() => upstream !== undefined)
  // Nothing tells when what was written has arrived.
  await new Promise((resolve) => setTimeout(resolve, 20))
  return answer
}

describe.each(pairs)('a %s client, of a %s upstream that goes on after the end mark', (from, to) => {
  it.each([true, false])(
    'has its whole answer within seconds, and the upstream is left (stream: %s)',
    async (stream) => {
      clock = createFakeClock()
      trial = await startTrial({ clock })
      let drip: NodeJS.Timeout | undefined
      trial.script((response) => {
        sse(response, [...streams[to].word, ...streams[to].end])
        drip = setInterval(() => response.write(': still here\n\n'), 2)
      })
      const answer = trial.send(from, request(from, `only-${to}`, stream))
      await until(() => drip !== undefined)
      for (let second = 0; second < 4; second++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        await clock.advance(1000)
      }
      await answer.ended
      await until(() => trial.calls[0]?.gone === true)
      clearInterval(drip)
      expect(answer.text).toContain('Hello')
      if (stream) expect(answer.text).toContain(lastWords[from])
      expect(answer.text).not.toContain('"error":{')
      expect(trial.records.map((record) => record.outcome)).toEqual(['completed'])
      expect(trial.calls).toHaveLength(1)
    },
  )
})

describe('a stream of Chat Completions without its end mark', () => {
  const unmarked = [...streams.chat.word, ...streams.chat.end.slice(0, -1)]

  it.each([
    ['ends', (response: ServerResponse) => void response.end()],
    ['is torn', (response: ServerResponse) => void response.socket?.destroy()],
  ])('gets it where it %s after its finish, for clients wait for it', async (_how, close) => {
    trial = await startTrial()
    trial.script((response) => {
      sse(response, unmarked)
      setTimeout(() => close(response), 20)
    })
    const answer = await trial.ask('chat', request('chat', 'only-chat', true))
    expect(answer.text.match(/\[DONE\]/g)).toHaveLength(1)
    expect(answer.text.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(readFrames(answer.text)).toHaveLength(streams.chat.word.length + 2)
    expect(trial.records.map((record) => record.outcome)).toEqual(['completed'])
  })

  it('gets no second one', async () => {
    trial = await startTrial()
    trial.script((response) => sse(response, [...unmarked, 'data: [DONE]\n\n']).end())
    const answer = await trial.ask('chat', request('chat', 'only-chat', true))
    expect(answer.text.match(/\[DONE\]/g)).toHaveLength(1)
  })
})

describe.each(['chat', 'messages'] as const)('a stream of %s that is torn after it has said why it ends', (to) => {
  it.each(protocols)('is a whole answer for a %s client that wants JSON', async (from) => {
    trial = await startTrial()
    trial.script((response) => {
      sse(response, [...streams[to].word, ...streams[to].end.slice(0, -1)])
      setTimeout(() => response.socket?.destroy(), 20)
    })
    const answer = await trial.ask(from, request(from, `only-${to}`, false))
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('Hello')
    expect(trial.calls).toHaveLength(1)
    expect(trial.records.map((record) => record.outcome)).toEqual(['completed'])
  })
})

describe('a stream of Messages without its end mark', () => {
  const unmarked = [...streams.messages.word, ...streams.messages.end.slice(0, -1)]

  it.each(protocols)('is a whole answer for a %s client, as it has said why it ended', async (from) => {
    trial = await startTrial()
    trial.script((response) => void sse(response, unmarked).end())
    const answer = await trial.ask(from, request(from, 'only-messages', true))
    expect(answer.text.match(/event: message_stop/g) ?? []).toHaveLength(from === 'messages' ? 1 : 0)
    expect(answer.text).toContain(lastWords[from])
    expect(trial.records.map((record) => record.outcome)).toEqual(['completed'])
  })

  it('is cut off where it has not', async () => {
    trial = await startTrial()
    trial.script((response) => void sse(response, unmarked.slice(0, -1)).end())
    const answer = await trial.ask('messages', request('messages', 'only-messages', true))
    expect(answer.text).not.toContain('event: message_stop')
    expect(answer.text).toContain('event: error')
  })
})

describe.each(pairs)('a %s client of a %s upstream', (from, to) => {
  it.each([
    ['by its name only', `event: error\ndata: {"error":{"message":"${saidWhy} tid=t1;x=1"}}\n\n`],
    ['as a text', `data: {"error":"${saidWhy} tid=t1;x=1"}\n\n`],
    ['and goes on', `data: {"error":{"message":"${saidWhy} tid=t1;x=1"}}\n\ndata: [DONE]\n\n`],
    ['within another', `data: {"error":{"error":{"message":"${saidWhy} tid=t1;x=1"}}}\n\n`],
    ['in a list', `data: {"errors":[{"message":"${saidWhy} tid=t1;x=1"}]}\n\n`],
    ['as a detail', `data: {"detail":"${saidWhy} tid=t1;x=1"}\n\n`],
    ['as details', `data: {"detail":[{"loc":["body"],"msg":"${saidWhy} tid=t1;x=1"}]}\n\n`],
    ['bare', `data: {"message":"${saidWhy} tid=t1;x=1"}\n\n`],
    ['by vLLM', `data: {"object":"error","message":"${saidWhy} tid=t1;x=1","type":"X","param":null,"code":500}\n\n`],
  ])('is told once, and in its protocol, of a failure that is told %s', async (_how, frame) => {
    const answer = await ask(from, to, true, [...streams[to].word, frame])
    await clock.advance(3000)
    await answer.ended
    expect(answer.text).toContain('Hello')
    expect(answer.text.split(saidWhy)).toHaveLength(2)
    expect(answer.text).not.toContain('tid=t1')
    const frames = readFrames(answer.text)
    const told = frames.filter((event) => event !== '[DONE]' && JSON.stringify(event).includes(saidWhy))
    if (from === 'chat') expect(told).toMatchObject([{ error: { message: expect.any(String) } }])
    if (from === 'messages') expect(told).toMatchObject([{ type: 'error', error: { message: expect.any(String) } }])
    if (from === 'responses') expect(told).toMatchObject([{ type: 'response.failed' }])
    expect(trial.records).toMatchObject([{ outcome: 'upstream-error' }])
  })
})

describe.each(protocols)('a %s client of a Chat Completions upstream', (from) => {
  it.each([null, 'stop', 'error'])(
    'is told of a failure that is told in a choice (finish reason: %j)',
    async (finish) => {
      const error = { message: `${saidWhy} tid=t1;x=1`, code: 502 }
      const choices = [{ index: 0, delta: { content: '' }, finish_reason: finish, error }]
      const chunk = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices }
      const answer = await ask(from, 'chat', true, [...streams.chat.word, `data: ${JSON.stringify(chunk)}\n\n`])
      await clock.advance(3000)
      await answer.ended
      expect(answer.text.split(saidWhy)).toHaveLength(2)
      expect(answer.text).not.toContain('tid=t1')
      const told = readFrames(answer.text).find(
        (event) => event !== '[DONE]' && JSON.stringify(event).includes(saidWhy),
      )
      if (from === 'chat') expect(told).toMatchObject({ error: { message: expect.any(String) } })
      if (from === 'messages') expect(told).toMatchObject({ type: 'error' })
      if (from === 'responses') expect(told).toMatchObject({ type: 'response.failed' })
      expect(trial.records).toMatchObject([{ outcome: 'upstream-error' }])
    },
  )
})

it.each(protocols)('a %s client is told why a response failed that says so in its details', async (from) => {
  const details = { type: 'failed', error: { code: 'server_error', message: saidWhy } }
  const response = { id: 'resp_1', status: 'failed', error: null, output: [], status_details: details }
  const frame = `data: ${JSON.stringify({ type: 'response.failed', sequence_number: 9, response })}\n\n`
  const answer = await ask(from, 'responses', true, [...streams.responses.word, frame])
  await clock.advance(3000)
  await answer.ended
  expect(answer.text).toContain(saidWhy)
  expect(trial.records).toMatchObject([{ outcome: 'upstream-error' }])
})

describe.each(pairs)('a %s client of a %s upstream that wraps a failure into a 200', (from, to) => {
  it.each([
    { errors: [{ message: saidWhy }] },
    { detail: saidWhy },
    { message: saidWhy },
    { object: 'error', message: saidWhy, code: 500 },
    { error: { error: { message: saidWhy } } },
  ])('is told of it: %j', async (body) => {
    trial = await startTrial()
    trial.script((response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)))
    const answer = await trial.ask(from, request(from, `only-${to}`, false))
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(answer.text).toContain(saidWhy)
  })
})

it('an end mark that its protocol has not is left out however it is written', async () => {
  const answer = await ask('messages', 'messages', true, [
    ...streams.messages.word,
    'data:  [DONE] \n\n',
    ...streams.messages.end,
  ])
  await clock.advance(3000)
  await answer.ended
  expect(answer.text).toContain('message_stop')
  expect(answer.text).not.toContain('[DONE]')
})

describe('a response that is cut off', () => {
  const endOf = ({ text }: { readonly text: string }): JsonObject => {
    const last = readFrames(text).at(-1)
    if (last === undefined || last === '[DONE]') throw new Error(`no event at the end: ${text}`)
    return last
  }

  it('fails under its id and next number, also where comments stand around it', async () => {
    trial = await startTrial()
    let upstream: ServerResponse | undefined
    trial.script((response) => {
      upstream = sse(response, [': at work\n\n'])
      setTimeout(() => response.write(streams.responses.word.join('')), 20)
    })
    const answer = trial.send('responses', request('responses', 'only-responses', true))
    await until(() => answer.text.includes('Hello'))
    upstream?.write(': still at work\n\n')
    await until(() => answer.text.includes(': still at work'))
    upstream?.destroy()
    await answer.ended
    expect(endOf(answer)).toMatchObject({ type: 'response.failed', sequence_number: 4, response: { id: 'resp_1' } })
  })

  it('fails under the next of the numbers that its client was given where the server has none', async () => {
    const settings = { local: { name: 'local', type: 'compatible', endpoints: ['responses'] } } as const
    const supplies = await startSupplies(['local'], { settings })
    const frames = streams.responses.word.map((frame) => frame.replace(/,"sequence_number":\d+/, ''))
    supplies.script('local', (response) => void sse(response, frames).end())
    const answer = await supplies.ask('responses', request('responses', 'm', true))
    await supplies.close()
    expect(answer.text).toContain('Hello')
    expect(endOf(answer)).toMatchObject({ type: 'response.failed', sequence_number: 4, response: { id: 'resp_1' } })
  })

  it('fails as the response that its client knows: of the same time and model, with what it repeats of the request', async () => {
    trial = await startTrial()
    trial.script((response) => void sse(response, streams.responses.word).end())
    const answer = await trial.ask('responses', request('responses', 'only-responses', true))
    const [begun] = readFrames(answer.text)
    if (begun === undefined || begun === '[DONE]') throw new Error(answer.text)
    const error = { code: 'server_error', message: expect.any(String) }
    expect(endOf(answer)['response']).toEqual({ ...asObject(begun['response']), status: 'failed', error })
  })
})
