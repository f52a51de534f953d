import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Plays an MCP server by hand: what `tools/list` and `tools/call` answer, over stdio or HTTP alike. */
export function answerMcp(message: {
  id?: number
  method: string
  params?: Record<string, unknown>
}): object | undefined {
  const { id, method, params } = message
  if (id === undefined) return undefined
  const reply = (result: object): object => ({ jsonrpc: '2.0', id, result })
  switch (method) {
    case 'initialize':
      return reply({
        protocolVersion: params?.['protocolVersion'],
        capabilities: { tools: {} },
        serverInfo: { name: 'stub', version: '1' },
      })
    case 'tools/list':
      return reply({
        tools: [
          {
            name: 'add',
            description: 'Adds two numbers',
            inputSchema: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } } },
            annotations: { readOnlyHint: true },
          },
          { name: 'secret', inputSchema: { type: 'object' } },
          { name: 'ask', inputSchema: { type: 'object' } },
        ],
      })
    case 'tools/call': {
      const args = params?.['arguments'] as { a: number; b: number }
      const meta = JSON.stringify(params?.['_meta'] ?? null)
      return reply({
        content: [{ type: 'text', text: `${args.a + args.b} meta ${meta} cwd ${process.cwd()} pid ${process.pid}` }],
      })
    }
    default:
      return { jsonrpc: '2.0', id, error: { code: -32601, message: 'unknown' } }
  }
}

/** The same over streamable HTTP; with a token, only for those who have it. */
export async function startHttpServer(
  token?: string,
): Promise<{ url: string; headers: string[]; close(): Promise<void> }> {
  const headers: string[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      headers.push(String(request.headers['x-team'] ?? ''))
      if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
        response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
        return
      }
      if (request.method !== 'POST') return void response.writeHead(405).end()
      const answer = answerMcp(JSON.parse(text))
      if (answer === undefined) return void response.writeHead(202).end()
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** The tool `ask` shows a form before it answers with what the form said. */
function askFirst(message: {
  id?: unknown
  method?: string
  params?: { name?: string }
  result?: object
}): object | undefined {
  if (message.id === 'form') {
    const text = JSON.stringify(message.result)
    return { jsonrpc: '2.0', id: waiting, result: { content: [{ type: 'text', text }] } }
  }
  if (message.method !== 'tools/call' || message.params?.name !== 'ask') return undefined
  waiting = message.id
  const requestedSchema = { type: 'object', properties: { region: { type: 'string' } } }
  return { jsonrpc: '2.0', id: 'form', method: 'elicitation/create', params: { message: 'Where?', requestedSchema } }
}
let waiting: unknown

if (import.meta.main) {
  let held = ''
  process.stdin.on('data', (chunk: Buffer) => {
    held += chunk.toString()
    const lines = held.split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) {
      const message = JSON.parse(line)
      const answer = askFirst(message) ?? answerMcp(message)
      if (answer !== undefined) process.stdout.write(`${JSON.stringify(answer)}\n`)
    }
  })
}
