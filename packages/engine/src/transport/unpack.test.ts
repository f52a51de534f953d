import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createTransport, type Transport } from './http.ts'
import { createRecorder, listenHttp, type Recorder, type Upstream } from './upstream.test-support.ts'

let upstream: Upstream
let transport: Transport
afterEach(async () => {
  await transport.close()
  await upstream.close()
})

/** What becomes of a body that is sent under a `content-encoding`. */
async function receive(coding: string | string[], body: Buffer | string, status = 200): Promise<Recorder> {
  upstream = await listenHttp((_request, response) => {
    response.setHeader('content-encoding', coding)
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body)
  })
  transport = createTransport()
  const sink = createRecorder()
  transport.send({ method: 'GET', origin: upstream.origin, path: '/', headers: {} }, sink)
  return sink
}

describe('a packed answer', () => {
  const text = 'data: {"a":1}\n\n'.repeat(9)

  it.each<readonly [string | string[], Buffer | string]>([
    ['deflate', deflateSync(text)],
    // What RFC 9110 (8.4.1.2) calls deflate has a zlib frame; many servers leave it away, and all browsers take both.
    ['deflate', deflateRawSync(text)],
    ['gzip, zstd', zstdCompressSync(gzipSync(text))],
    ['identity, GZIP', gzipSync(text)],
    [['gzip', 'deflate'], deflateSync(gzipSync(text))],
    ['gzip', Buffer.concat([gzipSync(text), Buffer.from('\0\0')])],
  ])('comes as it was under %j', async (coding, body) => {
    const sink = await receive(coding, body)
    expect(await sink.done).toBeUndefined()
    expect(sink.body).toBe(text)
    expect(sink.answerHeaders).not.toHaveProperty('content-encoding')
  })

  it.each<readonly [string, Buffer, RegExp]>([
    ['lzma', Buffer.from('??'), /lzma/],
    ['gzip, lzma', Buffer.from('??'), /lzma/],
    ['gzip, gzip', gzipSync(text), /unpacked/],
    ['gzip', gzipSync(text).subarray(0, 20), /unpacked/],
    ['deflate', Buffer.from('no'), /unpacked/],
    [Array.from({ length: 9 }, () => 'gzip').join(), Buffer.from('x'), /gzip/],
  ])('fails under %s where it is something else', async (coding, body, words) => {
    const sink = await receive(coding, body, 403)
    expect(await sink.done).toMatchObject({ reason: 'answer-garbled', message: expect.stringMatching(words) })
    expect(sink.status).toBe(403)
    expect(sink.calls.filter((one) => one === 'fail' || one === 'end')).toEqual(['fail'])
  })

  it('that is empty is empty', async () => {
    const sink = await receive('deflate', '')
    expect(await sink.done).toBeUndefined()
    expect(sink.body).toBe('')
  })
})
