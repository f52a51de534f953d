/** What a test wants of an SDK, in words that every SDK has. */
export interface Task {
  readonly url: string
  readonly key?: string
  readonly model: string
  readonly question: string
  readonly stream?: boolean
  /** A PNG as base64, asked about beside the question. */
  readonly image?: string
  /** Tools without parameters of their own, each with the answer that the test gives. */
  readonly tools?: Readonly<Record<string, string>>
  /** A JSON schema for the answer. */
  readonly schema?: Readonly<Record<string, unknown>>
  readonly thinks?: boolean
  readonly signal?: AbortSignal
}

/** What came of it, after every round of tools. */
export interface Outcome {
  readonly text: string
  /** The reasoning that the SDK showed, of all rounds. */
  readonly reasoning: string
  readonly calls: readonly { readonly name: string; readonly input: unknown }[]
  readonly usage: { readonly input: number; readonly output: number }
  /** Pieces of text as they were streamed; empty for a whole answer. */
  readonly pieces: readonly string[]
}

type ErrorClass = abstract new (...parameters: never[]) => Error

/** An SDK, used as its own documentation does. */
export interface Driver {
  readonly name: string
  /** Runs the task to its end. Throws the SDK's own errors. */
  run(task: Task): Promise<Outcome>
  /** The class that the SDK throws for a status; `other` where it has none of its own. */
  readonly errors: Readonly<Record<401 | 404 | 400 | 413 | 429, ErrorClass>>
  /** Whether an error means that the caller gave up. */
  isAbort(error: unknown): boolean
}

export const toolParameters = { type: 'object', properties: { path: { type: 'string' } } } as const

/** Adds up what a loop of rounds sees. */
export interface Tally {
  text: string
  reasoning: string
  readonly calls: { name: string; input: unknown }[]
  readonly usage: { input: number; output: number }
  readonly pieces: string[]
}

export function createTally(): Tally {
  return { text: '', reasoning: '', calls: [], usage: { input: 0, output: 0 }, pieces: [] }
}
