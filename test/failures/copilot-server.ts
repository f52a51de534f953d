import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A Copilot whose model calls are answered by a test. Models: `only-chat`, `only-responses`, `only-messages`. */
export interface CopilotServer {
  readonly url: string
  readonly sockets: ReadonlySet<Socket>
  close(): Promise<void>
}

const endpoints = { chat: '/chat/completions', responses: '/responses', messages: '/v1/messages' }
const models = Object.entries(endpoints).map(([protocol, endpoint]) => ({
  id: `only-${protocol}`,
  name: protocol,
  object: 'model',
  vendor: 'Test',
  version: '1',
  supported_endpoints: [endpoint],
  capabilities: {
    type: 'chat',
    family: 'test',
    tokenizer: 'o200k_base',
    limits: {},
    supports: { streaming: true, tool_calls: true },
  },
}))

export async function startCopilotServer(
  answer: (response: ServerResponse, request: IncomingMessage, body: string) => void,
): Promise<CopilotServer> {
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const json = (body: object): void =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      if (request.url === '/copilot_internal/v2/token')
        return json({ token: 'tid=server;x=1', expires_at: 9999999999, refresh_in: 86400 })
      if (request.url === '/user') return json({ login: 'octo' })
      if (request.url === '/models') return json({ data: models })
      answer(response, request, Buffer.concat(chunks).toString())
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    sockets,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** One chunk of a chat stream; a finish reason ends it. */
export function chatChunk(content: string, finish: string | null = null): string {
  const choices = [{ index: 0, delta: content === '' ? {} : { content }, finish_reason: finish }]
  return `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`
}
