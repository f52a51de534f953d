import { createServer as createHttpServer, get } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { openPort, type OpenPort, type PortOptions } from './open-port.ts'

const opened: OpenPort[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(host: string, more: Partial<PortOptions> = {}) {
  const server = createHttpServer((_request, response) => response.end('here'))
  const port = await openPort(server, { host, port: 0, ...more })
  opened.push(port)
  return { server, port: port.port }
}

function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    get({ host, port, agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => resolve(chunk.toString()))
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
}

const addresses = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? [])

// A machine whose IPv6 is off has no second loopback address to listen on.
describe.skipIf(!addresses.includes('::1'))('on a machine with both loopback addresses', () => {
  test.each(['127.0.0.1', 'localhost'])('%s is both of them', async (host) => {
    const { port } = await open(host)
    expect([await ask('127.0.0.1', port), await ask('::1', port)]).toEqual(['here', 'here'])
  })

  test('any other address is that one', async () => {
    const { port } = await open('::1')
    expect([await ask('127.0.0.1', port), await ask('::1', port)]).toEqual(['ECONNREFUSED', 'here'])
  })

  test('another program on the second one is named, and the first serves', async () => {
    const other = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => other.listen(0, '::1', resolve))
    const { port } = other.address() as AddressInfo // a TCP server that listens has one
    const taken: string[] = []
    await open('127.0.0.1', { port, onTwinTaken: (address) => taken.push(address) })
    expect(taken).toEqual([`[::1]:${port}`])
    expect(await ask('127.0.0.1', port)).toBe('here')
    await new Promise((resolve) => other.close(resolve))
  })

  test('connections on either are closed with the server', async () => {
    const { server, port } = await open('127.0.0.1')
    let count = 0
    const accepted = new Promise<void>((resolve) => server.on('connection', () => ++count === 2 && resolve()))
    const sockets = ['127.0.0.1', '::1'].map((host) => connect({ host, port }))
    const gone = sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve)))
    await accepted
    const [last] = opened.splice(0)
    const closing = last?.close()
    server.closeAllConnections()
    await closing
    await Promise.all(gone)
  })
})

test('a connection that cannot be taken is told, and others are', async () => {
  const told: string[] = []
  const { server, port } = await open('127.0.0.1', { onRefused: (error) => told.push(error.message) })
  // As Node says it when the process may open nothing more.
  server.emit('error', new Error('accept EMFILE'))
  expect(told).toEqual(['accept EMFILE'])
  expect(await ask('127.0.0.1', port)).toBe('here')
})

test('a port that is taken is told', async () => {
  const { port } = await open('127.0.0.1')
  await expect(open('127.0.0.1', { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
