import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the next model call is answered with. */
interface Replay {
  readonly status: number
  readonly contentType: string
  readonly body: string | Buffer
  /** Bytes a write; the whole body at once when absent. */
  readonly pieces?: number
}

/** A Copilot that replays what it is told: one model for each protocol, `only-chat`, `only-responses`, `only-messages`. */
export interface ReplayUpstream {
  readonly url: string
  readonly requests: { readonly path: string; readonly body: string; readonly headers: Record<string, unknown> }[]
  next(replay: Replay): void
  close(): Promise<void>
}

const endpoints = { chat: '/chat/completions', responses: '/responses', messages: '/v1/messages' }

export async function startReplayUpstream(): Promise<ReplayUpstream> {
  const requests: ReplayUpstream['requests'] = []
  let replay: Replay = { status: 500, contentType: 'text/plain', body: 'no replay set' }
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const json = (body: unknown): void => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      }
      if (path === '/copilot_internal/v2/token')
        return json({ token: 'tid=replay;exp=9999999999', expires_at: 9999999999, refresh_in: 86400 })
      if (path === '/user') return json({ login: 'replay' })
      if (path === '/models')
        return json({
          object: 'list',
          data: Object.entries(endpoints).map(([protocol, endpoint]) => model(`only-${protocol}`, endpoint)),
        })
      requests.push({ path, body: Buffer.concat(chunks).toString(), headers: request.headers })
      response.writeHead(replay.status, { 'content-type': replay.contentType })
      if (replay.pieces === undefined) return void response.end(replay.body)
      const bytes = Buffer.from(replay.body)
      for (let at = 0; at < bytes.length; at += replay.pieces) response.write(bytes.subarray(at, at + replay.pieces))
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    next: (given) => (replay = given),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function model(id: string, endpoint: string): object {
  return {
    id,
    name: id,
    object: 'model',
    vendor: 'Replay',
    version: id,
    supported_endpoints: [endpoint],
    capabilities: {
      type: 'chat',
      family: id,
      tokenizer: 'o200k_base',
      limits: { max_context_window_tokens: 200000, max_prompt_tokens: 180000, max_output_tokens: 64000 },
      supports: {
        streaming: true,
        tool_calls: true,
        parallel_tool_calls: true,
        structured_outputs: true,
        vision: true,
        reasoning_effort: ['low', 'medium', 'high'],
        min_thinking_budget: 1024,
        max_thinking_budget: 32000,
      },
    },
  }
}
