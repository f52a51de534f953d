import { randomUUID } from 'node:crypto'
import { GatewayError, type ProtocolId, type Traits } from '@crossfeed/protocols'
import { systemClock, silentLog, type Clock, type Log } from './ports.ts'
import type { ClientCall, ClientOut, Running } from './pipeline/client.ts'
import { createAnswerOrigins } from './pipeline/responses/answer-origins.ts'
import { createConversations } from './pipeline/conversations.ts'
import { embed, type EmbeddingCall } from './pipeline/embed.ts'
import { compact } from './pipeline/responses/compact.ts'
import { countInput, type InputCount } from './pipeline/responses/count-input.ts'
import { explain, type Explanation } from './pipeline/explain.ts'
import type { EmptyReplies } from './pipeline/answer/empty-reply.ts'
import { createKeptAnswers } from './pipeline/responses/kept-answers.ts'
import { createLearned } from './pipeline/learned/learned.ts'
import { createOwnerOf } from './pipeline/responses/owner.ts'
import type { EngineParts, LossPolicy } from './pipeline/parts.ts'
import { createPulse } from './pipeline/answer/pulse.ts'
import type { RecordRequest } from './pipeline/record.ts'
import { run } from './pipeline/run.ts'
import { createSlots, type Slots } from './pipeline/slots.ts'
import { askStored, type StoredCall } from './pipeline/responses/stored-answers.ts'
import type { Copilot } from './providers/copilot/index.ts'
import type { Model } from './providers/model.ts'
import type { Provider } from './providers/provider.ts'
import type { Alias, Fallbacks } from './routing/aliases.ts'
import type { CoolDown } from './routing/health.ts'
import { publicName } from './routing/public-name.ts'
import { createRouter, providerCalled } from './routing/router.ts'
import { createServedList, type ServedModel } from './routing/served-models.ts'
import type { Transport } from './transport/http.ts'
import { writeFrame } from './transport/sse.ts'

export interface EngineOptions {
  /** The Copilot account, where there is one; bare model names are looked for there first. */
  readonly copilot?: Copilot | undefined
  /** All other supplies, in the order in which a bare model name is looked for. */
  readonly providers?: readonly Provider[] | undefined
  /** Names that lead to one or several targets. */
  readonly aliases?: readonly Alias[] | undefined
  readonly fallbacks?: Fallbacks | undefined
  readonly coolDown?: Partial<CoolDown> | undefined
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
  /**
   * How often one request may wait and be tried again after a failure that passes, once there is no other target to go to.
   * Default 1; 0 for never. With all else there are at most five calls for one request.
   */
  readonly retries?: number
  /** Milliseconds that a retry may wait for. Default 20 000. */
  readonly waitCeiling?: number
  /** Requests under way at one provider at once; others wait their turn. 0, the default, for any number. */
  readonly maxConcurrent?: number
  readonly lossPolicy?: LossPolicy
  /** What becomes of a reply without a word. Default `error`. */
  readonly emptyReplies?: EmptyReplies
  /**
   * Whether answers of the Responses API that clients let be stored are kept in memory for supplies that keep none. Default true.
   */
  readonly keepAnswers?: boolean
  /**
   * Whether whoever asks is the one owner of all answers that are kept, as where no keys are asked for. Default false: each key is
   * an owner of its own.
   */
  readonly isOpen?: boolean
  /** Names that the configuration maps to others, exact. */
  readonly modelMappings?: Readonly<Record<string, string>>
}

/** A model, and the name by which clients ask for it. */
interface FoundModel {
  readonly name: string
  readonly model: Model
  /** What it takes in a protocol, for hosts that write requests themselves; undefined where it is not served in that one. */
  traits(protocol: ProtocolId): Traits | undefined
}

