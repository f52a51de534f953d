import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { startWatchedGateway } from './watched-gateway.ts'

test.each(['goes on reading', 'closes', 'resets'])(
  'a refusal before the request was read is told in its words where the upstream %s',
  async (how) => {
    const body = '{"error":{"message":"Too big for pelicans","code":"odd"}}'
    let calls = 0
    const server = createServer((socket) => {
      // What is still sent to it meets a closed connection.
      socket.on('error', () => undefined)
      socket.once('data', () => {
        calls++
        if (how !== 'goes on reading') socket.pause()
        const head = 'HTTP/1.1 413 Too Large\r\ncontent-type: application/json\r\nconnection: close\r\n'
        socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`, () => {
          if (how === 'closes') socket.end()
          if (how === 'resets') setTimeout(() => socket.destroy(), 30)
        })
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens on TCP
    const baseUrl = `http://127.0.0.1:${port}/v1`
    const gateway = await startWatchedGateway(baseUrl, {
      copilot: false,
      providers: [{ name: 'a', type: 'compatible', baseUrl }],
    })
    const content = 'x'.repeat(8_000_000)
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'a/m', messages: [{ role: 'user', content }] }),
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ error: { message: 'Too big for pelicans', code: 'odd' } })
    expect(calls).toBe(1)
    await gateway.close()
    server.close()
  },
)
