import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, test } from 'vitest'
import type { Settings } from '../../packages/gateway/src/index.ts'
import {
  answerJson,
  firstWord,
  serve,
  startFailingServer,
  type AnswerCall,
  type FailingServer,
} from './failing-server.ts'
import { post, startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

let upstream: FailingServer
let gateway: WatchedGateway
afterEach(async () => {
  await gateway.close()
  await upstream.close()
})

type Scripts = Readonly<Record<string, AnswerCall>>

/** Supplies a, b and c, each answered by its script or else well, and `all`, which leads to them in this order. */
async function start(
  scripts: Scripts,
  changes: Partial<Settings> = {},
  list?: (response: ServerResponse, supply: string) => void,
): Promise<void> {
  upstream = await startFailingServer((response, call) => (scripts[call.supply] ?? good)(response, call), list)
  const names = ['a', 'b', 'c']
  gateway = await startWatchedGateway(upstream.url, {
    copilot: false,
    providers: names.map((name) => ({
      name,
      type: 'compatible',
      baseUrl: `${upstream.url}/${name}/v1`,
      apiKey: 'k-1',
    })),
    aliases: [{ name: 'all', targets: names.map((provider, order) => ({ provider, model: 'm', order })) }],
    ...changes,
  })
}

const good: AnswerCall = (response, call) => serve(response, call, `Hello from ${call.supply}`)
const silent: AnswerCall = () => {}
const refuse =
  (status: number, headers: Record<string, string> = {}): AnswerCall =>
  (response) =>
    answerJson(response, status, { error: { message: 'no', code: 'odd' } }, headers)
const talk = (model: string, stream = false): JsonObject => ({
  model,
  stream,
  messages: [{ role: 'user', content: 'hi' }],
})
const vectors = (model: string): JsonObject => ({ model, input: ['hi'] })
const asked = (): string[] => upstream.calls.map((call) => call.supply)

async function ask(
  body: JsonObject,
  path = '/v1/chat/completions',
): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, text: await answer.text(), headers: answer.headers }
}

/** Asks, leaves once `when` holds, and gives the time of leaving. */
async function leave(body: JsonObject, when: () => boolean, path = '/v1/chat/completions'): Promise<number> {
  const { request, answer } = post(gateway.url + path, body)
  answer.then((one) => one.on('error', () => undefined)).catch(() => undefined)
  await expect.poll(when, { timeout: 5000, interval: 5 }).toBe(true)
  const leftAt = Date.now()
  request.destroy()
  await expect.poll(() => gateway.lines.length, { timeout: 5000, interval: 5 }).toBe(1)
  expect(gateway.lines).toMatchObject([{ error: 'cancelled' }])
  gateway.lines.length = 0
  return leftAt
}

