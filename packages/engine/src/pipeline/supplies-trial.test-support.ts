import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { createEngine, type Engine, type EngineOptions } from '../engine.ts'
import { silentLog, systemClock, type Clock } from '../ports.ts'
import { createProvider } from '../providers/create.ts'
import type { ProviderSettings } from '../providers/settings.ts'
import { createTransport } from '../transport/http.ts'
import { protocols } from './protocols.ts'
import type { RequestRecord } from './record.ts'
import { json } from './trial.test-support.ts'

/** Answers one call to a supply; `body` is what came. */
export type SupplyScript = (response: ServerResponse, body: JsonObject) => void

/** What one request came to. */
interface SupplyAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly text: string
}

/** An engine on scripted servers that speak Chat Completions, one for each supply, with the model `m` in each list. */
export interface SuppliesTrial {
  readonly engine: Engine
  readonly records: RequestRecord[]
  /** Names of the supplies that were called, in order. */
  readonly calls: string[]
  script(supply: string, script: SupplyScript): void
  /** Takes a supply off the network. */
  unplug(supply: string): Promise<void>
  ask(from: ProtocolId, body: JsonObject, headers?: Record<string, string>): Promise<SupplyAnswer>
  close(): Promise<void>
}

export async function startSupplies(
  names: readonly string[],
  options: Partial<EngineOptions> & {
    readonly clock?: Clock
    /** Of those that are not plain servers of Chat Completions. */
    readonly settings?: Readonly<Record<string, ProviderSettings>>
  } = {},
): Promise<SuppliesTrial> {
  const clock = options.clock ?? systemClock
  const transport = createTransport({ clock })
  const scripts = new Map<string, SupplyScript>()
  const servers = new Map<string, Server>()
  const addresses = new Map<string, string>()
  const calls: string[] = []
  const records: RequestRecord[] = []
  for (const name of names) {
    const server = createServer((request, response) => {
      if (request.url?.endsWith('/models')) return json(response, 200, { data: [{ id: 'm' }] })
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        calls.push(name)
        const script = scripts.get(name) ?? ((it) => json(it, 200, chatReply(`from ${name}`)))
        script(response, parseObject(Buffer.concat(chunks).toString()) ?? {})
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo // a TCP server that listens has one
    servers.set(name, server)
    addresses.set(name, `http://127.0.0.1:${port}/v1`)
  }
  const parts = { transport, clock, log: silentLog, version: '1' }
  const engine = createEngine({
    ...options,
    transport,
    clock,
    providers: names.map((name) => {
      const settings: ProviderSettings = options.settings?.[name] ?? { name, type: 'compatible' }
      return createProvider({ ...settings, baseUrl: addresses.get(name) }, parts)
    }),
    record: (record) => records.push(record),
  })
  const unplug = async (name: string): Promise<void> => {
    const server = servers.get(name)
    servers.delete(name)
    server?.closeAllConnections()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  }
  return {
    engine,
    records,
    calls,
    script: (name, script) => scripts.set(name, script),
    unplug,
    ask: (from, body, headers = {}) =>
      new Promise((resolve) => {
        let status = 0
        let sent: Record<string, string | string[]> = {}
        let text = ''
        const raw = Buffer.from(JSON.stringify(body))
        engine.run(
          { protocol: protocols[from], body, raw, headers, path: '/', requestId: `r${records.length}` },
          {
            begin: (code, all) => void ((status = code), (sent = all)),
            write: (bytes) => ((text += bytes.toString()), true),
            end: (bytes = '') => resolve({ status, headers: sent, text: text + bytes.toString() }),
          },
        )
      }),
    async close() {
      await engine.close()
      await Promise.all([...servers.keys()].map(unplug))
    },
  }
}

/** A whole answer of Chat Completions. */
export function chatReply(content: string): JsonObject {
  const message = { role: 'assistant', content }
  return {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }
}
