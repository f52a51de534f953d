import type { Model } from '@crossfeed/engine'
import type { Prompt, ReplyEvent } from '@crossfeed/protocols'

/** A question to a model. */
export interface ModelRequest {
  /** In the core's words; `model` is the name to ask for. */
  readonly prompt: Prompt
  readonly sessionId: string
  /** `user` only for the call that answers a person's message. */
  readonly initiator: 'user' | 'agent'
  readonly signal: AbortSignal
}

/** All that sessions want of the engine: the way to the models of one supply. */
export interface ModelPort {
  /**
   * Asks. Exactly one `end` or `error` is the last event, also after an abort (code `cancelled`); the iteration itself never
   * throws.
   */
  ask(request: ModelRequest): AsyncIterable<ReplyEvent>
  /** The models of the supply. Rejects with GatewayError. */
  models(): Promise<readonly Model[]>
  /** The model by any spelling of its name. Rejects with GatewayError when the list cannot be had. */
  findModel(name: string): Promise<Model | undefined>
  /** Ends all calls. */
  close(): Promise<void>
}
