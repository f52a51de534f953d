import { randomUUID } from 'node:crypto'
import { systemClock, silentLog, type Clock, type Log } from './ports.ts'
import type { ClientCall, ClientOut, Running } from './pipeline/client.ts'
import { embed, type EmbeddingCall } from './pipeline/embed.ts'
import { createLearned } from './pipeline/learned.ts'
import type { EngineParts, LossPolicy } from './pipeline/parts.ts'
import { createPulse } from './pipeline/pulse.ts'
import type { RecordRequest } from './pipeline/record.ts'
import { run } from './pipeline/run.ts'
import { createSlots } from './pipeline/slots.ts'
import type { Copilot } from './providers/copilot/index.ts'
import type { Model } from './providers/copilot/models.ts'
import type { Transport } from './transport/http.ts'
import { writeFrame } from './transport/sse.ts'

export interface EngineOptions {
  readonly copilot: Copilot
  readonly transport: Transport
  readonly clock?: Clock
  readonly log?: Log
  /** Called once for each request, when it has ended. */
  readonly record?: RecordRequest
  /** Seconds of silence after which a streaming client gets a keep-alive; 0 for none. Default 10. */
  readonly keepAlive?: number
  /** Milliseconds of silence that an answer may have before its first word; 0 for any. Default 600 000. */
  readonly thought?: number
  /** Milliseconds of silence after which an answer that has begun counts as stalled; 0 for never. Default 90 000. */
  readonly stall?: number
  /** Milliseconds that a retry may wait for. Default 20 000. */
  readonly waitCeiling?: number
  /** Requests under way at the account at once; others wait their turn. 0, the default, for any number. */
  readonly maxConcurrent?: number
  readonly lossPolicy?: LossPolicy
  /** Names that the configuration maps to others, exact. */
  readonly modelMappings?: Readonly<Record<string, string>>
}

/** Serves model requests, whatever HTTP server or program hands them over. */
export interface Engine {
  /** Takes a request; everything else happens on `out`. Never throws. */
  run(call: ClientCall, out: ClientOut): Running
  embed(call: EmbeddingCall, out: ClientOut): Running
  /** The models as the upstream lists them. Rejects with GatewayError. */
  models(): Promise<readonly Model[]>
  /** A model by any spelling of its name, mappings applied. */
  findModel(name: string): Promise<Model | undefined>
  /** The names spelled most like one that was not found, nearest first, at most three. */
  nearestModels(name: string): readonly string[]
  /** The account as the upstream describes it. */
  account(): Promise<object>
  /** The bearer that upstream calls carry now. */
  bearer(): Promise<string>
  /** Signed in, and models known. */
  isReady(): boolean
  /** Ends all upstream calls. */
  close(): Promise<void>
}

/** Creates an engine on one Copilot account. */
export function createEngine(options: EngineOptions): Engine {
  const clock = options.clock ?? systemClock
  const { copilot, transport } = options
  const mappings = new Map(Object.entries(options.modelMappings ?? {}))
  const parts: EngineParts = {
    provider: copilot.provider,
    transport,
    clock,
    log: options.log ?? silentLog,
    learned: createLearned(clock),
    pulse: createPulse(clock, (options.keepAlive ?? 10) * 1000),
    slots: createSlots(options.maxConcurrent ?? 0),
    record: options.record ?? (() => {}),
    lossPolicy: options.lossPolicy ?? 'warn',
    waitCeilingMs: options.waitCeiling ?? 20_000,
    thoughtMs: options.thought ?? 600_000,
    stallMs: options.stall ?? 90_000,
    mapModel: (name) => mappings.get(name) ?? name,
    newId: () => randomUUID().replaceAll('-', ''),
    frame: writeFrame,
  }
  return {
    run: (call, out) => run(parts, call, out),
    embed: (call, out) => embed(parts, call, out),
    models: () => copilot.models(),
    findModel: (name) => copilot.findModel(parts.mapModel(name)),
    nearestModels: (name) => copilot.provider.nearest(parts.mapModel(name)),
    account: () => copilot.account(),
    bearer: () => copilot.bearer(),
    isReady: () => copilot.isReady(),
    async close() {
      copilot.close()
      await transport.close()
    },
  }
}