describe('a client that leaves', () => {
  test.each([true, false])(
    'a second target cancels the call there, and no third is asked; stream %s',
    async (stream) => {
      await start({ a: refuse(500), b: silent })
      const leftAt = await leave(talk('all', stream), () => asked().length === 2)
      await expect.poll(() => upstream.calls[1]?.leftAt, { timeout: 1000, interval: 5 }).toBeGreaterThanOrEqual(leftAt)
      expect(asked()).toEqual(['a', 'b'])
    },
  )

  test('while a target is waited for is not tried there again, and gives its turn to others', async () => {
    const busy = refuse(503, { 'retry-after': '1' })
    const script: AnswerCall = (response, call) => (call.model === 'busy' ? busy : good)(response, call)
    await start({ a: script }, { maxConcurrent: 1 })
    await leave(talk('a/busy'), () => asked().length === 1)
    expect((await ask(talk('a/free'))).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(upstream.calls.map((call) => call.model)).toEqual(['busy', 'free'])
  })

  test('while others have all turns is not served after them', async () => {
    let first: ServerResponse | undefined
    await start({ a: (response) => void (first = response) }, { maxConcurrent: 1 })
    const served = ask(talk('a/one'))
    await expect.poll(() => asked().length).toBe(1)
    const waiting = post(`${gateway.url}/v1/chat/completions`, talk('a/two'))
    waiting.answer.catch(() => undefined)
    await once(waiting.request, 'finish')
    await new Promise((resolve) => setTimeout(resolve, 50))
    waiting.request.destroy()
    await expect.poll(() => gateway.lines.length).toBe(1)
    if (first) serve(first, upstream.calls[0] ?? fail())
    expect((await served).status).toBe(200)
    expect(asked()).toEqual(['a'])
  })

  test.each(['chat/completions', 'embeddings'])(
    'while a list is waited for takes no turn from those who stay (%s)',
    async (route) => {
      const lists: ServerResponse[] = []
      await start({}, { maxConcurrent: 1 }, (response) => void lists.push(response))
      const body = route === 'embeddings' ? vectors : talk
      await leave(body('m'), () => lists.length > 0, `/v1/${route}`)
      for (const response of lists) answerJson(response, 200, { data: [{ id: 'm' }] })
      // Lists of supplies that come later in the order are asked for now, if at all.
      await new Promise((resolve) => setTimeout(resolve, 50))
      for (const response of lists) if (!response.writableEnded) answerJson(response, 200, { data: [{ id: 'm' }] })
      expect(asked()).toEqual([])
      for (const supply of ['a', 'b', 'c']) expect((await ask(body(`${supply}/m`), `/v1/${route}`)).status).toBe(200)
    },
  )
})

describe('with one request at a time for each supply', () => {
  test('requests that fail over in a circle all end', async () => {
    let nth = 0
    const everyOther: AnswerCall = (response, call) =>
      nth++ % 2 === 0 ? refuse(429)(response, call) : good(response, call)
    await start(
      { a: everyOther, b: everyOther, c: everyOther },
      {
        maxConcurrent: 1,
        coolDown: { allowedFails: 1000, coolDownMs: 1 },
        aliases: ['abc', 'bca', 'cab'].map((name) => ({
          name,
          targets: [...name].map((provider, order) => ({ provider, model: 'm', order })),
        })),
      },
    )
    const names = ['abc', 'bca', 'cab']
    const answers = await Promise.all(
      Array.from({ length: 90 }, (_, index) => ask(talk(names[index % 3] ?? '', index % 2 === 0))),
    )
    for (const { status } of answers) expect([200, 429]).toContain(status)
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(45)
    expect(gateway.lines).toHaveLength(90)
  })
})

describe('a streaming client hears something all the time', () => {
  /** What goes on only when the client has heard so many keep-alives more. */
  let waiting: { left: number; readonly go: () => void }[] = []
  const whenHeard = (go: () => void): void => void waiting.push({ left: 2, go })
  const late =
    (script: AnswerCall): AnswerCall =>
    (response, call) =>
      whenHeard(() => script(response, call))

  /** The text of the stream; never ends where somebody waits for a keep-alive that does not come. */
  async function listen(body: JsonObject, path = '/v1/chat/completions'): Promise<string> {
    waiting = []
    const reply: IncomingMessage = await post(gateway.url + path, body).answer
    let text = ''
    for await (const chunk of reply) {
      text += String(chunk)
      if (!/: keep-alive|event: ping/.test(String(chunk))) continue
      for (const one of waiting) if (--one.left === 0) one.go()
    }
    return text
  }

  test('while one target after the other fails slowly', async () => {
    await start({ a: late(refuse(500)), b: late(refuse(429)), c: late(good) }, { keepAlive: 0.1 })
    expect(await listen(talk('all', true))).toContain('Hello from c')
    expect(asked()).toEqual(['a', 'b', 'c'])
  })

  test('while it waits for a list, and then for its turn', async () => {
    let busy = (): void => {}
    const script: AnswerCall = (response, call) => {
      if (call.model === 'busy') busy = () => good(response, call)
      else good(response, call)
    }
    const list = (response: ServerResponse, supply: string): void =>
      whenHeard(() => {
        answerJson(response, 200, { data: [{ id: 'm' }] })
        if (supply === 'a') whenHeard(() => busy())
      })
    await start({ a: script }, { keepAlive: 0.1, maxConcurrent: 1 }, list)
    const before = ask(talk('a/busy'))
    await expect.poll(asked).toEqual(['a'])
    expect(await listen(talk('m', true))).toContain('Hello from a')
    expect((await before).status).toBe(200)
  })

  test.each([
    ['chat/completions', /^(?:: keep-alive\n\n)+data: \{"error":\{.*\}\}\n\n/],
    ['messages', /^(?:event: ping\ndata: .*\n\n)+event: error\ndata: \{"type":"error",.*\}\n\n$/],
    ['responses', /^(?:: keep-alive\n\n)+event: response\.created\n.*\n\nevent: response\.failed\ndata: \{.*\}\n\n$/],
  ])('and when all of them have failed, it is told in its stream (%s)', async (route, shape) => {
    await start({ a: late(refuse(500)), b: refuse(500), c: refuse(429) }, { keepAlive: 0.1 })
    const input = route === 'responses' ? { model: 'all', stream: true, input: 'hi' } : talk('all', true)
    expect(await listen({ ...input, max_tokens: 9 }, `/v1/${route}`)).toMatch(shape)
    expect(asked()).toEqual(['a', 'b', 'c'])
  })

  test('and is served after its keep-alives as if there had been none', async () => {
    await start({ a: late(refuse(500)), b: late(good) }, { keepAlive: 0.1 })
    const text = await listen({ ...talk('all', true), max_tokens: 9 }, '/v1/messages')
    expect(text.match(/event: (?!ping)\w+/g)).toEqual([
      'event: message_start',
      'event: content_block_start',
      'event: content_block_delta',
      'event: content_block_stop',
      'event: message_delta',
      'event: message_stop',
    ])
  })
})

describe('fallbacks and names that lead back', () => {
  const fallbacks = (general: Record<string, string[]>): Settings['fallbacks'] => ({
    general,
    contextWindow: {},
    contentPolicy: {},
    byDefault: [],
  })

  test('end: every target is asked once', async () => {
    const down = refuse(429)
    await start(
      { a: down, b: down, c: down },
      { fallbacks: fallbacks({ 'a/m': ['b/m', 'a/m'], 'b/m': ['a/m'], all: ['all', 'a/m', 'c/m'] }) },
    )
    expect((await ask(talk('a/m'))).status).toBe(429)
    expect(asked()).toEqual(['a', 'b'])
    upstream.calls.length = 0
    expect((await ask(talk('all'))).status).toBe(429)
    expect(asked().toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('an alias that leads to its own name, and one that is called like a model, are served', async () => {
    await start(
      {},
      {
        aliases: [
          { name: 'm', targets: [{ provider: 'b', model: 'm' }] },
          { name: 'a/m', targets: [{ provider: 'c', model: 'm' }] },
        ],
      },
      (response) => answerJson(response, 200, { data: [{ id: 'm' }] }),
    )
    expect((await ask(talk('m'))).text).toContain('from b')
    expect((await ask(talk('a/m'))).text).toContain('from c')
    expect((await ask(talk('m'), '/a/v1/chat/completions')).text).toContain('from a')
  })

  test('mappings are followed once', async () => {
    await start({}, { modelMappings: { 'a/m': 'b/m', 'b/m': 'a/m', 'c/m': 'c/m' } })
    expect((await ask(talk('a/m'))).text).toContain('from b')
    expect((await ask(talk('b/m'))).text).toContain('from a')
    expect((await ask(talk('c/m'))).text).toContain('from c')
  })
})

describe('embeddings', () => {
  test.each([
    ['is limited', refuse(429)],
    ['answers an error under 200', refuse(200)],
    ['answers a page', (response: ServerResponse) => void response.writeHead(200).end('<html>')],
    ['answers an object without vectors', (response: ServerResponse) => answerJson(response, 200, {})],
    ['leads elsewhere', (response: ServerResponse) => void response.writeHead(302, { location: '/x' }).end()],
    ['cuts', (response: ServerResponse) => void response.socket?.resetAndDestroy()],
  ])('go on elsewhere where the first target %s', async (_why, script) => {
    await start({ a: script })
    const { status, text, headers } = await ask(vectors('all'), '/v1/embeddings')
    expect(status, text).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ data: [{ embedding: [1, 2] }] })
    expect(headers.get('x-crossfeed-changes')).toContain('failed-over:a/m>b/m')
    expect(asked()).toEqual(['a', 'b'])
  })

  test('of a supply that fails are told with its name, its address and when to come again', async () => {
    await start({ a: refuse(429, { 'retry-after-ms': '40500' }) })
    const { status, text, headers } = await ask(vectors('a/m'), '/v1/embeddings')
    expect(status).toBe(429)
    expect(headers.get('retry-after')).toBe('41')
    expect(JSON.parse(text).error.message).toContain(`no (a: ${upstream.url}/a/v1/embeddings). Its limit is reached`)
    expect(asked()).toEqual(['a'])
  })

  test('leave a used-up supply alone until it is filled again', async () => {
    const reset = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1h' }
    await start({ a: refuse(402, reset) })
    for (let turn = 0; turn < 3; turn++) await ask(vectors('all'), '/v1/embeddings')
    expect(asked()).toEqual(['a', 'b', 'b', 'b'])
  })
})

test('a supply whose list does not come holds up nobody who names another one', async () => {
  const held: ServerResponse[] = []
  await start({}, {}, (response, supply) =>
    supply === 'a' ? void held.push(response) : answerJson(response, 200, { data: [{ id: 'm' }] }),
  )
  const list = fetch(`${gateway.url}/v1/models`).then((answer) => answer.text())
  await expect.poll(() => held.length).toBe(1)
  for (const name of ['b/m', 'a/m', 'all']) expect((await ask(talk(name))).status).toBe(200)
  expect((await ask(talk('m'), '/b/v1/chat/completions')).status).toBe(200)
  expect((await ask(vectors('c/m'), '/v1/embeddings')).status).toBe(200)
  for (const response of held) answerJson(response, 200, { data: [] })
  expect(await list).toContain('b/m')
})

test('nothing is tried again once a word was delivered, by whatever target', async () => {
  await start({
    a: refuse(500),
    b: (response, { protocol }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      if (protocol !== 'embeddings') response.write(firstWord(protocol))
      setTimeout(() => response.socket?.resetAndDestroy(), 20)
    },
  })
  const { text } = await ask(talk('all', true))
  expect(text).toContain('Hello')
  expect(text).toContain('"error"')
  expect(asked()).toEqual(['a', 'b'])
})

function fail(): never {
  throw new Error('nobody asked')
}
