import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { asObject, asObjects, parseObject, responses, type JsonObject } from '@crossfeed/protocols'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEngine, type Engine } from '../../engine.ts'
import { silentLog, systemClock } from '../../ports.ts'
import { createProvider } from '../../providers/create.ts'
import { createTransport } from '../../transport/http.ts'
import type { ClientCall } from '../client.ts'
import type { RequestRecord } from '../record.ts'
import { wholes } from '../streams.test-support.ts'
import { json } from '../trial.test-support.ts'
import { createHearer } from './heard-answer.test-support.ts'

interface Server {
  readonly url: string
  readonly seen: { readonly path: string; readonly body: JsonObject }[]
  /** Answers a call; 200 in the form of its endpoint where it says nothing. */
  script: (response: ServerResponse, path: string) => boolean | void
  close(): Promise<void>
}

let servers: Server[]
let engine: Engine
let records: RequestRecord[]

const compacted = {
  id: 'resp_c',
  object: 'response.compaction',
  created_at: 1,
  output: [{ id: 'cmp_1', type: 'compaction', encrypted_content: 'sealed' }],
  usage: { input_tokens: 9, output_tokens: 3, total_tokens: 12 },
}

async function startServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      own.seen.push({ path, body: parseObject(Buffer.concat(chunks).toString()) ?? {} })
      if (own.script(response, path)) return
      if (path.endsWith('/compact')) json(response, 200, compacted)
      else if (path.endsWith('/input_tokens')) json(response, 200, { object: 'response.input_tokens', input_tokens: 7 })
      else json(response, 200, wholes.responses)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  const own: Server = {
    url: `http://127.0.0.1:${port}/v1`,
    seen: [],
    script: () => {},
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return own
}

const refuse =
  (status: number, error: object, headers: Record<string, string> = {}) =>
  (response: ServerResponse, path: string): boolean | void => {
    if (!/compact|input_tokens/.test(path)) return
    json(response, status, { error }, headers)
    return true
  }

beforeEach(async () => {
  servers = await Promise.all([startServer(), startServer()])
  records = []
  const transport = createTransport()
  const parts = { transport, clock: systemClock, log: silentLog, version: '1' }
  const named = ['first', 'second']
  engine = createEngine({
    transport,
    isOpen: true,
    retries: 0,
    record: (record) => records.push(record),
    aliases: [{ name: 'team', targets: named.map((provider, order) => ({ provider, model: 'm', order })) }],
    providers: servers.map(({ url }, at) =>
      createProvider(
        { name: named[at]!, type: 'openai', baseUrl: url, apiKey: 'sk-x', endpoints: ['responses'], models: { m: {} } },
        parts,
      ),
    ),
  })
})
afterEach(async () => {
  await engine.close()
  await Promise.all(servers.map((server) => server.close()))
})

function callOf(body: JsonObject): ClientCall {
  const raw = Buffer.from(JSON.stringify(body))
  return { protocol: responses, body, raw, headers: {}, path: '/v1/responses', requestId: 'r' }
}
async function compact(more: JsonObject = {}) {
  const { out, heard } = createHearer()
  engine.compact(callOf({ model: 'team', input: 'The word is plum.', ...more }), out)
  await heard.ended
  return heard
}
const paths = () => servers.map(({ seen }) => seen.splice(0).map(({ path }) => path))

