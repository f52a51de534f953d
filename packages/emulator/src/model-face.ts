import type { FaceName } from './faces/face.ts'
import type { Answer } from './standin/answer.ts'
import type { Conversation } from './standin/conversation.ts'
import type { JsonObject } from './json.ts'
import type { ModelEntry } from './model.ts'
import type { Call, EmulatorState } from './state.ts'
import type { SchemaName } from './validate-shape.ts'

/** What a face needs to write an answer. */
export interface WriteContext {
  readonly request: JsonObject
  readonly conversation: Conversation
  readonly state: EmulatorState
  /** The further upstream that answers; none for Copilot. */
  readonly upstream?: FaceName
  /** The id of the answer, where it was given out before. */
  readonly answerId?: string
  /** Members of a response object that say what else was asked. */
  readonly echo?: Readonly<Record<string, unknown>>
  /** Unix seconds. */
  readonly created: number
}

/** One model endpoint: its own rules, its reading of a request, its two ways of writing an answer. */
export interface ModelFace {
  readonly path: string
  readonly schema: SchemaName
  /** The body as it is checked against the schema: extensions of the upstream's own are taken out. */
  forSchema(body: JsonObject): JsonObject
  /** The upstream's own rules; throws a Refusal. */
  check(body: JsonObject, model: ModelEntry, call: Call, state: EmulatorState): void
  read(body: JsonObject, model: ModelEntry): Conversation
  overflow(conversation: Conversation, tokens: number, state: EmulatorState): Error
  writeWhole(answer: Answer, context: WriteContext): unknown
  /** The whole stream, one string per event. */
  writeStream(answer: Answer, context: WriteContext): readonly string[]
}
