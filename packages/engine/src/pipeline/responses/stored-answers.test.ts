import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEngine, type Engine } from '../../engine.ts'
import { silentLog, systemClock } from '../../ports.ts'
import { createProvider } from '../../providers/create.ts'
import { createTransport } from '../../transport/http.ts'
import { createHearer } from './heard-answer.test-support.ts'
import type { RequestRecord } from '../record.ts'
import type { StoredCall } from './stored-answers.ts'
import { json, readFrames, until } from '../trial.test-support.ts'

type Script = (response: ServerResponse, request: IncomingMessage) => void

interface Server {
  readonly name: string
  readonly seen: string[]
  script: Script
  left: boolean
  close(): Promise<void>
}

let servers: Server[]
let engine: Engine
let start: (isOpen: boolean) => Engine
let records: RequestRecord[]

async function startServer(name: string): Promise<Server & { readonly url: string }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    response.on('close', () => (own.left = !response.writableFinished))
    request.resume().on('end', () => own.script(response, request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  const own = {
    name,
    seen,
    left: false,
    url: `http://127.0.0.1:${port}/v1`,
    script: ((response) => json(response, 404, { error: { message: 'Response not found.' } })) as Script,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return own
}

beforeEach(async () => {
  const [first, second] = await Promise.all([startServer('first'), startServer('second')])
  servers = [first, second]
  records = []
  const transport = createTransport()
  const parts = { transport, clock: systemClock, log: silentLog, version: '1' }
  start = (isOpen) =>
    createEngine({
      isOpen,
      transport,
      record: (record) => records.push(record),
      providers: [first, second].map(({ name, url }) =>
        createProvider(
          { name, type: 'openai', baseUrl: url, apiKey: 'sk-secret', endpoints: ['responses'], models: { m: {} } },
          parts,
        ),
      ),
    })
  engine = start(true)
})
afterEach(async () => {
  await engine.close()
  await Promise.all(servers.map((server) => server.close()))
})

function ask(more: Partial<StoredCall> = {}) {
  const { out, heard } = createHearer()
  const call = { action: 'get', id: 'resp_1', query: '', headers: {}, path: '/', requestId: 'r' } as const
  const running = engine.stored({ ...call, ...more }, out)
  return { heard, running, ended: heard.ended }
}

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`

describe('a request about an answer that a supply keeps', () => {
  it('goes with its query to each that keeps answers, until one knows it', async () => {
    servers[1]!.script = (response) => json(response, 200, { id: 'resp_1' }, { 'x-request-id': 'theirs' })
    const { heard, ended } = ask({ action: 'input-items', query: 'limit=5&after=a' })
    await ended
    expect(servers.map(({ seen }) => seen)).toEqual([
      ['GET /v1/responses/resp_1/input_items?limit=5&after=a'],
      ['GET /v1/responses/resp_1/input_items?limit=5&after=a'],
    ])
    expect([heard.status, heard.text]).toEqual([200, '{"id":"resp_1"}'])
    expect(heard.headers).toMatchObject({ 'x-crossfeed-provider': 'second', 'x-request-id': 'theirs' })
    expect(records).toMatchObject([{ method: 'GET', provider: 'second', outcome: 'completed', calls: 2, status: 200 }])
  })

  it('goes on where an id is not of the form that a supply gives', async () => {
    const error = { message: "Invalid 'response_id': '0197-a'. Expected an ID that begins with 'resp'." }
    servers[0]!.script = (response) => json(response, 400, { error })
    servers[1]!.script = (response) => json(response, 200, { id: '0197-a' })
    const { heard, ended } = ask({ id: '0197-a' })
    await ended
    expect([heard.status, heard.text]).toEqual([200, '{"id":"0197-a"}'])
    servers[1]!.script = (response) => json(response, 404, { error: { message: 'Response not found.' } })
    const unknown = ask({ id: '0197-a' })
    await unknown.ended
    expect(unknown.heard.status).toBe(400)
    expect(unknown.heard.text).toContain("begins with 'resp'")
  })

  it('goes to the one that its path names, and to nobody where it names none of them', async () => {
    await ask({ provider: 'second' }).ended
    expect(servers.map(({ seen }) => seen.length)).toEqual([0, 1])
    const { heard, ended } = ask({ provider: 'third' })
    await ended
    expect(heard.status).toBe(404)
    expect(servers.map(({ seen }) => seen.length)).toEqual([0, 1])
  })

  it('goes to nobody where others may ask, too, and nobody remembers whose it is', async () => {
    await engine.close()
    engine = start(false)
    const { heard, ended } = ask()
    await ended
    expect(heard.status).toBe(404)
    expect(servers.flatMap(({ seen }) => seen)).toEqual([])
    expect(records).toMatchObject([{ outcome: 'refused', calls: 0, error: { reason: 'answer-not-found' } }])
  })

  it('ends at the first that fails otherwise, in its words but for what let the call in', async () => {
    servers[0]!.script = (response) =>
      json(response, 429, { error: { message: 'Slow down, sk-secret.', code: 'rate' } }, { 'retry-after': '7' })
    const { heard, ended } = ask({ action: 'delete' })
    await ended
    expect([heard.status, heard.headers['retry-after']]).toEqual([429, '7'])
    expect(heard.text).toContain('Slow down')
    expect(heard.text).not.toContain('sk-secret')
    expect(servers.map(({ seen }) => seen.length)).toEqual([1, 0])
  })

  it('is answered with events as they come', async () => {
    const events = [event({ type: 'response.created', sequence_number: 0 }), event({ type: 'response.completed' })]
    servers[0]!.script = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const one of events) response.write(one)
      response.end()
    }
    const { heard, ended } = ask({ query: 'stream=true&starting_after=3' })
    await ended
    expect(servers[0]!.seen).toEqual(['GET /v1/responses/resp_1?stream=true&starting_after=3'])
    expect(heard.text).toBe(events.join(''))
    expect(heard.headers['content-type']).toBe('text/event-stream')
  })

  it('never shows events that were cut for whole ones', async () => {
    servers[0]!.script = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`${event({ type: 'response.created', sequence_number: 0 })}data: {"type": "response.out`)
      setTimeout(() => response.socket?.resetAndDestroy(), 15)
    }
    const { heard, ended } = ask({ query: 'stream=true' })
    await ended
    expect(readFrames(heard.text)).toMatchObject([{ type: 'response.created' }, { type: 'response.failed' }])
    expect(records).toMatchObject([{ outcome: 'cut' }])
  })

  it('is told of a whole answer that was cut, and sees no half of it', async () => {
    servers[0]!.script = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '50' })
      response.write('{"id":"resp_1","outp')
      setTimeout(() => response.socket?.resetAndDestroy(), 15)
    }
    const { heard, ended } = ask()
    await ended
    expect(heard.status).toBe(502)
    expect(JSON.parse(heard.text)).toMatchObject({ error: { message: expect.any(String) } })
    expect(servers[1]!.seen).toEqual([])
    expect(records).toMatchObject([{ status: 502 }])
  })

  it('leaves the supply when its client leaves', async () => {
    servers[0]!.script = () => undefined
    const { running } = ask()
    await until(() => servers[0]!.seen.length === 1)
    running.cancel()
    running.cancel()
    await until(() => servers[0]!.left)
    expect(records).toMatchObject([{ outcome: 'cancelled', status: 499 }])
    expect(servers[1]!.seen).toEqual([])
  })
})
