import { once } from 'node:events'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../fake-clock.test-support.ts'
import { createTransport } from './http.ts'
import type { Transport, TransportOptions } from './http.ts'
import { createRecorder, listen, listenHttp } from './upstream.test-support.ts'
import type { Upstream } from './upstream.test-support.ts'

const open: { close(): Promise<void> }[] = []

function transport(options?: TransportOptions): Transport {
  const made = createTransport(options)
  open.unshift(made)
  return made
}

function keep(upstream: Upstream): Upstream {
  open.push(upstream)
  return upstream
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

describe('calls', () => {
  it('sends method, path, headers and body as given, and gives status, headers and the whole body', async () => {
    const upstream = keep(
      await listenHttp((request, response) => {
        let body = ''
        request.on('data', (chunk) => (body += chunk))
        request.on('end', () => {
          response.writeHead(201, { 'x-one': '1', 'set-cookie': ['a=1', 'b=2'] })
          response.end(
            JSON.stringify({ method: request.method, url: request.url, mark: request.headers['x-mark'], body }),
          )
        })
      }),
    )
    const answer = await transport().request({
      method: 'POST',
      origin: upstream.origin,
      path: '/v1/x?y=1',
      headers: { 'X-Mark': 'kept' },
      body: '{"ü":1}',
    })
    expect(answer.status).toBe(201)
    expect(answer.headers['x-one']).toBe('1')
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(JSON.parse(answer.body.toString())).toEqual({
      method: 'POST',
      url: '/v1/x?y=1',
      mark: 'kept',
      body: '{"ü":1}',
    })
  })

  it('does not follow redirects', async () => {
    let calls = 0
    const upstream = keep(
      await listenHttp((_request, response) => {
        calls++
        response.writeHead(302, { location: '/elsewhere' }).end()
      }),
    )
    const answer = await transport().request({ method: 'GET', origin: upstream.origin, path: '/', headers: {} })
    expect(answer.status).toBe(302)
    expect(calls).toBe(1)
  })

  it('refuses a body beyond the limit and hangs up', async () => {
    const upstream = keep(await listenHttp((_request, response) => response.write(Buffer.alloc(100_000))))
    const call = { method: 'GET', origin: upstream.origin, path: '/', headers: {} } as const
    await expect(transport().request(call, 1000)).rejects.toMatchObject({ reason: 'answer-too-large', status: 502 })
    await expect.poll(() => upstream.sockets.size).toBe(0)
  })

  it('carries 1,000 streams at once', async () => {
    let resolveAll = (): void => undefined
    const all = new Promise<void>((resolve) => (resolveAll = resolve))
    let count = 0
    const upstream = keep(
      await listenHttp((_request, response) => {
        response.write('begun ')
        if (++count === 1000) resolveAll()
        void all.then(() => response.end('ended'))
      }),
    )
    const way = transport()
    const sinks = Array.from({ length: 1000 }, () => {
      const sink = createRecorder()
      way.send({ method: 'GET', origin: upstream.origin, path: '/', headers: {} }, sink)
      return sink
    })
    await Promise.all(sinks.map((sink) => sink.done))
    expect(sinks.every((sink) => sink.body === 'begun ended' && sink.calls.at(-1) === 'end')).toBe(true)
  })

  it('never calls the sink before send has returned, even for a call that cannot be written', async () => {
    const sink = createRecorder()
    const bad = { method: 'GET', origin: 'http://127.0.0.1:1', path: '/', headers: { bad: 'canary\n1' } } as const
    transport().send(bad, sink)
    expect(sink.calls).toEqual([])
    const error = await sink.done
    expect(error?.code).toBe('internal')
    expect(error?.message).not.toContain('canary')
    expect(sink.calls).toEqual(['fail'])
  })
})

describe('cancelling', () => {
  it('closes the upstream socket at once, in the middle of a body', async () => {
    const upstream = keep(await listenHttp((_request, response) => response.write('begun')))
    const sink = createRecorder()
    const flight = transport().send({ method: 'GET', origin: upstream.origin, path: '/', headers: {} }, sink)
    await sink.bytes(5)
    const [socket] = upstream.sockets
    flight.cancel('the client went away')
    flight.cancel('again')
    expect(await sink.done).toMatchObject({ code: 'cancelled', status: 499 })
    if (socket !== undefined && !socket.destroyed) await once(socket, 'close')
    expect(upstream.sockets.size).toBe(0)
    expect(sink.calls).toEqual(['headers', 'data', 'fail'])
  })

  it('never sends a call that was cancelled while it was connecting', async () => {
    let calls = 0
    const upstream = keep(await listenHttp((_request, response) => (calls++, response.end())))
    const way = transport()
    const sink = createRecorder()
    way.send({ method: 'POST', origin: upstream.origin, path: '/', headers: {}, body: 'x' }, sink).cancel()
    expect((await sink.done)?.code).toBe('cancelled')
    await way.request({ method: 'GET', origin: upstream.origin, path: '/', headers: {} })
    expect(calls).toBe(1)
  })

  it('ends what is under way when the transport is closed', async () => {
    const upstream = keep(await listenHttp((_request, response) => response.write('begun')))
    const way = transport()
    const sink = createRecorder()
    way.send({ method: 'GET', origin: upstream.origin, path: '/', headers: {} }, sink)
    await sink.bytes(5)
    await way.close()
    expect((await sink.done)?.code).toBe('cancelled')
  })
})

describe('backpressure', () => {
  it('stops reading while paused, so that memory stays bounded, and loses nothing', async () => {
    const total = 64 * 1024 * 1024
    const chunk = Buffer.alloc(64 * 1024, 'x')
    let written = 0
    const upstream = keep(
      await listenHttp((_request, response) => {
        const pump = (): void => {
          while (written < total) {
            written += chunk.length
            if (!response.write(chunk)) {
              response.once('drain', pump)
              return
            }
          }
          response.end()
        }
        pump()
      }),
    )
    let received = 0
    const finished = Promise.withResolvers<void>()
    const first = Promise.withResolvers<void>()
    const flight = transport().send(
      { method: 'GET', origin: upstream.origin, path: '/', headers: {} },
      {
        headers() {},
        data(part) {
          if (received === 0) {
            flight.pause()
            first.resolve()
          }
          received += part.length
        },
        end: () => finished.resolve(),
        fail: finished.reject,
      },
    )
    await first.promise
    let before = -1
    // The kernel's buffers fill up, then the writer stands still.
    await expect
      .poll(
        () => {
          const still = written === before
          before = written
          return still
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true)
    expect(received).toBeLessThan(1024 * 1024)
    expect(written).toBeLessThan(total)
    flight.resume()
    await finished.promise
    expect(received).toBe(total)
  })
})

describe('stale connections', () => {
  it('repeats a call once on a fresh connection when a kept one was closed before any byte of the answer', async () => {
    const seen: string[] = []
    const server = net.createServer((socket) => {
      let requests = 0
      socket.on('data', (data) => {
        seen.push(String(data).split(' ')[1] ?? '')
        if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
        else socket.destroy()
      })
    })
    const upstream = keep(await listen(server))
    const way = transport()
    const call = (path: string) =>
      way
        .request({ method: 'POST', origin: upstream.origin, path, headers: {}, body: '{}' })
        .then((answer) => answer.status)
    expect(await call('/1')).toBe(200)
    // The pool takes a connection back a turn after the answer has ended.
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await call('/2')).toBe(200)
    expect(seen).toEqual(['/1', '/2', '/2'])
  })

  it('does not repeat on a fresh connection', async () => {
    let calls = 0
    const upstream = keep(
      await listen(
        net.createServer((socket) => {
          socket.on('data', () => {
            calls++
            socket.destroy()
          })
        }),
      ),
    )
    const call = { method: 'POST', origin: upstream.origin, path: '/', headers: {}, body: '{}' } as const
    await expect(transport().request(call)).rejects.toMatchObject({ reason: 'network-reset' })
    expect(calls).toBe(1)
  })

  it('never repeats after a byte', async () => {
    let calls = 0
    const upstream = keep(
      await listen(
        net.createServer((socket) => {
          socket.on('data', () => {
            if (++calls === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
            else socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n')
          })
        }),
      ),
    )
    const way = transport()
    const call = { method: 'GET', origin: upstream.origin, path: '/', headers: {} } as const
    await way.request(call)
    const sink = createRecorder()
    way.send(call, sink)
    expect((await sink.done)?.reason).toBe('network-cut')
    expect(sink.body).toBe('abc')
    expect(calls).toBe(2)
  })
})

describe('limits', () => {
  async function silentAfter(text: string) {
    const clock = createFakeClock()
    const upstream = keep(await listen(net.createServer((socket) => socket.on('data', () => socket.write(text)))))
    const sink = createRecorder()
    const flight = transport({ clock }).send({ method: 'GET', origin: upstream.origin, path: '/', headers: {} }, sink)
    await expect.poll(() => upstream.sockets.size).toBe(1)
    return { clock, sink, upstream, flight }
  }

  it('names the connect limit, which holds for the handshake too', async () => {
    const clock = createFakeClock()
    const upstream = keep(await listen(net.createServer(() => undefined)))
    const sink = createRecorder()
    const origin = upstream.origin.replace('http:', 'https:')
    transport({ clock }).send({ method: 'GET', origin, path: '/', headers: {} }, sink)
    await expect.poll(() => upstream.sockets.size).toBe(1)
    await clock.advance(9000)
    expect(sink.calls).toEqual([])
    await clock.advance(3000)
    expect(await sink.done).toMatchObject({ code: 'timeout', status: 504, reason: 'timeout-connect' })
  })

  it('takes the limits of a call before its own', async () => {
    const clock = createFakeClock()
    const upstream = keep(await listen(net.createServer(() => undefined)))
    const sink = createRecorder()
    const call = {
      method: 'GET',
      origin: upstream.origin,
      path: '/',
      headers: {},
      timeouts: { headers: 5000 },
    } as const
    transport({ clock }).send(call, sink)
    await expect.poll(() => upstream.sockets.size).toBe(1)
    await clock.advance(8000)
    expect(await sink.done).toMatchObject({ reason: 'timeout-headers', message: expect.stringContaining('5 s') })
  })

  it('names the headers limit', async () => {
    const { clock, sink, upstream } = await silentAfter('')
    await clock.advance(599_000)
    expect(sink.calls).toEqual([])
    await clock.advance(5000)
    expect(await sink.done).toMatchObject({ code: 'timeout', status: 504, reason: 'timeout-headers' })
    await expect.poll(() => upstream.sockets.size).toBe(0)
  })

  it('names the idle limit, starts it anew with each chunk, and does not run it while paused', async () => {
    const { clock, sink, upstream, flight } = await silentAfter('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nabc')
    await sink.bytes(3)
    await clock.advance(80_000)
    for (const socket of upstream.sockets) socket.write('def')
    await sink.bytes(6)
    await clock.advance(80_000)
    flight.pause()
    await clock.advance(500_000)
    expect(sink.calls.at(-1)).toBe('data')
    flight.resume()
    await clock.advance(80_000)
    expect(sink.calls.at(-1)).toBe('data')
    await clock.advance(12_000)
    expect(await sink.done).toMatchObject({ code: 'timeout', reason: 'timeout-idle' })
  })

  it('does not take the sleep of the machine for silence', async () => {
    const { clock, sink } = await silentAfter('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nabc')
    await sink.bytes(3)
    clock.sleep(8 * 3600_000)
    await clock.advance(2000)
    expect(sink.calls.at(-1)).toBe('data')
  })

  it('keeps no timer when nothing is under way', async () => {
    const clock = createFakeClock()
    const upstream = keep(await listenHttp((_request, response) => response.end('ok')))
    await transport({ clock }).request({ method: 'GET', origin: upstream.origin, path: '/', headers: {} })
    await clock.advance(1000)
    expect(clock.pending()).toBe(0)
  })
})

describe('errors', () => {
  it('names the address and port that refused', async () => {
    const upstream = await listenHttp((_request, response) => response.end())
    await upstream.close()
    const call = {
      method: 'GET',
      origin: upstream.origin,
      path: '/',
      headers: { authorization: 'Bearer canary' },
    } as const
    const error: unknown = await transport()
      .request(call)
      .catch((cause: unknown) => cause)
    expect(error).toMatchObject({ reason: 'network-refused', status: 502, code: 'upstream' })
    expect(String(error)).toContain(`127.0.0.1:${upstream.port}`)
    expect(String(error)).not.toContain('canary')
  })

  it('says that a name cannot be looked up', async () => {
    const call = { method: 'GET', origin: 'http://no-such-host.invalid', path: '/', headers: {} } as const
    await expect(transport().request(call)).rejects.toMatchObject({
      reason: 'network-dns',
      message: expect.stringContaining('no-such-host.invalid'),
    })
  })

  it('says that an answer is not HTTP', async () => {
    const upstream = keep(
      await listen(net.createServer((socket) => socket.on('data', () => socket.end('SSH-2.0-x\r\n')))),
    )
    const call = { method: 'GET', origin: upstream.origin, path: '/', headers: {} } as const
    await expect(transport().request(call)).rejects.toMatchObject({ reason: 'network-malformed' })
  })
})