/** Serves model requests, whatever HTTP server or program hands them over. */
export interface Engine {
  /** Takes a request; everything else happens on `out`. Never throws. */
  run(call: ClientCall, out: ClientOut): Running
  embed(call: EmbeddingCall, out: ClientOut): Running
  /** Serves a request about an answer of the Responses API that was given before. */
  stored(call: StoredCall, out: ClientOut): Running
  /** Serves `POST /v1/responses/compact`. */
  compact(call: ClientCall, out: ClientOut): Running
  /** What a Responses request is counted by. Rejects where its model leads nowhere, or what it refers to is not known. */
  countInput(call: ClientCall): Promise<InputCount>
  /** How a request would travel, and what would be lost; nothing is sent. Rejects where its model leads nowhere. */
  explain(call: ClientCall): Promise<Explanation>
  /** The models of all supplies and the aliases. A supply that fails is left out; rejects when all of them fail. */
  models(): Promise<readonly ServedModel[]>
  /** The models of one supply, by its own names. Rejects with GatewayError, also where there is no such supply. */
  modelsOf(provider: string): Promise<readonly Model[]>
  /** The model that a name leads to first, mappings and aliases applied; `provider` where a route names one. */
  findModel(name: string, provider?: string): Promise<FoundModel | undefined>
  /** The names spelled most like one that was not found, nearest first, at most three. */
  nearestModels(name: string): readonly string[]
  /** The Copilot account as the upstream describes it. */
  account(): Promise<object>
  /** The bearer that calls to Copilot carry now. */
  bearer(): Promise<string>
  /** At least one supply can serve. */
  isReady(): boolean
  /** Ends all upstream calls. */
  close(): Promise<void>
}

/** Creates an engine on the supplies of one owner. */
export function createEngine(options: EngineOptions): Engine {
  const clock = options.clock ?? systemClock
  const { copilot, transport } = options
  const providers = [...(copilot ? [copilot.provider] : []), ...(options.providers ?? [])]
  const router = createRouter({ ...options, clock, providers })
  const most = options.maxConcurrent ?? 0
  const slots = new Map<Provider, Slots>(providers.map((provider) => [provider, createSlots(most)]))
  const unlimited = createSlots(0)
  const isOpen = options.isOpen === true
  const ownerOf = createOwnerOf(isOpen)
  const parts: EngineParts = {
    router,
    transport,
    clock,
    log: options.log ?? silentLog,
    conversations: createConversations(),
    learned: createLearned(clock),
    keptAnswers: options.keepAnswers === false ? undefined : createKeptAnswers(clock, ownerOf),
    isOpen,
    ownerOf,
    answerOrigins: createAnswerOrigins(),
    pulse: createPulse(clock, (options.keepAlive ?? 10) * 1000),
    slotsOf: (provider) => slots.get(provider) ?? unlimited,
    record: options.record ?? (() => {}),
    lossPolicy: options.lossPolicy ?? 'warn',
    emptyReplies: options.emptyReplies ?? 'error',
    retries: options.retries ?? 1,
    waitCeilingMs: options.waitCeiling ?? 20_000,
    thoughtMs: options.thought ?? 600_000,
    stallMs: options.stall ?? 90_000,
    newId: () => randomUUID().replaceAll('-', ''),
    frame: writeFrame,
  }
  return {
    run: (call, out) => run(parts, call, out),
    embed: (call, out) => embed(parts, call, out),
    stored: (call, out) => askStored(parts, providers, call, out),
    compact: (call, out) => compact(parts, call, out),
    countInput: (call) => countInput(parts, call),
    explain: (call) => explain(parts, call),
    models: createServedList(providers, options.aliases ?? [], router, parts.log),
    modelsOf: async (name) => providerCalled(providers, name).models(),
    async findModel(model, provider) {
      try {
        const { alias, first } = await router.route({ model, provider, session: () => undefined })
        return {
          name: alias ?? publicName(first.provider, first.info.id),
          model: first.info,
          traits: (protocol) => (first.speaks.includes(protocol) ? first.target(protocol).traits : undefined),
        }
      } catch (error) {
        if (error instanceof GatewayError && error.reason === 'model-not-found') return undefined
        throw error
      }
    },
    nearestModels: (name) => router.nearest(name),
    account: async () => signedIn(copilot).account(),
    bearer: async () => signedIn(copilot).bearer(),
    isReady: () => providers.some((provider) => provider.isReady()),
    async close() {
      copilot?.close()
      await transport.close()
    },
  }
}

function signedIn(copilot: Copilot | undefined): Copilot {
  if (copilot) return copilot
  throw new GatewayError('not-found', 404, 'No Copilot account is configured.', { reason: 'no-copilot' })
}
