import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { readRetryAfter } from './answer-headers.ts'
import { streams } from '../streams.test-support.ts'
import { chatReply, startSupplies, type SuppliesTrial } from '../supplies-trial.test-support.ts'
import { request } from '../trial.test-support.ts'

let trial: SuppliesTrial | undefined
afterEach(() => trial?.close())

it('an answer has the headers of its supply that mean something to a client, and none of its connection (PROV-25)', async () => {
  trial = await startSupplies(['one'])
  trial.script('one', (response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      connection: 'close',
      'keep-alive': 'timeout=5',
      'set-cookie': 'session=theirs',
      server: 'theirs',
      'x-request-id': 'req_1',
      'x-ratelimit-remaining-requests': '7',
    })
    response.end(JSON.stringify(chatReply('hi')))
  })
  const { headers } = await trial.ask('chat', request('chat', 'one/m', false))
  expect(headers).toMatchObject({ 'x-request-id': 'req_1', 'x-ratelimit-remaining-requests': '7' })
  for (const name of ['connection', 'keep-alive', 'set-cookie', 'server', 'transfer-encoding', 'content-encoding']) {
    expect(headers, name).not.toHaveProperty(name)
  }
})

describe.each(['chat', 'messages'] as const)('an answer that a supply packs unasked, for a %s client', (from) => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('comes unpacked from %s, whole and as a stream', async (coding, pack) => {
    trial = await startSupplies(['one'])
    const headers = { 'content-encoding': coding }
    trial.script('one', (response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers })
      response.end(pack(JSON.stringify(chatReply('hi there'))))
    })
    const whole = await trial.ask(from, request(from, 'one/m', false))
    expect(whole).toMatchObject({ status: 200, text: expect.stringContaining('hi there') })
    trial.script('one', (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers })
      response.end(pack([...streams.chat.word, ...streams.chat.end].join('')))
    })
    const stream = await trial.ask(from, request(from, 'one/m', true))
    expect(stream).toMatchObject({ status: 200, text: expect.stringContaining('Hello') })
    expect(trial.records.map((one) => one.outcome)).toEqual(['completed', 'completed'])
  })

  it('is an error that says so where it is not what it claims to be', async () => {
    trial = await startSupplies(['one'], { retries: 0 })
    trial.script('one', (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end('{"plain": true}')
    })
    const { status, text } = await trial.ask(from, request(from, 'one/m', false))
    expect(status).toBe(502)
    expect(text).toContain('cannot be unpacked (gzip)')
  })
})

it.each<readonly [Record<string, string>, string, number | undefined]>([
  [{ 'retry-after': '7' }, '', 7],
  [{ 'retry-after': '-7' }, '', 0],
  [{ 'retry-after': '1e999' }, '', undefined],
  [{ 'retry-after': 'soon' }, 'Please try again in 1.5s.', 1.5],
  [{ 'retry-after-ms': '1500' }, '', 1.5],
  [{ 'retry-after-ms': '9'.repeat(400) }, '', undefined],
  [{}, `Try again in ${'9'.repeat(400)} seconds`, undefined],
])('a wait is a number of seconds or none: %j %s', (headers, message, seconds) => {
  expect(readRetryAfter(headers, message, 0)).toBe(seconds)
})
