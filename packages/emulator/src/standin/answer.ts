import { newNonce } from '../seals.ts'

/** A passage that matches public code. */
export interface Citation {
  readonly url: string
  readonly license: string
  readonly snippet: string
}

/** A piece of an answer, before a face of the service writes it in its own grammar. */
export type AnswerPart =
  | {
      readonly type: 'reasoning'
      readonly text: string
      readonly opaque?: string
      readonly redacted?: boolean
      readonly nonce: string
    }
  | {
      readonly type: 'text'
      readonly text: string
      /** The text as it is cut for the stream; joined it is `text`. */
      readonly pieces: readonly string[]
      readonly citations?: readonly Citation[]
      readonly phase?: string
      readonly nonce: string
    }
  | { readonly type: 'refusal'; readonly text: string; readonly nonce: string }
  | {
      readonly type: 'tool-call'
      readonly id?: string
      readonly name: string
      readonly namespace?: string
      /** JSON text, or the free text of a custom tool. */
      readonly arguments: string
      readonly custom?: boolean
      readonly nonce: string
    }
  | { readonly type: 'compaction'; readonly nonce: string }

/** Why an answer ended. */
export type Finish = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'refusal' | 'stop-sequence' | 'error'

/** Tokens of one call. `input` counts everything that was sent, `cached` and `cacheWrite` are parts of it. */
export interface Usage {
  readonly input: number
  readonly output: number
  readonly cached: number
  readonly cacheWrite: number
  readonly reasoning: number
}

/** An answer that every face can write, streamed or whole. */
export interface Answer {
  readonly parts: readonly AnswerPart[]
  readonly finish: Finish
  readonly stopSequence?: string
  readonly usage: Usage
  /** The deltas of tool calls alternate (where the grammar allows it). */
  readonly interleave?: boolean
  readonly logprobs?: boolean
}

/** A text part, cut into words for the stream. */
export const textPart = (text: string): AnswerPart => ({ type: 'text', text, pieces: words(text), nonce: newNonce() })

/** A tool call part. */
export const toolCallPart = (call: {
  name: string
  namespace?: string | undefined
  arguments: string
  custom?: boolean | undefined
  id?: string | undefined
}): AnswerPart => ({
  type: 'tool-call',
  name: call.name,
  arguments: call.arguments,
  nonce: newNonce(),
  ...(call.namespace !== undefined && { namespace: call.namespace }),
  ...(call.custom !== undefined && { custom: call.custom }),
  ...(call.id !== undefined && { id: call.id }),
})

/** A text cut into words, each with the space after it. */
export const words = (text: string): readonly string[] => text.match(/\S*\s+|\S+$/g) ?? []

/** Arguments cut into pieces of a dozen characters, never inside a surrogate pair. */
export function argumentPieces(text: string): readonly string[] {
  const characters = Array.from(text)
  const list: string[] = []
  for (let at = 0; at < characters.length; at += 12) list.push(characters.slice(at, at + 12).join(''))
  return list
}
