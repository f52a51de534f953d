import type { GatewayError } from './error.ts'
import type { Machine, ReplyEvent } from './events.ts'
import type { Json, JsonObject } from './json.ts'
import type { ReportLoss } from './loss.ts'
import type { Prompt } from './prompt.ts'
import type { Reply } from './reply.ts'
import type { Traits } from './traits.ts'
import type { Usage } from './usage.ts'

/** The dialects that a client or an upstream may speak. */
export type ProtocolId = 'chat' | 'responses' | 'messages'

/** What a protocol carries and the core does not model, kept under the protocol that it came from. */
export type Extras = { readonly [P in ProtocolId]?: JsonObject }

/** One frame of an event stream: the JSON object of `data`, and the `event` name where the protocol has names. */
export interface WireEvent {
  readonly event?: string
  /** `[DONE]` is the literal end mark of Chat Completions. */
  readonly data: JsonObject | '[DONE]'
}

/** What a writer needs to know besides the reply itself. Ids and time are given, so that writing is pure. */
export interface Asked {
  /** The request, as the client said it. */
  readonly prompt: Prompt
  /** Seconds since 1970 for `created` members. */
  readonly now: number
  /** A fresh id body: letters and digits, no prefix. */
  readonly newId: () => string
  /** Tokens that the prompt is thought to have, for the protocols that state them before the upstream did. */
  readonly inputEstimate?: number
}

/** Writes a stream. Deltas that differ only in their text may be written past it, as long as it is told of them later. */
export interface ReplyWriter extends Machine<ReplyEvent, WireEvent> {
  /** Whether the next delta of this part is framed as the last one was, but for its text and, in a numbered stream, its number. */
  goesOn(index: number): boolean
  /** So many events were written past the writer: a numbered stream goes on behind them. */
  skip(events: number): void
}

/**
 * A wire format's meaning. Readers take what they know and keep the rest under `extras`; writers restore only their
 * own. Every function is pure.
 */
export interface Protocol {
  readonly id: ProtocolId
  /** Throws `GatewayError('invalid-request', 400)` naming the member at fault when the body cannot be understood. */
  readRequest(body: JsonObject): Prompt
  writeRequest(prompt: Prompt, traits: Traits, lose: ReportLoss): JsonObject
  readReply(body: JsonObject, issuer: string): Reply
  /** Only what a whole answer says of its tokens: what a relay needs to know of it. */
  readUsage(body: JsonObject): Usage
  writeReply(reply: Reply, asked: Asked, lose: ReportLoss): JsonObject
  readEvents(issuer: string): Machine<WireEvent, ReplyEvent>
  /**
   * Whether an event whose reading gave one delta would give just another one, and change nothing else, if it came again with
   * another text: many such are to a reader what one with all their texts is.
   */
  isPlainDelta(event: JsonObject): boolean
  writeEvents(asked: Asked, lose: ReportLoss): ReplyWriter
  readError(status: number, body: Json | undefined): GatewayError
  writeError(error: GatewayError): { readonly status: number; readonly body: JsonObject }
  /** The frames that end a stream that has already begun with an error. `sequence` continues numbered protocols. */
  writeStreamError(error: GatewayError, sequence?: number): readonly WireEvent[]
}