describe('a request to compact', () => {
  it('goes to the endpoint as it was meant, and its answer comes back as it is', async () => {
    const heard = await compact({ instructions: 'Be short.', prompt_cache_key: 'k' })
    expect([heard.status, heard.text]).toEqual([200, JSON.stringify(compacted)])
    expect(servers[0]!.seen[0]!.body).toEqual({
      model: 'm',
      input: [{ type: 'message', role: 'user', content: 'The word is plum.' }],
      instructions: 'Be short.',
      prompt_cache_key: 'k',
    })
    expect(heard.headers).toMatchObject({ 'x-crossfeed-provider': 'first', 'x-crossfeed-model': 'm' })
    expect(records).toMatchObject([{ asked: 'team', model: 'm', calls: 1, usage: { input: 9, output: 3 } }])
  })

  it('has the members of every compaction where the endpoint gives its output alone, as that of ChatGPT', async () => {
    const { output } = compacted
    servers[0]!.script = (response) => (json(response, 200, { output }), true)
    const asked = Math.floor(Date.now() / 1000)
    const heard = parseObject((await compact()).text)
    expect(heard).toEqual({
      id: expect.stringMatching(/^resp_\w+$/),
      object: 'response.compaction',
      created_at: expect.any(Number),
      output,
      usage: {
        input_tokens: 0,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: 0,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 0,
      },
    })
    expect(heard?.['created_at']).toBeGreaterThanOrEqual(asked)
  })

  it.each([
    [429, { message: 'Slow down.', code: 'rate_limit_exceeded' }],
    [503, { message: 'Down.' }],
  ])('goes on elsewhere after %i, as every other', async (status, error) => {
    servers[0]!.script = refuse(status, error)
    const heard = await compact()
    expect([heard.status, heard.headers['x-crossfeed-provider']]).toEqual([200, 'second'])
    expect(heard.headers['x-crossfeed-changes']).toContain('failed-over:first/m>second/m')
    expect(paths()).toEqual([['/v1/responses/compact'], ['/v1/responses/compact']])
    expect(records).toMatchObject([{ outcome: 'completed', provider: 'second', calls: 2 }])
  })

  it('stays where the answer is kept that it goes on from', async () => {
    servers[0]!.script = refuse(503, { message: 'Down.' })
    const { out, heard } = createHearer()
    engine.run(callOf({ model: 'second/m', input: 'hi' }), out)
    await heard.ended
    const id = parseObject(heard.text)?.['id'] ?? ''
    paths()
    expect((await compact({ input: [], previous_response_id: id })).status).toBe(200)
    expect(paths()).toEqual([[], ['/v1/responses/compact']])
  })

  it('goes the way of every answer where the endpoint is not there, and at once from then on', async () => {
    servers[0]!.script = refuse(404, { message: 'Not Found' })
    for (const expected of [['/v1/responses/compact', '/v1/responses'], ['/v1/responses']]) {
      const heard = await compact()
      expect(asObject(parseObject(heard.text))).toMatchObject({ object: 'response.compaction' })
      expect(asObjects(servers[0]!.seen.at(-1)!.body['input']).at(-1)).toEqual({ type: 'compaction_trigger' })
      expect(paths()).toEqual([expected, []])
    }
  })

  it('without reasoning of others where that is refused, which is learned for answers too', async () => {
    let refused = 0
    servers[0]!.script = (response, path) => {
      const { body } = servers[0]!.seen.at(-1)!
      if (!path.endsWith('/compact') || !JSON.stringify(body).includes('gAAA')) return
      refused++
      const message = 'The encrypted content gAAA could not be verified.'
      json(response, 400, { error: { message, code: 'invalid_encrypted_content' } })
      return true
    }
    const input = [
      { role: 'user', content: 'hi' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
      { role: 'assistant', content: 'Well.' },
    ]
    for (const _nth of [1, 2]) {
      const heard = await compact({ input })
      expect(heard.headers['x-crossfeed-changes']).toContain('reasoning-stripped')
    }
    expect(refused).toBe(1)
  })

  it('leaves the endpoint for one request only where that refuses its history', async () => {
    servers[0]!.script = refuse(400, { message: "Invalid value: 'input[0]'." })
    await compact()
    servers[0]!.script = () => {}
    paths()
    await compact()
    expect(paths()).toEqual([['/v1/responses/compact'], []])
  })
})

describe('input tokens', () => {
  const count = () => engine.countInput(callOf({ model: 'team', input: 'hi' }))

  it('are counted by the next target where the first one cannot be asked', async () => {
    servers[0]!.script = refuse(503, { message: 'Down.' })
    expect(await count()).toEqual({ tokens: 7, provider: 'second' })
    expect(paths()).toEqual([['/v1/responses/input_tokens'], ['/v1/responses/input_tokens']])
  })

  it('are estimated for the first target where it does not count', async () => {
    servers[0]!.script = refuse(404, { message: 'Not Found' })
    expect(await count()).toMatchObject({ model: { id: 'm' } })
    expect(paths()).toEqual([['/v1/responses/input_tokens'], []])
  })

  it('of what goes on from an answer are counted where that is kept', async () => {
    const { out, heard } = createHearer()
    engine.run(callOf({ model: 'second/m', input: 'hi' }), out)
    await heard.ended
    paths()
    const id = parseObject(heard.text)?.['id'] ?? ''
    const found = await engine.countInput(callOf({ model: 'team', input: 'hi', previous_response_id: id }))
    expect(found).toEqual({ tokens: 7, provider: 'second' })
    expect(paths()).toEqual([[], ['/v1/responses/input_tokens']])
  })
})
