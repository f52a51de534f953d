import type { JsonObject } from './json.ts'
import type { Extras, ProtocolId } from './protocol.ts'
import type { Seal } from './seal.ts'

/** A prompt-cache breakpoint after the thing it stands on. */
export interface CacheMark {
  readonly ttl: '5m' | '1h'
}

/** Where a stretch of answer text comes from. Kinds that only one protocol has live in `extras`. */
export interface Citation {
  readonly url: string
  readonly title?: string
  /** Character offsets into the text part. */
  readonly start?: number
  readonly end?: number
  /** The quoted words of the source. */
  readonly quote?: string
  readonly extras?: Extras
}

/** One token's log probability, as Chat Completions and Responses both spell it: {token, logprob, bytes, top_logprobs}. */
export type TokenLogprob = JsonObject

/** Where the bytes of a medium are: an address, the bytes in base64, a file that the service keeps, or plain text. */
export type MediaSource =
  | { readonly url: string }
  | { readonly base64: string }
  | { readonly fileId: string }
  | { readonly text: string }

/** Words for the reader. Offsets of citations and log probabilities are of this text alone. */
export interface TextPart {
  readonly kind: 'text'
  readonly text: string
  readonly citations?: readonly Citation[]
  readonly logprobs?: readonly TokenLogprob[]
  readonly cache?: CacheMark
  readonly extras?: Extras
}

/** Words by which the model declines. Chat and Responses have a slot of their own for them. */
export interface RefusalPart {
  readonly kind: 'refusal'
  readonly text: string
  readonly extras?: Extras
}

/** An image, a document or a sound. `mediaType` may be a wildcard such as `image/*` when only a URL is known. */
export interface MediaPart {
  readonly kind: 'media'
  readonly mediaType: string
  readonly source: MediaSource
  readonly name?: string
  /** `low | high | auto | original`. */
  readonly detail?: string
  readonly cache?: CacheMark
  readonly extras?: Extras
}

/** What the model thought, as far as it may be read. */
export interface ReasoningPart {
  readonly kind: 'reasoning'
  readonly text: string
  /** The thoughts themselves, a summary of them, or nothing that anybody but the issuer can read. */
  readonly form: 'full' | 'summary' | 'redacted'
  readonly seal?: Seal
  readonly extras?: Extras
}

/** A compacted history: opaque (`seal`), readable (`text`), or both. */
export interface CompactionPart {
  readonly kind: 'compaction'
  readonly text?: string
  readonly seal?: Seal
  readonly cache?: CacheMark
  readonly extras?: Extras
}

/** A call of a tool that the client runs. */
export interface ToolCallPart {
  readonly kind: 'tool-call'
  readonly id: string
  readonly name: string
  /** The group that the tool belongs to; (namespace, name) is the tool's full name. */
  readonly namespace?: string
  /** Arguments byte for byte: JSON text, or free text for a custom tool. */
  readonly input: string
  readonly form: 'json' | 'text'
  readonly cache?: CacheMark
  readonly extras?: Extras
}

/** What came of a call. */
export interface ToolResultPart {
  readonly kind: 'tool-result'
  /** The id of the call that this answers. */
  readonly id: string
  readonly content: readonly Part[]
  readonly failed: boolean
  /** What the call was: a custom tool's output is its own item in Responses. */
  readonly form: 'json' | 'text'
  readonly cache?: CacheMark
  readonly extras?: Extras
}

/** A whole item of one protocol that the core has no word for, in the position where it stood. */
export interface NativePart {
  readonly kind: 'native'
  readonly protocol: ProtocolId
  readonly value: JsonObject
}

/** A piece of a turn or of an answer. */
export type Part =
  | TextPart
  | RefusalPart
  | MediaPart
  | ReasoningPart
  | CompactionPart
  | ToolCallPart
  | ToolResultPart
  | NativePart
