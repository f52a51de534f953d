import type { Refusal } from '../refusal.ts'
import type { Outcome } from '../server/outcome.ts'
import type { Call, EmulatorState } from '../state.ts'
import type { ModelFacts } from './models.ts'

/** The upstreams besides GitHub and Copilot, each under a prefix of the same address. */
export const faceNames = [
  'openai',
  'azure',
  'dashscope',
  'compatible',
  'anthropic',
  'ollama',
  'codex',
  'codexAuth',
] as const

/** The name of an upstream besides GitHub and Copilot. */
export type FaceName = (typeof faceNames)[number]

/** The path that an upstream's address ends with: `/openai`, `/codex-auth`. */
export const facePrefix = (name: FaceName): string => (name === 'codexAuth' ? '/codex-auth' : `/${name}`)

/** What a face lets be set. */
export interface FaceSettings {
  /** Only these keys are accepted; default: each of the face's usual form. */
  readonly keys?: readonly string[]
  /** Models besides those of its catalog. */
  readonly extraModels?: readonly ModelFacts[]
}

/** What the face of a compatible server lets be set besides. */
export interface CompatibleSettings extends FaceSettings {
  /** Whether messages may have the role `developer`; default true. */
  readonly developerRole?: boolean
  /** The member that shows reasoning; default `reasoning_content`, newer servers have `reasoning`. */
  readonly reasoning?: 'reasoning_content' | 'reasoning'
}

/** Settings by face. */
export type FaceOptions = {
  readonly [Name in FaceName]?: Name extends 'compatible' ? CompatibleSettings : FaceSettings
}

/** One upstream under a path prefix: its credentials, models, endpoints, rules and errors are its own. */
export interface UpstreamFace {
  readonly name: FaceName
  readonly prefix: string
  /** Headers of every answer. */
  readonly headers?: (call: Call, state: EmulatorState) => Readonly<Record<string, string>>
  /** Whether a call asks a model: its step is taken once it is let in (`answerConversation`), that of any other at once. */
  isModelCall(call: Call): boolean
  /** Answers a call whose path is without the prefix; a Refusal for what the service refuses. */
  answer(call: Call, state: EmulatorState): Outcome | Promise<Outcome>
  /** An error in the words of the service. */
  writeRefusal(refusal: Refusal, call: Call): Outcome
}
