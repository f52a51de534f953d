import { createServer, request as httpRequest, Agent, type IncomingMessage, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ClientOut } from '@crossfeed/engine'
import { answerClient } from './answer-client.ts'
import { createUnderWay } from './under-way.ts'

const pieces: readonly (string | Buffer)[] = [
  'data: ä€😀\n\n',
  '',
  Buffer.from('data: ö\n\n'),
  Buffer.alloc(0),
  'data: [DONE]\n\n',
]
const text = pieces.join('')

const parts = { underWay: createUnderWay() }
let server: Server
const agents: Agent[] = []
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy()
  server.close()
})

/** A server that answers everything as `answer` does; gives its port. */
function serve(answer: (out: ClientOut) => void): Promise<number> {
  server = createServer((_request, response) => {
    answerClient({ response, parts }, (out) => {
      answer(out)
      return { cancel: () => {}, abort: () => {}, drained: () => {} }
    })
  })
  return new Promise((resolve) =>
    // A server that listens on TCP has an address of this kind.
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
}

function streamed(out: ClientOut): void {
  out.begin(200, { 'content-type': 'text/event-stream' })
  for (const piece of pieces) out.write(piece)
  out.end('')
}

function get(
  port: number,
  agent: Agent,
): Promise<{ body: string; headers: IncomingMessage['headers']; local: number }> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', agent }, (response) => {
      let body = ''
      const local = response.socket.localPort ?? 0
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ body, headers: response.headers, local }))
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
}

/** All bytes that come on a connection of its own for these bytes. */
function raw(port: number, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(head))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => resolve(Buffer.concat(chunks).toString()))
    socket.on('error', reject)
  })
}

describe('an answer to the client', () => {
  it('comes in chunks, of which empty texts make none, and leaves the connection for the next', async () => {
    const port = await serve(streamed)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    agents.push(agent)
    const first = await get(port, agent)
    const second = await get(port, agent)
    expect(first.body).toBe(text)
    expect(second.body).toBe(text)
    expect(first.headers['transfer-encoding']).toBe('chunked')
    expect(second.local).toBe(first.local)
  })

  it('has what is written in one turn in one chunk, and what comes later in another', async () => {
    const port = await serve((out) => {
      out.begin(200, {})
      out.write('ä')
      out.write(Buffer.from('€'))
      setImmediate(() => {
        for (const piece of ['one', ' and ', 'two']) out.write(piece)
        setImmediate(() => out.end('.'))
      })
    })
    const all = await raw(port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(all.slice(all.indexOf('\r\n\r\n') + 4)).toBe('5\r\nä€\r\nb\r\none and two\r\n1\r\n.\r\n0\r\n\r\n')
  })

  it('waits for those before it on the same connection, whatever is written meanwhile', async () => {
    let asked = 0
    const outs: ClientOut[] = []
    const port = await serve((out) => {
      outs.push(out)
      out.begin(200, {})
      out.write(`${++asked}a`)
    })
    const get = 'GET / HTTP/1.1\r\nhost: x\r\n'
    const all = raw(port, `${get}\r\n${get}connection: close\r\n\r\n`)
    await expect.poll(() => outs.length).toBe(2)
    const [one, two] = outs
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    await turn()
    two?.write('2b')
    await turn()
    one?.write('1b')
    await turn()
    one?.end('1c')
    await turn()
    two?.write('2c')
    await turn()
    two?.end()
    const bodies = (await all).split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/).slice(1)
    expect(bodies.map((body) => body.replaceAll(/2\r\n(..)\r\n/g, '$1 '))).toEqual([
      '1a 1b 1c 0\r\n\r\n',
      '2a 2b 2c 0\r\n\r\n',
    ])
  })

  it('is not written on, and throws nothing, where the client has closed its half', async () => {
    const outs: ClientOut[] = []
    const closed: string[] = []
    server = createServer((_request, response) =>
      answerClient({ response, parts }, (out) => {
        outs.push(out)
        out.begin(200, {})
        out.write('a')
        return { cancel: () => void closed.push('cancelled'), abort: () => {}, drained: () => {} }
      }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A server that listens on TCP has an address of this kind.
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.end('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    socket.resume()
    await expect.poll(() => outs.length).toBe(1)
    for (let turn = 0; turn < 20; turn++) {
      outs[0]?.write('b')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await expect.poll(() => closed).toEqual(['cancelled'])
  })

  it('says that a client does not keep up, and when it does again', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x')
    let sent = 0
    let drains = 0
    let fill: (() => void) | undefined
    let finish: (() => void) | undefined
    server = createServer((_request, response) =>
      answerClient({ response, parts }, (out) => {
        out.begin(200, {})
        fill = () => {
          do sent += piece.length
          while (out.write(piece) && sent < 512 * piece.length)
        }
        finish = () => out.end()
        return { cancel: () => {}, abort: () => {}, drained: () => void drains++ }
      }),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A server that listens on TCP has an address of this kind.
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    socket.pause()
    await expect.poll(() => fill !== undefined).toBe(true)
    fill?.()
    expect(sent).toBeLessThan(512 * piece.length)
    expect(drains).toBe(0)
    let received = 0
    socket.on('data', (chunk: Buffer) => (received += chunk.length))
    const over = new Promise((resolve) => socket.on('end', resolve))
    socket.resume()
    await expect.poll(() => drains).toBe(1)
    finish?.()
    await over
    expect(received).toBeGreaterThan(sent)
  })

  it('ends with what its end brings', async () => {
    const port = await serve((out) => {
      out.begin(200, {})
      out.end(text)
    })
    const agent = new Agent()
    agents.push(agent)
    expect((await get(port, agent)).body).toBe(text)
  })

  it('goes to a client of HTTP/1.0 without chunks', async () => {
    const port = await serve(streamed)
    const all = await raw(port, 'GET / HTTP/1.0\r\n\r\n')
    expect(all.slice(all.indexOf('\r\n\r\n') + 4)).toBe(text)
    expect(all).not.toMatch(/transfer-encoding/i)
  })

  it('of a known length is not chunked', async () => {
    const port = await serve((out) => {
      out.begin(200, { 'content-length': String(Buffer.byteLength(text)) })
      out.end(text)
    })
    const all = await raw(port, 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(all.slice(all.indexOf('\r\n\r\n') + 4)).toBe(text)
  })
})
