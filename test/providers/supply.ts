import { chat, messages, responses, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { createEmulator, type Emulator, type EmulatorOptions } from '@crossfeed/emulator'
import {
  createEngine,
  createProvider,
  createTransport,
  silentLog,
  systemClock,
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
  close(): Promise<void>
}

/** Starts an engine on the supply that `settings` describe, or on a provider that `make` makes of its parts. */
export function startSupply(settings: ProviderSettings, make: typeof createProvider = createProvider): TestSupply {
  const transport = createTransport()
  const provider = make(settings, { transport, clock: systemClock, log: silentLog, version: '0' })
  const engine = createEngine({ providers: [provider], transport, waitCeiling: 1 })
  let count = 0
  return {
    engine,
    provider,
    close: () => engine.close(),
    ask(client, body, headers = {}) {
      const ended = Promise.withResolvers<Got>()
      let status = 0
      let answered: Record<string, string | string[]> = {}
      let text = ''
      const done = (): void => {
        const streams = String(answered['content-type'] ?? '').startsWith('text/event-stream')
        ended.resolve({
          status,
          headers: answered,
          answer: streams ? undefined : JSON.parse(text),
          events: streams ? readStream(text) : [],
        })
      }
      const raw = Buffer.from(JSON.stringify(body))
      engine.run(
        { protocol: protocols[client], body, raw, headers, path: paths[client], requestId: `r${count++}` },
        {
          begin(code, all) {
            status = code
            answered = all
          },
          write(bytes) {
            text += bytes.toString()
            return true
          },
          end(bytes = '') {
            text += bytes.toString()
            done()
          },
        },
      )
      return ended.promise
    },
  }
}

/** Starts an emulator. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = createEmulator(options)
  await emulator.start()
  return emulator
}
