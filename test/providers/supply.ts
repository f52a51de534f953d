import { chat, messages, responses, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { createEmulator, type Emulator, type EmulatorOptions } from '@crossfeed/emulator'
import {
  createEngine,
  createProvider,
  createTransport,
  silentLog,
  systemClock,
  type ClientOut,
  type Engine,
  type Provider,
  type ProviderSettings,
} from '@crossfeed/engine'
import { readStream } from '../read-stream.ts'

const protocols = { chat, responses, messages }
const paths = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' } as const

/** What a client got. */
export interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  /** The JSON answer, or the events of the stream. */
  readonly answer: unknown
  readonly events: readonly unknown[]
}

/** An engine on one supply. */
export interface TestSupply {
  readonly engine: Engine
  readonly provider: Provider
  ask(client: ProtocolId, body: JsonObject, headers?: Record<string, string>): Promise<Got>
  embed(body: JsonObject): Promise<Got>
  close(): Promise<void>
}

/** Starts an engine on the supply that `settings` describe, or on a provider that `make` makes of its parts. */
export function startSupply(settings: ProviderSettings, make: typeof createProvider = createProvider): TestSupply {
  return startSupplies([settings], make)
}

/** Starts an engine on several supplies; `provider` is the first. */
export function startSupplies(
  all: readonly [ProviderSettings, ...ProviderSettings[]],
  make: typeof createProvider = createProvider,
): TestSupply {
  const transport = createTransport()
  const parts = { transport, clock: systemClock, log: silentLog, version: '0' }
  const [first, ...others] = all
  const provider = make(first, parts)
  const providers = [provider, ...others.map((settings) => make(settings, parts))]
  const engine = createEngine({ providers, transport, waitCeiling: 1 })
  let count = 0
  return {
    engine,
    provider,
    close: () => engine.close(),
    ask(client, body, headers = {}) {
      const { got, out } = createClient()
      const raw = Buffer.from(JSON.stringify(body))
      const call = { protocol: protocols[client], body, raw, headers, path: paths[client] }
      engine.run({ ...call, requestId: `r${count++}` }, out)
      return got
    },
    embed(body) {
      const { got, out } = createClient()
      engine.embed({ body, headers: {}, path: '/v1/embeddings', requestId: `r${count++}` }, out)
      return got
    },
  }
}

/** A client that gathers what it is sent. */
function createClient(): { readonly got: Promise<Got>; readonly out: ClientOut } {
  const ended = Promise.withResolvers<Got>()
  let status = 0
  let headers: Record<string, string | string[]> = {}
  let text = ''
  const done = (): void => {
    const streams = String(headers['content-type'] ?? '').startsWith('text/event-stream')
    const answer: unknown = streams ? undefined : JSON.parse(text)
    ended.resolve({ status, headers, answer, events: streams ? readStream(text) : [] })
  }
  const out: ClientOut = {
    begin(code, all) {
      status = code
      headers = all
    },
    write(bytes) {
      text += bytes.toString()
      return true
    },
    end(bytes = '') {
      text += bytes.toString()
      done()
    },
  }
  return { got: ended.promise, out }
}

/** Starts an emulator. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = createEmulator(options)
  await emulator.start()
  return emulator
}
