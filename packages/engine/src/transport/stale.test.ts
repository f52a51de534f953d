import { mkdtempSync, writeFileSync } from 'node:fs'
import net, { type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../fake-clock.test-support.ts'
import { createTransport, type Answer, type Call, type Transport } from './http.ts'
import { createSelfSigned } from './self-signed.test-support.ts'
import { listen, type Upstream } from './upstream.test-support.ts'

// A kept connection may be closed by the server as the next request goes out. That request is sent once more, but only where
// nothing can have been done for it: a model call that is made twice is paid twice.

const clock = createFakeClock()
const identity = createSelfSigned('Upstream')
const ca = join(mkdtempSync(join(tmpdir(), 'crossfeed-stale-')), 'ca.pem')
writeFileSync(ca, identity.cert)
let upstream: Upstream
let transport: Transport
let requests: number
afterEach(async () => {
  await transport.close()
  await upstream.close()
})

/** A server that answers the first request well, and does `then` with the second; later ones are answered. */
async function start(then: (socket: Socket) => void, isSecure = false): Promise<void> {
  requests = 0
  const serve = (socket: Socket): void => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      if (++requests === 2) then(socket)
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
  }
  if (isSecure) {
    upstream = await listen(tls.createServer({ ...identity, ALPNProtocols: ['http/1.1'] }, serve), 'https')
    transport = createTransport({ clock, ca })
  } else {
    upstream = await listen(net.createServer(serve))
    transport = createTransport({ clock })
  }
}
const call = (): Promise<Answer> => {
  const one: Call = { method: 'POST', origin: upstream.origin, path: '/', headers: {}, body: '{}' }
  return transport.request(one)
}
/** The second request, on the connection of the first. */
async function second(): Promise<Answer> {
  await call()
  // The pool takes a connection back a turn after the answer has ended.
  await new Promise((resolve) => setTimeout(resolve, 20))
  return call()
}

describe.each([false, true])('a request on a kept connection (TLS: %s)', (isSecure) => {
  it.each([
    ['closed', (socket: Socket) => void socket.end()],
    ['torn', (socket: Socket) => void socket.destroy()],
  ])('that is %s at once is sent once more', async (_how, close) => {
    await start(close, isSecure)
    expect((await second()).status).toBe(200)
    expect(requests).toBe(3)
  })

  it.each([
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-', 'network-cut'],
    ['early hints', 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n', 'network-cut'],
  ])('that has been answered with %s is not sent again', async (_what, said, reason) => {
    await start((socket) => void socket.end(said), isSecure)
    await expect(second()).rejects.toMatchObject({ reason })
    expect(requests).toBe(2)
  })

  it('that was worked on for a while is not sent again', async () => {
    let held: Socket | undefined
    await start((socket) => (held = socket), isSecure)
    const answer = second()
    const failed = expect(answer).rejects.toMatchObject({ reason: 'network-reset' })
    await expect.poll(() => held).toBeDefined()
    await clock.advance(2000)
    held?.destroy()
    await failed
    expect(requests).toBe(2)
  })
})
