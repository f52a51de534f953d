import {
  createCodex,
  createCodexHosts,
  createEngine,
  createOAuthStore,
  createProvider,
  createTransport,
  silentLog,
  systemClock,
  type Copilot,
  type Engine,
  type Log,
  type Provider,
  type ProviderSettings,
  type Transport,
} from '@crossfeed/engine'
import { homeFolder } from '../engine/supplies.ts'
import { version } from '../version.ts'
import { createRecords, type Destination, type Records } from './ask.ts'
import { createCopilotByLiteLlm, type DeviceCode } from './copilot-sign-in.ts'
import type { CallOptions } from './options.ts'
import { findOwn, type OwnProvider } from './own-provider.ts'
import { readModelName, readVendor, type Env, type NamedModel } from './vendor-supply.ts'

/** What an instance is made with; all of it may be left out. */
export interface LiteOptions {
  /** Where keys, addresses and folders are looked up, anew at each call. Default: the environment of the process. */
  readonly env?: Env | undefined
  /** Shows the code of a sign-in to GitHub; by default it is printed on standard error. */
  readonly onDeviceCode?: ((code: DeviceCode) => void) | undefined
  /** Where the engine says what it does; nowhere by default. */
  readonly log?: Log | undefined
  /** Providers of one's own by the word before the slash; they hide vendors of the same name. */
  readonly providers?: Readonly<Record<string, OwnProvider>> | undefined
}

/** The supplies of one instance: each is opened when it is first needed. */
export interface Supplies {
  readonly env: Env
  readonly log: Log
  readonly transport: Transport
  readonly records: Records
  copilot(): Copilot
  codex(): Provider
  keyed(settings: ProviderSettings): Provider
  /** Where a model of the call is asked. */
  find(model: string, options: CallOptions): Destination
  close(): Promise<void>
}

/** Engines of different keys and addresses that are kept. */
const most = 100

/** Creates the supplies. Nothing is read or asked before the first call. */
export function createSupplies(options: LiteOptions): Supplies {
  const env = options.env ?? process.env
  const log = options.log ?? silentLog
  const clock = systemClock
  const transport = createTransport({ env, clock, proxyFromEnv: true })
  const records = createRecords()
  const closing = new AbortController()
  const engines = new Map<string, Engine>()
  const parts = { transport, clock, log, version }
  let copilot: Copilot | undefined
  let codex: Provider | undefined

  const engineFor = (key: string, supplies: () => { copilot?: Copilot; providers?: readonly Provider[] }): Engine => {
    const known = engines.get(key)
    if (known) return known
    const oldest = engines.size >= most ? engines.keys().next().value : undefined
    // What is under way there goes on: an engine holds nothing open of its own.
    if (oldest !== undefined) engines.delete(oldest)
    const engine = createEngine({ ...supplies(), transport, clock, log, record: records.record, keepAlive: 0 })
    engines.set(key, engine)
    return engine
  }
  const self: Supplies = {
    env,
    log,
    transport,
    records,
    copilot: () =>
      (copilot ??= createCopilotByLiteLlm({
        env,
        log,
        transport,
        onDeviceCode: options.onDeviceCode,
        signal: closing.signal,
      })),
    codex() {
      const hosts = createCodexHosts({ authUrl: env['CROSSFEED_CODEX_AUTH_URL'], apiUrl: env['CROSSFEED_CODEX_URL'] })
      const store = createOAuthStore(homeFolder(env), clock)
      // By the name under which `crossfeed auth login --provider codex` keeps it.
      codex ??= createCodex({ name: 'codex' }, { ...parts, hosts, store })
      return codex
    },
    keyed: (settings) => createProvider(settings, parts),
    find(model, call) {
      const own = findOwn(options.providers ?? {}, model, call)
      if (own) {
        const { word, settings } = own
        const engine = engineFor(`own ${word}`, () => ({ providers: [self.keyed(settings())] }))
        // The name has the provider's before it already.
        return { engine, provider: word, model, vendorOf: () => word }
      }
      const named = readModelName(model)
      const { word, vendor, wireModel } = named
      if (vendor === 'copilot' || vendor === 'codex') {
        sayUnused(named, call, log)
        const engine = engineFor(vendor, () =>
          vendor === 'copilot' ? { copilot: self.copilot() } : { providers: [self.codex()] },
        )
        return { engine, provider: vendor, model: `${vendor}/${wireModel}`, vendorOf: () => word }
      }
      const settings: ProviderSettings = { name: word, ...readVendor(named, vendor, call, env) }
      const engine = engineFor(JSON.stringify(settings), () => ({ providers: [self.keyed(settings)] }))
      // With the provider's name before it, so that a name that begins like that of its provider stays whole.
      return { engine, provider: word, model: `${word}/${wireModel}`, vendorOf: () => word }
    },
    async close() {
      closing.abort()
      copilot?.close()
      await transport.close()
    },
  }
  return self
}

/** The token of an account goes to its own service and nowhere else, whatever address a call names (PROV-42). */
function sayUnused({ word }: NamedModel, call: CallOptions, log: Log): void {
  for (const name of ['apiBase', 'apiKey'] as const)
    if (call[name] !== undefined) log.warn(`${name} is not used: ${word} has a sign-in of its own.`)
}
